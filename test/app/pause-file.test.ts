import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pauseFile } from '../../src/app/pause-file.ts';
import { systemClock } from '../../src/app/system-clock.ts';
import { type PauseStore, withoutPause, withPause } from '../../src/pass/pauses.ts';
import { type Bench, withEmulator } from '../cli/world.ts';
import { configYaml } from '../daemon/running.ts';

const directoryOf = ({ state }: Bench) => join(state, 'main');
const storeOf = (bench: Bench): PauseStore => pauseFile(directoryOf(bench), systemClock);
const pause = { reason: 'INC-42', since: 1 };

async function keptNames(bench: Bench): Promise<readonly string[]> {
  const { applications } = JSON.parse(await readFile(join(directoryOf(bench), 'PAUSE'), 'utf8'));
  return Object.keys(applications).sort();
}

test.each(['__proto__', 'constructor', 'toString'])(
  'a pause of an application named %s is kept like any other',
  (name) =>
    withEmulator(async (bench) => {
      await storeOf(bench).change((pauses) => withPause(pauses, name, pause));
      await storeOf(bench).change((pauses) => withPause(pauses, 'Support', pause));

      const { applications } = await storeOf(bench).load();
      expect(Object.entries(applications)).toEqual([
        [name, pause],
        ['Support', pause],
      ]);
      await storeOf(bench).change((pauses) => withoutPause(pauses, [name]));
      expect(await keptNames(bench)).toEqual(['Support']);
    }),
);

test.each([
  { title: 'does not parse', text: '{ "applications": { "Support": ' },
  { title: 'has fields nobody knows', text: '{ "acount": {} }' },
  { title: 'has a list for applications', text: '{ "applications": [["Support", { "reason": "", "since": 1 }]] }' },
])('a PAUSE file that $title is not replaced by a change', ({ text }) =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('state/main/PAUSE', text);
    const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };

    const paused = await bench.run(['pause', 'Sales'], { environment });
    const resumed = await bench.run(['resume'], { environment });

    for (const { code, stdout, stderr } of [paused, resumed]) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('E_REFUSED');
      expect(stderr).toContain('so the whole account is paused');
    }
    expect(await readFile(join(directoryOf(bench), 'PAUSE'), 'utf8')).toBe(text);
    expect((await storeOf(bench).load()).account).toBeDefined();
  }),
);

test('an empty PAUSE file stays a pause of the account when another pause is added, and resume ends both', () =>
  withEmulator(async (bench) => {
    await bench.write('state/main/PAUSE', '');

    const both = await storeOf(bench).change((pauses) => withPause(pauses, 'Sales', pause));
    expect(both.account?.reason).toContain('PAUSE exists');
    expect((await storeOf(bench).load()).account).toEqual(both.account);

    await storeOf(bench).change((pauses) => withoutPause(pauses, undefined));
    expect(await storeOf(bench).load()).toEqual({ applications: {} });
  }));

test('a pause file that cannot be read is not replaced by a change', () =>
  withEmulator(async (bench) => {
    await bench.write('state/main/PAUSE/keep', 'a directory');

    await expect(storeOf(bench).change((pauses) => pauses)).rejects.toThrow(
      /PAUSE: refused: it cannot be read: a directory exists where a file should be \(EISDIR\), so the whole account is paused. Fix or remove it/,
    );

    expect(await readdir(join(directoryOf(bench), 'PAUSE'))).toEqual(['keep']);
  }));
