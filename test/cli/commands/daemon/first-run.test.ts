import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { markAccount } from '../../../../src/ledger/ledger-format.ts';
import { statusSchema } from '../../../../src/status/documents.ts';
import { configYaml, type RunningDaemon, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

/** Two applications made elsewhere, and a manifest for each and for a new one. */
async function existing(bench: Bench, firstRun = 'ask'): Promise<void> {
  bench.emulator.admin.seed(['Sales', 'Support'].map((name) => ({ name, capabilities: {} })));
  await bench.write('vonage-gitops.yaml', configYaml({ account: `    firstRun: ${firstRun}` }));
  for (const name of ['New', 'Sales', 'Support']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
}

const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };
const count = ({ emulator }: Bench) => emulator.admin.applications().length;
/** The hash that the daemon's status shows once something waits. */
function hashOf(daemon: RunningDaemon): Promise<string> {
  return until(async () => {
    const { accounts } = statusSchema.parse((await daemon.ask('/api/v1/status')).json);
    return accounts[0]?.planHash;
  });
}

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
              'there is no ledger here yet: 2 applications would be adopted. Nothing is written until that is approved',
            ),
            expect.stringMatching(
              /^3 changes wait for approval \(1 to create, 2 to adopt\): vonage-gitops approve main [0-9a-f]{64} --reason TEXT$/,
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

  test('goes on at once when the plan is approved through the state directory', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      await withDaemon(bench, async (daemon) => {
        const planHash = await hashOf(daemon);

        const approved = await bench.run(['approve', 'main', planHash, '--reason', 'first run'], { environment });

        expect(approved).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('Approved the plan of account main'),
        });
        await until(() => count(bench) === 3);
      });
    }));

  test('waits on when the plan is another one by then', () =>
    withEmulator(async (bench) => {
      await existing(bench);

      await withDaemon(bench, async (daemon) => {
        const planHash = await hashOf(daemon);
        await bench.write('apps/Another.yaml', manifestYaml('Another'));

        const refused = await bench.run(['approve', 'main', planHash, '--reason', 'first run'], { environment });

        expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('its hash is now ') });
        expect(bench.emulator.admin.counts().writes).toBe(0);
      });
    }));

  test('goes on with the consent of an earlier version, which is spent then', () =>
    withEmulator(async (bench) => {
      await existing(bench);
      const account = markAccount(bench.emulator.apiKey, new URL(bench.emulator.url).host);
      const consent = join(bench.state, 'main', 'adopt.json');
      await mkdir(join(bench.state, 'main'), { recursive: true, mode: 0o700 });
      await writeFile(consent, JSON.stringify({ format: 'vonage-gitops.consent/1', at: 0, account }));

      const ended = await bench.run(['run', '--once'], { environment });

      expect(ended.code).toBe(0);
      expect(count(bench)).toBe(3);
      expect(existsSync(consent)).toBe(false);
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
      const account = markAccount('another1', new URL(bench.emulator.url).host);
      await mkdir(join(bench.state, 'main'), { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ format: 'vonage-gitops.consent/1', at: 0, account });
      await writeFile(join(bench.state, 'main', 'adopt.json'), text);

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
