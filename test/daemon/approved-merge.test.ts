import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commitPlanSchema } from '../../src/status/commit-plan-schema.ts';
import { statusSchema } from '../../src/status/documents.ts';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { type RunningDaemon, until, withDaemon } from './running.ts';

const planToken = 'a-token-that-plans-voice';
const approveToken = 'a-token-that-approves';
const voice = '{ capabilities: { voice: {} } }';

/** A repository that pushes to a served one, and the configuration of an account that asks before it applies. */
async function served(bench: Bench) {
  const work = join(bench.cwd, 'work');
  const bare = join(bench.cwd, 'served.git');
  const sh = (...parameters: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  sh('init', '--quiet', '--bare', '--initial-branch=main', bare);
  sh('init', '--quiet', '--initial-branch=main', work);
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git: { url: "file://${bare}", ref: { branch: main }, interval: { seconds: 10 } }
    planToken: { env: PLAN_TOKEN }
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    policy: sync
    onCommit: ask
    deletes: { maxPercent: 100 }
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
  approveToken: { env: APPROVE_TOKEN }
`,
  );
  const run = (...parameters: readonly string[]) => sh('-C', work, ...parameters);
  const push = (message: string, ref: string) => {
    run('add', '--all');
    run('commit', '--quiet', '--message', message);
    run('push', '--quiet', bare, `HEAD:refs/heads/${ref}`);
    return run('rev-parse', 'HEAD');
  };
  return {
    run,
    push,
    write: (name: string, spec = '{}') => bench.write(`work/apps/${name}.yaml`, manifestYaml(name, spec)),
    remove: (name: string) => rm(join(work, 'apps', `${name}.yaml`)),
  };
}

async function accountOf(daemon: RunningDaemon) {
  const [account] = statusSchema.parse((await daemon.ask('/api/v1/status')).json).accounts;
  if (account === undefined) throw new Error('there is one account');
  return account;
}

/** Asks for a pass over what the server has now, and waits until something can be approved. */
function waitingHash(daemon: RunningDaemon): Promise<string> {
  return until(async () => {
    await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
    return (await accountOf(daemon)).planHash;
  });
}

function approve(daemon: RunningDaemon, planHash: string | undefined) {
  const body = { account: 'main', planHash, reason: 'reviewed in the pull request' };
  return daemon.ask('/api/v1/approve', { method: 'POST', token: approveToken, body });
}

function live({ emulator }: Bench): readonly string[] {
  return emulator.admin
    .applications()
    .map(({ name }) => String(name))
    .toSorted();
}

test('the plan of a pull request has the hash that its squash merge waits with, and approving that applies it', () =>
  withEmulator(async (bench) => {
    const { run, push, write, remove } = await served(bench);
    await write('Sales');
    await write('Support');
    push('Add Sales and Support', 'main');
    const environment = {
      VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1',
      PLAN_TOKEN: planToken,
      APPROVE_TOKEN: approveToken,
    };
    await withDaemon(
      bench,
      async (daemon) => {
        await approve(daemon, await waitingHash(daemon));
        await until(() => live(bench).length === 2);
        await until(async () => (await accountOf(daemon)).state === 'synced');
        run('checkout', '--quiet', '-b', 'feature');
        await write('Sales', voice);
        push('Let Sales speak', 'feature');
        await write('Billing', '{ capabilities: { messages: {} } }');
        await remove('Support');
        const commit = push('Billing in place of support', 'feature');

        const planned = await daemon.ask('/api/v1/plan', { method: 'POST', token: planToken, body: { commit } });
        const [plan] = commitPlanSchema.parse(planned.json).plans;
        const early = await approve(daemon, plan?.planHash);
        run('checkout', '--quiet', 'main');
        run('merge', '--quiet', '--squash', 'feature');
        push('Billing, and Sales that speaks', 'main');
        const waiting = await waitingHash(daemon);
        const before = live(bench);
        const approved = await approve(daemon, waiting);

        expect(plan?.planHash).toBe(waiting);
        expect(early.status).toBe(409); // what is not merged is nothing to approve
        expect(before).toEqual(['Sales', 'Support']);
        expect(approved.status).toBe(200);
        await until(() => live(bench).join() === 'Billing,Sales');
      },
      { environment },
    );
  }));

test('a revert of what waits leaves nothing to approve, and nothing was ever written', () =>
  withEmulator(async (bench) => {
    const { run, push, write, remove } = await served(bench);
    await write('Sales');
    push('Add Sales', 'main');
    await withDaemon(
      bench,
      async (daemon) => {
        await approve(daemon, await waitingHash(daemon));
        await until(() => live(bench).length === 1);
        await until(async () => (await accountOf(daemon)).state === 'synced');
        await remove('Sales');
        await write('Other', voice);
        push('Exchange Sales', 'main');
        const waiting = await waitingHash(daemon);
        run('revert', '--no-edit', 'HEAD');
        run('push', '--quiet', join(bench.cwd, 'served.git'), 'HEAD:refs/heads/main');
        await until(async () => {
          await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
          return (await accountOf(daemon)).state === 'synced';
        });

        const late = await approve(daemon, waiting);

        expect(late).toMatchObject({ status: 409, json: { error: { code: 'PLAN_CHANGED' } } });
        expect(live(bench)).toEqual(['Sales']);
        expect((await accountOf(daemon)).planHash).toBeUndefined();
      },
      { environment: { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1', PLAN_TOKEN: planToken, APPROVE_TOKEN: approveToken } },
    );
  }));
