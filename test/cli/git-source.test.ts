import { execFileSync } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RunningDaemon, until, withDaemon } from '../daemon/running.ts';
import { type Bench, type Ended, manifestYaml, withEmulator } from './world.ts';

const allowed = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' };

/** A configuration whose manifests come from a repository beside it. */
function configuration(cwd: string): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git:
      url: file://${cwd}/served.git
      ref: { branch: main }
      interval: { seconds: 10 }
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    policy: sync
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
`;
}

/** The bench with a served repository, a work tree that pushes to it, and the configuration. */
async function served(bench: Bench) {
  const work = join(bench.cwd, 'work');
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  const git = (...parameters: readonly string[]) =>
    execFileSync('git', [...identity, ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  git('init', '--quiet', '--bare', join(bench.cwd, 'served.git'));
  git('init', '--quiet', '--initial-branch=main', work);
  await bench.write('vonage-gitops.yaml', configuration(bench.cwd));
  const inWork = (...parameters: readonly string[]) => git('-C', work, ...parameters);
  const push = (message: string) => {
    inWork('add', '--all');
    inWork('commit', '--quiet', '--allow-empty', '--message', message);
    inWork('push', '--quiet', '--force', join(bench.cwd, 'served.git'), 'HEAD:refs/heads/main');
    return inWork('rev-parse', 'HEAD').slice(0, 12);
  };
  return {
    work,
    git: inWork,
    push,
    declare: (name: string) => bench.write(`work/apps/${name}.yaml`, manifestYaml(name)),
    remove: (name: string) => rm(join(work, 'apps', `${name}.yaml`)),
    run: (...args: readonly string[]): Promise<Ended> => bench.run(args, { environment: allowed }),
  };
}

function live({ emulator }: Bench): readonly string[] {
  return emulator.admin
    .applications()
    .map(({ name }) => String(name))
    .toSorted();
}

describe('commands on an account with a git source', () => {
  test('fetch first and say so; the plan names the commit, its author and its subject', () =>
    withEmulator(async (bench) => {
      const { declare, push, run } = await served(bench);
      await declare('Sales');
      const commit = push('Add Sales');

      const [valid, planned] = [await run('validate'), await run('plan')];

      const said = `Fetching branch main of ${bench.cwd}/served\nCommit ${commit} by Ann (unverified): "Add Sales"\n`;
      expect(valid).toMatchObject({ code: 0, stdout: '1 manifest is valid.\n', stderr: said });
      expect(planned).toMatchObject({ code: 0, stderr: expect.stringContaining(said) });
      expect(planned.stdout).toContain(`Plan at commit ${commit} by Ann (unverified): "Add Sales", content `);
    }));

  test('--no-fetch reads what was accepted, and says what to do where nothing was', () =>
    withEmulator(async (bench) => {
      const { declare, push, run } = await served(bench);
      await declare('Sales');
      const first = push('Add Sales');

      expect(await run('plan', '--no-fetch')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Fetch it with: vonage-gitops source fetch voice'),
      });
      await run('plan');
      await declare('Support');
      push('Add Support');
      const stale = await run('plan', '--no-fetch');

      expect(stale.stderr).not.toContain('Fetching');
      expect(stale.stdout).toContain(`commit ${first}`);
      expect(stale.stdout).not.toContain('Support');
    }));

  test('a server that is down ends plan and apply with the remedy, and run --once goes on with what was accepted', () =>
    withEmulator(async (bench) => {
      const { declare, push, run } = await served(bench);
      await declare('Sales');
      push('Add Sales');
      await run('plan');
      await rename(join(bench.cwd, 'served.git'), join(bench.cwd, 'away.git'));

      const [planned, applied] = [await run('plan'), await run('apply', '--yes')];
      expect(planned).toMatchObject({ code: 1, stdout: '' });
      expect(planned.stderr).toMatch(/E_SOURCE_FETCH: source voice: .*stays in effect; --no-fetch reads it/);
      expect([applied.code, live(bench)]).toEqual([1, []]);

      const once = await run('run', '--once');
      expect(once).toMatchObject({ code: 0, stderr: expect.stringContaining('source not fetched') });
      expect(live(bench)).toEqual(['Sales']);
    }));

  test('a mistake in a manifest is told with its place in the repository', () =>
    withEmulator(async (bench) => {
      const { push, run } = await served(bench);
      await bench.write('work/apps/team/bad.yaml', `${manifestYaml('Bad')}nonsense: 1\n`);
      push('Add Bad');

      const [valid, planned] = [await run('validate'), await run('plan')];

      expect(valid).toMatchObject({ code: 5, stdout: expect.stringContaining('apps/team/bad.yaml:6:1') });
      expect(planned.stderr).toContain('apps/team/bad.yaml:6:1');
    }));

  test('--no-fetch of a daemon is an error', () =>
    withEmulator(async (bench) => {
      const { run } = await served(bench);

      expect(await run('run', '--no-fetch')).toMatchObject({ code: 5, stderr: expect.stringContaining('--once') });
    }));

  test('an earlier commit deletes nothing; a removed manifest does, and its commit is told', () =>
    withEmulator(async (bench) => {
      const { declare, remove, push, run, git } = await served(bench);
      await declare('Sales');
      push('Add Sales');
      await declare('Support');
      push('Add Support');
      expect((await run('apply', '--yes')).code).toBe(0);

      git('reset', '--quiet', '--hard', 'HEAD~1');
      push('Go back');
      git('reset', '--quiet', '--hard', 'HEAD~1');
      git('push', '--quiet', '--force', join(bench.cwd, 'served.git'), 'HEAD:refs/heads/main');
      const back = await run('apply', '--yes');
      expect(back.stdout).toContain('earlier than what was applied last');
      expect(back.stdout).toContain('rewound');
      expect([back.code, live(bench)]).toEqual([3, ['Sales', 'Support']]);

      await declare('Support');
      push('Bring Support back');
      await run('apply', '--yes');
      await remove('Support');
      const removal = push('Retire Support');
      const removed = await run('apply', '--yes', '--allow-deletes', '1');
      expect(removed.stdout.replaceAll(/\s+/g, ' ')).toContain(
        `its manifest Support.yaml was removed in ${removal} by Ann (unverified): "Retire Support"`,
      );
      expect(live(bench)).toEqual(['Sales']);
    }));
});

/** Passes that a source asked for. */
function bySource(daemon: RunningDaemon): number {
  const begun = daemon.logs().filter(({ msg }) => msg === 'pass started');
  return begun.filter(({ reasons }) => Array.isArray(reasons) && reasons.includes('source')).length;
}

test('a daemon follows the repository: what is pushed is applied, and its status tells the source', () =>
  withEmulator(async (bench) => {
    const { declare, push } = await served(bench);
    await declare('Sales');
    push('Add Sales');

    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => live(bench).includes('Sales'));
        await bench.write('work/README.md', 'of another team');
        const elsewhere = push('Say hello');
        await until(async () => (await daemon.ask('/api/v1/status')).text.includes(elsewhere));
        const passes = bySource(daemon);
        await declare('Support');
        const commit = push('Add Support');
        await until(() => live(bench).includes('Support'));
        expect(bySource(daemon)).toBe(passes + 1);

        const { source } = await until(async () => {
          const [account] = JSON.parse((await daemon.ask('/api/v1/status')).text).accounts;
          return account.source?.accepted?.subject === 'Add Support' ? account : undefined;
        });
        expect(source).toMatchObject({ name: 'voice', ref: 'branch main', state: 'ok', accepted: { author: 'Ann' } });
        expect((await daemon.ask('/metrics')).text).toContain(
          'vonage_gitops_source_state{source="voice",state="ok"} 1',
        );
        expect(daemon.logs()).toContainEqual(
          expect.objectContaining({ msg: 'commit accepted', subject: 'Add Support' }),
        );
        const started = daemon.logs().filter(({ msg }) => msg === 'start-up check');
        expect(started.map(({ what }) => what)).not.toContain('manifests'); // nothing was fetched then, and that is no problem
        const args = ['status', '--daemon', await daemon.url()];
        const environment = { ...allowed, DAEMON_TOKEN: 'a-token-that-acts' };
        const status = await bench.run(args, { environment });
        const told = await bench.run(['explain', 'Support', '--daemon', await daemon.url()], { environment });
        expect(told.stdout).toContain(`at commit ${commit} by Ann (unverified): "Add Support"`);
        expect(status.stdout).toContain(
          `source        voice: ok, branch main of ${bench.cwd}/served at ${commit} by Ann`,
        );

        await declare('Billing');
        push('Add Billing');
        const synced = await bench.run(['sync', '--daemon', await daemon.url()], { environment });
        expect(synced.code, synced.stderr).toBe(0);
        expect(bench.emulator.admin.applications().map(({ name }) => name)).toContain('Billing');
      },
      { environment: allowed },
    );
  }));
