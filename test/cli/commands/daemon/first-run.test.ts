import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configYaml, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

/** Two applications made elsewhere, and a manifest for each and for a new one. */
async function existing(bench: Bench, firstRun = 'ask'): Promise<void> {
  bench.emulator.admin.seed(['Sales', 'Support'].map((name) => ({ name, capabilities: {} })));
  await bench.write('vonage-gitops.yaml', configYaml({ account: `    firstRun: ${firstRun}` }));
  for (const name of ['New', 'Sales', 'Support']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
}

const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };
const count = ({ emulator }: Bench) => emulator.admin.applications().length;
const ledger = ({ state }: Bench) => join(state, 'main', 'ledger.json');

describe('a daemon that starts without a ledger', () => {
  test('asks before it adopts: nothing is written, it is ready, and its status says what it waits for', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      await withDaemon(bench, async (daemon) => {
        await until(async () => (await daemon.ask('/readyz')).status === 200);
        await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });

        const { json } = await daemon.ask('/api/v1/status');
        expect(json).toHaveProperty(['accounts', 0, 'state'], 'pending');
        expect(json).toHaveProperty(
          ['accounts', 0, 'conditions'],
          expect.arrayContaining([
            expect.stringContaining(
              'there is no ledger here yet: 2 applications would be adopted. Nothing is written until "vonage-gitops approve main"',
            ),
          ]),
        );
        expect(daemon.logs().filter(({ msg }) => msg === 'waiting for approval')).toMatchObject([
          { level: 'warn', why: expect.stringContaining('approve main') },
        ]);
        expect(bench.emulator.admin.counts().writes).toBe(0);
        expect(existsSync(ledger(bench))).toBe(false);
      });
    }));

  test('goes on at once when it is approved through the state directory, and the consent is spent', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      await withDaemon(bench, async (daemon) => {
        await until(async () => (await daemon.ask('/readyz')).status === 200);

        const approved = await bench.run(['approve', 'main'], { environment });

        expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining('Approved') });
        await until(() => count(bench) === 3);
        await until(() => !existsSync(join(bench.state, 'main', 'adopt.json')));
        expect((await bench.run(['approve', 'main'], { environment })).stdout).toBe(
          'Nothing waits for approval in account main: it has a ledger.\n',
        );
      });
    }));

  test.each([
    { title: 'run --adopt', firstRun: 'ask', args: ['--adopt'] },
    { title: 'firstRun: apply', firstRun: 'apply', args: [] },
  ])('does not ask with $title', ({ firstRun, args }) =>
    withEmulator(async (bench) => {
      await existing(bench, firstRun);

      await withDaemon(
        bench,
        async () => {
          await until(() => count(bench) === 3);
        },
        { args },
      );
    }),
  );

  test('consent for another account does not count', () =>
    withEmulator(async (bench) => {
      await existing(bench);
      await bench.run(['approve', 'main'], { environment: { ...environment, VONAGE_API_KEY: 'another1' } });

      const ended = await bench.run(['run', '--once'], { environment });

      expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('waiting for approval') });
      expect(count(bench)).toBe(2);
    }));

  test('--once --adopt makes the first pass whole', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      const ended = await bench.run(['run', '--once', '--adopt'], { environment });

      expect(ended.code).toBe(0);
      expect(count(bench)).toBe(3);
      expect((await bench.run(['run', '--once'], { environment })).code).toBe(0);
    }));

  test('does not ask where nothing exists yet', () =>
    withEmulator(async (bench) => {
      await bench.write('vonage-gitops.yaml', configYaml({ account: '    firstRun: ask' }));
      await bench.write('apps/New.yaml', manifestYaml('New'));

      expect((await bench.run(['run', '--once'], { environment })).code).toBe(0);
      expect(count(bench)).toBe(1);
    }));

  test('apply is a person’s word: it does not ask', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      expect((await bench.run(['apply', '--yes'], { environment })).code).toBe(0);
      expect(count(bench)).toBe(3);
    }));
});
