import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pauseFile } from '../../../../src/app/pause-file.ts';
import { systemClock } from '../../../../src/app/system-clock.ts';
import { configYaml } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };

async function prepared({ write }: Bench): Promise<void> {
  await write('vonage-gitops.yaml', configYaml());
  await write('apps/support.yaml', manifestYaml('Support'));
}

test('without a daemon a pause is a file that the next pass obeys', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const paused = await bench.run(['pause', '--for', '2h', '--reason', 'INC-42'], { environment });
    expect(paused.stdout).toMatch(/^Paused account main until .*, from the next change on/);
    const file = join(bench.state, 'main/PAUSE');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await bench.run(['run', '--once'], { environment });
    expect(bench.emulator.admin.counts().writes).toBe(0);

    const resumed = await bench.run(['resume'], { environment });
    expect(resumed.stdout).toContain('Resumed account main');
    await expect(stat(file)).rejects.toThrow('ENOENT');
    await bench.run(['run', '--once'], { environment });
    expect(bench.emulator.admin.counts().writes).toBe(1);
  }));

test('one application can be paused, and another beside it', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    await bench.run(['pause', 'Support'], { environment });
    await bench.write('apps/third.yaml', manifestYaml('Third'));
    await bench.run(['pause', 'Third'], { environment });

    await bench.run(['run', '--once'], { environment });
    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(['Sales']);

    await bench.run(['resume', 'Support'], { environment });
    const kept = JSON.parse(await readFile(join(bench.state, 'main/PAUSE'), 'utf8'));
    expect(Object.keys(kept.applications)).toEqual(['Third']);
  }));

test('a resume by name ends a pause by id, a resume by id one by name, and a paused account is said to stay so', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.run(['run', '--once'], { environment });
    const id = bench.emulator.admin.applications()[0]?.id ?? '';
    const file = join(bench.state, 'main/PAUSE');

    await bench.run(['pause', id], { environment });
    await bench.run(['resume', 'Support'], { environment });
    await expect(stat(file)).rejects.toThrow('ENOENT');
    await bench.run(['pause', 'Support'], { environment });
    await bench.run(['resume', id], { environment });
    await expect(stat(file)).rejects.toThrow('ENOENT');

    await bench.run(['pause'], { environment });
    const resumed = await bench.run(['resume', 'Support'], { environment });
    expect(resumed.stderr).toContain('The whole account is still paused');
  }));

test.each([
  { title: 'an empty file', text: '' },
  { title: 'a file that cannot be parsed', text: '{ "account": ' },
  { title: 'a file with an end beyond every date', text: '{ "account": { "reason": "", "since": 0, "until": 1e18 } }' },
  { title: 'a file with fields nobody knows', text: '{ "acount": {} }' },
])('$title pauses the whole account: somebody meant to', ({ text }) =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('state/main/PAUSE', text);

    await bench.run(['run', '--once'], { environment });

    expect(bench.emulator.admin.counts().writes).toBe(0);
  }),
);

test('what cannot be read as a file pauses as well', () =>
  withEmulator(async (bench) => {
    await bench.write('state/main/PAUSE/keep', 'a directory');

    expect((await pauseFile(join(bench.state, 'main'), systemClock).load()).account?.reason).toMatch(
      /PAUSE cannot be read: a directory exists/,
    );
  }));

test('a pause that cannot be written is an error', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await writeFile(bench.state, 'not a directory');

    const ended = await bench.run(['pause'], { environment });

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_STATE_UNUSABLE') });
  }));

test.each(['2', 'h', '-1h', '0s', '2 h', '1w'])('the duration "%s" is refused', (duration) =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['pause', '--for', duration], { environment });

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('Expected a duration') });
  }),
);

test('a name that nothing has is no pause and no end of one', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const paused = await bench.run(['pause', 'Suport'], { environment });
    const resumed = await bench.run(['resume', 'support'], { environment });

    const sentence = 'no manifest and no managed application has that name or id (did you mean "Support"?)';
    expect(paused).toMatchObject({ code: 5, stdout: '', stderr: `Error E_NAME_UNKNOWN: "Suport": ${sentence}\n` });
    expect(resumed).toMatchObject({ code: 5, stdout: '', stderr: `Error E_NAME_UNKNOWN: "support": ${sentence}\n` });
    await expect(stat(bench.state)).rejects.toThrow('ENOENT');
  }));

test('an application is paused by its id as well, however that is written', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.run(['apply', '--yes'], { environment });
    const [{ id } = { id: '' }] = bench.emulator.admin.applications();

    expect(await bench.run(['pause', id.replaceAll('-', '').toUpperCase()], { environment })).toMatchObject({
      code: 0,
    });
    const kept = JSON.parse(await readFile(join(bench.state, 'main/PAUSE'), 'utf8'));
    expect(Object.keys(kept.applications)).toEqual([id]);
    await bench.write('apps/support.yaml', manifestYaml('Support', '{ privacy: { improve_ai: true } }'));
    expect(await bench.run(['apply', '--yes'], { environment })).toMatchObject({ code: 3 });
    expect(await bench.run(['resume', id], { environment })).toMatchObject({ code: 0 });
    expect(await bench.run(['apply', '--yes'], { environment })).toMatchObject({ code: 0 });
  }));

test('a name is taken as it is while not every manifest can be read', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('apps/broken.yaml', 'apiVersion: vonage-gitops/v1\nkind: [');

    expect(await bench.run(['pause', 'Anything'], { environment })).toMatchObject({ code: 0 });
  }));
