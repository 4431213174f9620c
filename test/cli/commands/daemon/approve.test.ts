import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { approvalResponseSchema, errorSchema, statusSchema } from '../../../../src/status/documents.ts';
import { configYaml, type RunningDaemon, startDaemon, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, shiftedClock, withEmulator } from '../../world.ts';

const approveToken = 'a-token-that-approves';
const environment = {
  DAEMON_TOKEN: 'a-token-that-acts',
  DAEMON_READ_TOKEN: 'a-token-that-reads',
  DAEMON_APPROVE_TOKEN: approveToken,
};
const voice = '{ capabilities: { voice: {} } }';
const dayMs = 24 * 60 * 60 * 1000;

/** A managed application, Sales, and an account in which what comes from manifests waits from now on. */
async function asking(bench: Bench, names: readonly string[] = ['Sales'], spec = '{}'): Promise<void> {
  for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name, spec));
  const daemon = '  approveToken: { env: DAEMON_APPROVE_TOKEN }';
  await bench.write('vonage-gitops.yaml', configYaml({ account: '    policy: sync', daemon }));
  expect((await bench.run(['apply', '--yes'], { environment })).code).toBe(0);
  await bench.write(
    'vonage-gitops.yaml',
    configYaml({ account: `    policy: sync\n    onCommit: ask\n    creates: { settleSeconds: 1 }`, daemon }),
  );
}

function live({ emulator }: Bench): readonly string[] {
  return emulator.admin
    .applications()
    .map(({ name }) => String(name))
    .toSorted();
}

async function statusOf(daemon: RunningDaemon) {
  const { accounts } = statusSchema.parse((await daemon.ask('/api/v1/status')).json);
  const [account] = accounts;
  if (account === undefined) throw new Error('there is one account');
  return account;
}

/** The hash that the daemon's status shows once so many changes wait. */
function waitingHash(daemon: RunningDaemon, pending: number): Promise<string> {
  return until(async () => {
    const { counts, planHash, state } = await statusOf(daemon);
    return state === 'pending' && counts.pending === pending && planHash;
  });
}

function approve(daemon: RunningDaemon, body: object, token = approveToken) {
  return daemon.ask('/api/v1/approve', { method: 'POST', token, body: { account: 'main', reason: 'CHG-42', ...body } });
}

const options = { environment };

describe('an account that asks', () => {
  test('heals drift, lets changes of manifests wait, and makes them when they are approved over HTTP', () =>
    withEmulator(async (bench) => {
      await asking(bench, ['Sales'], voice);
      const [sales] = bench.emulator.admin.applications();
      bench.emulator.admin.put(String(sales?.id), { name: 'Sales', capabilities: {} });
      await bench.write('apps/New.yaml', manifestYaml('New'));

      await withDaemon(
        bench,
        async (daemon) => {
          const planHash = await waitingHash(daemon, 1);
          const ready = await daemon.ask('/readyz');
          await until(async () => {
            await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
            return 'voice' in (bench.emulator.admin.applications()[0]?.capabilities ?? {});
          });
          const before = live(bench);
          const planned = await bench.run(['plan'], { environment });
          const explained = await daemon.ask('/api/v1/accounts/main/applications/New');
          const synced = await bench.run(['sync', '--daemon', await daemon.url()], { environment });
          const asAct = await approve(daemon, { planHash }, environment.DAEMON_TOKEN);
          const approved = await approve(daemon, { planHash });

          await until(() => live(bench).includes('New'));
          const { approval, planHash: left } = await until(async () => {
            const status = await statusOf(daemon);
            return status.state === 'synced' && status;
          });

          expect(ready.status).toBe(200);
          expect(before).toEqual(['Sales']);
          expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining(`Plan hash: ${planHash}`) });
          expect(planned.stdout).toContain(
            `1 change waits for approval (1 to create): vonage-gitops approve main ${planHash} --reason TEXT`,
          );
          expect(synced).toMatchObject({
            code: 3,
            stdout: expect.stringContaining(
              `  1 change waits for approval (1 to create): vonage-gitops approve main ${planHash} --reason TEXT\n`,
            ),
          });
          expect(explained.json).toMatchObject({
            decision: 'waiting',
            next: `1 change waits for approval (1 to create): vonage-gitops approve main ${planHash} --reason TEXT`,
          });
          expect(asAct.status).toBe(403);
          expect(approved.status).toBe(200);
          expect(approvalResponseSchema.parse(approved.json)).toMatchObject({
            account: 'main',
            approval: { planHash, by: 'http', reason: 'CHG-42', used: null },
          });
          expect(approval).toMatchObject({ planHash, used: expect.any(String) });
          expect(left).toBeUndefined();
          expect(daemon.logs().map(({ msg }) => msg)).toEqual(
            expect.arrayContaining(['waiting for approval', 'plan approved', 'approved plan is applied']),
          );
          const told = await bench.run(['history', '--daemon', 'none'], { environment });
          expect(told.stdout).toContain('      approved by http: CHG-42\n');
          const history = await bench.run(['history', '--daemon', 'none', '--format', 'json'], { environment });
          expect(JSON.parse(history.stdout)).toHaveProperty(
            ['accounts', 0, 'events'],
            expect.arrayContaining([expect.objectContaining({ approved: { planHash, by: 'http', reason: 'CHG-42' } })]),
          );
          expect((await daemon.ask('/metrics')).text).toContain(
            'vonage_gitops_approved_passes_total{account="main"} 1',
          );
        },
        options,
      );
    }));

  test('refuses the hash of a plan that is another one by now, with the new hash', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/Sales.yaml', manifestYaml('Sales', voice));

      await withDaemon(
        bench,
        async (daemon) => {
          const planHash = await waitingHash(daemon, 1);
          const [sales] = bench.emulator.admin.applications();
          bench.emulator.admin.put(String(sales?.id), { name: 'Sales', capabilities: { messages: {} } });

          const stale = await approve(daemon, { planHash });
          const { error } = errorSchema.parse(stale.json);
          const again = await approve(daemon, { planHash: error.planHash });

          expect(stale.status).toBe(409);
          expect(error).toMatchObject({ code: 'PLAN_CHANGED', planHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
          expect(error.message).toContain(`its hash is now ${error.planHash}`);
          expect(again.status).toBe(200);
          await until(() => 'voice' in (bench.emulator.admin.applications()[0]?.capabilities ?? {}));
        },
        options,
      );
    }));

  test('keeps every guard, but for the numbers that were allowed with the approval', () =>
    withEmulator(async (bench) => {
      await asking(bench, ['A', 'B', 'C', 'D', 'E']);
      for (const name of ['A', 'B', 'C', 'D']) await rm(join(bench.cwd, 'apps', `${name}.yaml`));

      await withDaemon(
        bench,
        async (daemon) => {
          const planHash = await until(async () => (await statusOf(daemon)).planHash);

          const nothing = await approve(daemon, { planHash });
          const tooFew = await approve(daemon, { planHash, allow: { deletes: 3 } });
          const enough = await approve(daemon, { planHash, allow: { deletes: 4 } });

          expect([nothing.status, tooFew.status, enough.status]).toEqual([409, 409, 200]);
          expect(nothing.json).toMatchObject({
            error: { code: 'BLOCKED', message: expect.stringContaining('guard deletes-max') },
          });
          await until(() => live(bench).length === 1);
          expect(live(bench)).toEqual(['E']);
        },
        options,
      );
    }));

  test.each([
    { title: 'a part of a hash', body: { planHash: '0123456789ab' } },
    { title: 'no reason', body: { planHash: '0'.repeat(64), reason: '' } },
    { title: 'an unknown allowance', body: { planHash: '0'.repeat(64), allow: { everything: 1 } } },
  ])('refuses $title', ({ body }) =>
    withEmulator(async (bench) => {
      await asking(bench);

      await withDaemon(
        bench,
        async (daemon) => {
          await until(async () => (await daemon.ask('/readyz')).status === 200);

          expect(await approve(daemon, body)).toMatchObject({
            status: 400,
            json: { error: { code: 'BODY_INVALID' } },
          });
        },
        options,
      );
    }),
  );

  test('is approved through the state directory as well: the daemon sees it', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));

      await withDaemon(
        bench,
        async (daemon) => {
          const planHash = await waitingHash(daemon, 1);

          const approved = await bench.run(['approve', 'main', planHash, '--reason', 'CHG-42'], { environment });

          expect(approved).toMatchObject({
            code: 0,
            stdout: expect.stringMatching(/^Approved the plan of account main\./),
          });
          await until(() => live(bench).includes('New'));
        },
        options,
      );
    }));

  test('is approved through a daemon that is named, with the token for it', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));

      await withDaemon(
        bench,
        async (daemon) => {
          const planHash = await waitingHash(daemon, 1);
          const named = ['--daemon', await daemon.url(), '--reason', 'CHG-42'];
          const withToken = { environment: { VONAGE_GITOPS_DAEMON_TOKEN: approveToken } };

          const stale = await bench.run(['approve', 'main', 'f'.repeat(64), ...named], withToken);
          const approved = await bench.run(['approve', 'main', planHash, ...named, '--format', 'json'], withToken);

          expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining(`its hash is now ${planHash}`) });
          expect(approvalResponseSchema.parse(JSON.parse(approved.stdout)).approval).toMatchObject({ by: 'http' });
          await until(() => live(bench).includes('New'));
        },
        options,
      );
    }));

  test('is asked again after a pass that failed: an approval is for one pass', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));
      const { stdout } = await bench.run(['plan'], { environment });
      const planHash = /^Plan hash: (.*)$/m.exec(stdout)?.[1] ?? '';
      await bench.run(['approve', 'main', planHash, '--reason', 'CHG-42'], { environment });
      bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'status', status: 403 } }]);

      const failed = await bench.run(['run', '--once'], { environment });
      bench.emulator.admin.faults([]);
      const next = await bench.run(['run', '--once'], { environment });

      expect(failed.code).not.toBe(0);
      expect(next.code).toBe(3);
      expect(live(bench)).toEqual(['Sales']);
    }));

  test('forgets an approval after a day', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));
      const clock = shiftedClock();
      const { stdout } = await bench.run(['plan'], { environment });
      const planHash = /^Plan hash: (.*)$/m.exec(stdout)?.[1] ?? '';
      await bench.run(['approve', 'main', planHash, '--reason', 'CHG-42'], { environment, clock });
      clock.advance(dayMs);

      const late = await bench.run(['run', '--once'], { environment, clock });

      expect(late.code).toBe(3);
      expect(live(bench)).toEqual(['Sales']);
    }));

  test('is applied by apply with the hash only', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));

      const waiting = await bench.run(['apply', '--yes'], { environment });
      const planHash = /^Plan hash: (.*)$/m.exec(waiting.stdout)?.[1] ?? '';
      const before = live(bench);
      const applied = await bench.run(['apply', '--plan-hash', planHash], { environment });
      const planned = await bench.run(['plan', '--detailed-exitcode'], { environment });

      expect(waiting).toMatchObject({ code: 3, stdout: expect.stringContaining('+ create "New"') });
      expect(before).toEqual(['Sales']);
      expect(applied.code).toBe(0);
      expect(live(bench)).toEqual(['New', 'Sales']);
      expect(planned.code).toBe(0);
    }));

  test('has changes for a plan that is asked whether it has', () =>
    withEmulator(async (bench) => {
      await asking(bench);
      await bench.write('apps/New.yaml', manifestYaml('New'));

      expect((await bench.run(['plan', '--detailed-exitcode'], { environment })).code).toBe(2);
    }));
});

test('approving over HTTP is off without a token for it', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/New.yaml', manifestYaml('New'));
    const daemon = startDaemon(bench);
    try {
      await until(() => live(bench).length === 1);

      expect((await approve(daemon, { planHash: '0'.repeat(64) }, environment.DAEMON_TOKEN)).status).toBe(404);
    } finally {
      await daemon.stop();
    }
  }));
