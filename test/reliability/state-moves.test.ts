import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from '../cli/world.ts';
import { configYaml, fastClock, type RunningDaemon, withDaemon } from '../daemon/running.ts';
import { eventually } from '../eventually.ts';
import { namesIn, namesWithoutKey, writeAccount } from './account.ts';

/** A machine that is busy with other tests takes its time. */
const until = (look: () => boolean | Promise<boolean>) => eventually(async () => expect(await look()).toBe(true));

async function aDaemonsAccount(bench: Bench): Promise<void> {
  await bench.write('vonage-gitops.yaml', configYaml());
  await bench.write('apps/support.yaml', manifestYaml('support'));
}

const readiness = async (daemon: RunningDaemon) => (await daemon.ask('/readyz')).status;

const sync = (daemon: RunningDaemon) => daemon.ask('/api/v1/sync', { method: 'POST' });

const failedWith = (daemon: RunningDaemon, code: string) =>
  until(() => daemon.logs().some((line) => line.msg === 'pass failed' && line['code'] === code));

describe('under a daemon', () => {
  test('a state directory that is removed: not ready, nothing is sent or made again, and all is well once it is put back', () =>
    withEmulator(async (bench) => {
      await aDaemonsAccount(bench);
      await withDaemon(
        bench,
        async (daemon) => {
          await until(async () => (await readiness(daemon)) === 200);
          await rename(bench.state, `${bench.state}.away`);
          await bench.write('apps/sales.yaml', manifestYaml('sales'));
          await sync(daemon);
          await until(async () => (await readiness(daemon)) === 503);
          await failedWith(daemon, 'E_STATE_MISSING');
          expect(namesIn(bench)).toEqual(['support']);
          expect(await readdir(bench.cwd)).not.toContain('state');

          await rename(`${bench.state}.away`, bench.state);

          await until(async () => (await readiness(daemon)) === 200);
          await until(() => namesIn(bench).includes('sales'));
          expect(await namesWithoutKey(bench)).toEqual([]);
        },
        { clock: fastClock(10) },
      );
    }));

  test('a state directory that is replaced by a copy: creates go on, with keys and ledger in the new one', () =>
    withEmulator(async (bench) => {
      await aDaemonsAccount(bench);
      await withDaemon(bench, async (daemon) => {
        await until(async () => (await readiness(daemon)) === 200);
        const main = join(bench.state, 'main');
        await mkdir(join(bench.state, 'new'), { mode: 0o700 });
        const ledger = await readFile(join(main, 'ledger.json'), 'utf8');
        await bench.write('state/new/ledger.json', ledger);
        await rename(main, join(bench.cwd, 'old'));
        await rename(join(bench.state, 'new'), main);
        await bench.write('apps/sales.yaml', manifestYaml('sales'));

        await sync(daemon);

        await failedWith(daemon, 'E_LOCK_LOST');
        await until(async () => (await readiness(daemon)) === 200);
        await until(() => namesIn(bench).includes('sales'));
        await until(async () => (await readFile(join(main, 'ledger.json'), 'utf8')).includes('"sales"'));
        expect(await namesWithoutKey(bench)).toEqual(['support']);
      });
    }));

  test('a ledger that is removed alone: not ready, and nothing is adopted or created', () =>
    withEmulator(async (bench) => {
      await aDaemonsAccount(bench);
      await withDaemon(bench, async (daemon) => {
        await until(async () => (await readiness(daemon)) === 200);
        for (const name of ['ledger.json.bak', 'ledger.json'])
          await rm(join(bench.state, 'main', name), { force: true });
        await bench.write('apps/sales.yaml', manifestYaml('sales'));

        await sync(daemon);

        await until(async () => (await readiness(daemon)) === 503);
        expect(namesIn(bench)).toEqual(['support']);
      });
    }));
});

test('a state directory that is removed while a command waits for a lost create: no second create, and it is not made again', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-before' } }]);
    const clock = hurriedClock();
    const removing = {
      ...clock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (bench.emulator.admin.requests().some(({ verb }) => verb === 'POST'))
          await rm(join(bench.state, 'main'), { recursive: true, force: true });
        await clock.sleep(ms, signal);
      },
    };

    const { code, stderr } = await bench.run(['apply', '--yes'], { clock: removing });

    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('E_STATE_MISSING') });
    expect(bench.emulator.admin.counts().POST).toBe(1);
    expect(await readdir(bench.state)).not.toContain('main');
  }));

describe('a symbolic link where a directory of the state should be', () => {
  test.each(['main', 'main/keys', 'main/bodies'])('%s: nothing is sent or written through it', (path) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      const elsewhere = join(bench.cwd, 'elsewhere');
      await mkdir(elsewhere);
      await mkdir(join(bench.state, path, '..'), { recursive: true });
      await symlink(elsewhere, join(bench.state, path));

      const { code, stderr } = await bench.run(['apply', '--yes']);

      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('keys.directory') });
      expect(bench.emulator.admin.counts().writes).toBe(0);
      expect(await readdir(elsewhere)).toEqual([]);
    }),
  );

  test('main/last-good: the daemon makes no pass', () =>
    withEmulator(async (bench) => {
      await aDaemonsAccount(bench);
      const elsewhere = join(bench.cwd, 'elsewhere');
      await mkdir(elsewhere);
      await mkdir(join(bench.state, 'main'), { recursive: true });
      await symlink(elsewhere, join(bench.state, 'main/last-good'));
      await withDaemon(bench, async (daemon) => {
        await failedWith(daemon, 'E_STATE_UNUSABLE');

        expect(namesIn(bench)).toEqual([]);
        expect(await readdir(elsewhere)).toEqual([]);
      });
    }));
});
