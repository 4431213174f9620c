import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { fastClock, type RunningDaemon, until, withDaemon } from '../daemon/running.ts';
import { type CommentServer, startCommentServer } from '../forge/comment-server.ts';
import { bundled } from '../reliability/process.ts';
import { type JobEnded, runAction } from './action-runner.ts';

const { program } = bundled();
const tokens = { DAEMON_SYNC_TOKEN: 'a-token-that-syncs', SOURCE_PLAN_TOKEN: 'a-token-that-plans' };

function configuration(cwd: string): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    planToken: { env: SOURCE_PLAN_TOKEN }
    git:
      url: file://${cwd}/served.git
      ref: { branch: main }
      interval: { seconds: 3600 }
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    policy: sync
    onDrift: report
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
  syncToken: { env: DAEMON_SYNC_TOKEN }
`;
}

interface Pipeline {
  readonly bench: Bench;
  readonly daemon: RunningDaemon;
  readonly forge: CommentServer;
  git(...args: readonly string[]): string;
  /** Commits what is in the work tree, and pushes it to this ref. Answers with the commit. */
  push(message: string, ref: string): string;
  /** Runs the action in a job that has nothing but the address of the daemon, and its tokens. */
  job(inputs: Readonly<Record<string, string>>, commit: string): Promise<JobEnded>;
}

/** A repository with a daemon that follows it, a forge, and jobs. A clock that is faster than the API's is told in plans after a while. */
function withPipeline(
  work: (pipeline: Pipeline) => Promise<void>,
  { kind = 'github', speed = 50 }: { readonly kind?: 'github' | 'gitlab'; readonly speed?: number } = {},
): Promise<void> {
  return withEmulator(async (bench) => {
    const folder = join(bench.cwd, 'work');
    const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false'];
    const git = (...args: readonly string[]) =>
      execFileSync('git', [...identity, ...args], { stdio: 'pipe' })
        .toString()
        .trim();
    git('init', '--quiet', '--bare', join(bench.cwd, 'served.git'));
    git('init', '--quiet', '--initial-branch=main', folder);
    const push = (message: string, ref: string) => {
      git('-C', folder, 'add', '--all');
      git('-C', folder, 'commit', '--quiet', '--allow-empty', '--message', message);
      git('-C', folder, 'push', '--quiet', join(bench.cwd, 'served.git'), `HEAD:${ref}`);
      return git('-C', folder, 'rev-parse', 'HEAD');
    };
    await bench.write('vonage-gitops.yaml', configuration(bench.cwd));
    await bench.write('work/apps/support.yaml', manifestYaml('Support'));
    push('Add Support', 'refs/heads/main');
    const path = await bench.write('job/vonage-gitops', `#!/bin/sh\nexec node "${program()}" "$@"\n`);
    await chmod(path, 0o755);
    const forge = await startCommentServer(kind);
    try {
      await withDaemon(
        bench,
        async (daemon) => {
          await until(() => daemon.logs().find(({ msg }) => msg === 'pass ended'));
          const url = await daemon.url();
          const job = (inputs: Readonly<Record<string, string>>, commit: string) =>
            runAction({
              cwd: join(bench.cwd, 'job'),
              inputs: {
                program: './vonage-gitops',
                'daemon-url': url,
                'plan-token': tokens.SOURCE_PLAN_TOKEN,
                'sync-token': tokens.DAEMON_SYNC_TOKEN,
                ...inputs,
              },
              sha: commit,
              event: inputs['mode'] === 'plan' ? { pull_request: { number: 12, head: { sha: commit } } } : {},
              environment: {
                GITHUB_API_URL: forge.apiUrl,
                GITHUB_REPOSITORY: 'acme/voice',
                GITHUB_TOKEN: 'ghs_of-the-workflow',
                RUNNER_ENVIRONMENT: 'github-hosted',
              },
            });
          await work({ bench, daemon, forge, git, push, job });
        },
        { environment: { ...tokens, VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' }, clock: fastClock(speed) },
      );
      expect(forge.unknown).toEqual([]);
    } finally {
      await forge.close();
    }
  });
}

test('what is merged is applied by the daemon, and the job ends as its pass does', () =>
  withPipeline(async ({ bench, push, job }) => {
    await bench.write('work/apps/sales.yaml', manifestYaml('Sales'));
    const commit = push('Add Sales', 'refs/heads/main');

    const { code, log, outputs } = await job({ mode: 'apply' }, commit);

    expect(code, log).toBe(0);
    expect(log).toContain(`at revision ${commit.slice(0, 12)} (exit code 0)`);
    expect(outputs).toMatchObject({ 'exit-code': '0' });
    expect(bench.emulator.admin.applications()).toHaveLength(2);

    await bench.write('work/apps/broken.yaml', manifestYaml('Broken', '{ capabilities: { vioce: {} } }'));
    const failed = await job({ mode: 'apply' }, push('Add a typo', 'refs/heads/main'));
    const strange = await job({ mode: 'apply', 'sync-token': 'a-token-that-plans' }, commit);

    expect(failed.code).not.toBe(0);
    expect(strange.code).toBe(1);
    for (const { log: text } of [failed, strange])
      expect(text.match(/a-token-that-syncs/g)?.length ?? 0).toBeLessThan(2);
  }));

test('a pull request is planned by the daemon, commented, and the comment follows what is pushed', () =>
  withPipeline(async ({ bench, forge, push, job }) => {
    await bench.write('work/apps/sales.yaml', manifestYaml('Sales'));
    const commit = push('Add Sales', 'refs/heads/sales');

    const first = await job({ mode: 'plan', comment: 'true' }, commit);
    await bench.write('work/apps/billing.yaml', manifestYaml('Billing'));
    const second = await job({ mode: 'plan', comment: 'true' }, push('Add Billing', 'refs/heads/sales'));

    expect(first.code, first.log).toBe(0);
    expect(first.outputs).toMatchObject({ 'exit-code': '2', 'has-changes': 'true' });
    expect(first.outputs['plan-hash']).toMatch(/^[0-9a-f]{64}$/);
    expect(second.outputs['plan-hash']).not.toBe(first.outputs['plan-hash']);
    expect(second.log).toContain('comment for main updated');
    expect(forge.comments).toHaveLength(1);
    expect(forge.comments[0]?.body).toMatch(
      /^<!-- vonage-gitops:main -->\n> .*not verified[\s\S]*"Billing"[\s\S]*"Sales"/,
    );
    expect(bench.emulator.admin.applications()).toHaveLength(1);
  }));

test('a request that no longer touches the account says so, and one of a fork is not planned', () =>
  withPipeline(async ({ bench, forge, git, push, job }) => {
    await bench.write('work/apps/sales.yaml', manifestYaml('Sales'));
    await job({ mode: 'plan', comment: 'true' }, push('Add Sales', 'refs/heads/sales'));
    git('-C', join(bench.cwd, 'work'), 'rm', '--quiet', 'apps/sales.yaml');
    const undone = await job({ mode: 'plan', comment: 'true' }, push('Take Sales back', 'refs/heads/sales'));
    await bench.write('work/apps/evil.yaml', manifestYaml('Evil'));
    const fork = await job({ mode: 'plan', comment: 'true' }, push('Evil', 'refs/pull/13/head'));

    expect(undone.code, undone.log).toBe(0);
    expect(undone.outputs).toMatchObject({ 'has-changes': 'false', 'plan-hash': '' });
    expect(forge.comments.map(({ body }) => body)).toEqual([expect.stringContaining('**No longer applies.**')]);
    expect(fork.code).toBe(1);
    expect(fork.log).toContain('E_');
    expect(fork.outputs).toMatchObject({ 'has-changes': 'false' });
  }));

test('a job that compares an account with its branch tells drift from none', () =>
  withPipeline(async ({ bench, git, job }) => {
    const commit = git('-C', join(bench.cwd, 'work'), 'rev-parse', 'HEAD');
    const compare = () => job({ mode: 'plan', accounts: 'main' }, commit);

    const same = await compare();
    const [support] = bench.emulator.admin.applications();
    bench.emulator.admin.put(String(support?.id), { name: 'Renamed' });
    // A daemon keeps such a plan for a minute.
    const drifted = await until(async () => {
      const ended = await compare();
      return ended.outputs['has-changes'] === 'true' && ended;
    });

    expect(same.outputs, same.log).toMatchObject({ 'exit-code': '0', 'has-changes': 'false' });
    expect(drifted.summary).toContain('1 to update');
  }));

test('the jobs of the GitLab template plan, comment and apply', () =>
  withPipeline(
    async ({ bench, daemon, forge, push }) => {
      const template = parse(
        readFileSync(new URL('../../examples/ci/gitlab/vonage-gitops.gitlab-ci.yml', import.meta.url), 'utf8'),
      );
      const url = await daemon.url();
      const run = (name: string, variables: Readonly<Record<string, string>>) =>
        promisify(execFile)('bash', ['-eo', 'pipefail', '-c', template[name].script.join('\n')], {
          cwd: join(bench.cwd, 'job'),
          env: {
            PATH: `${join(bench.cwd, 'job')}:${dirname(process.execPath)}:/usr/bin:/bin`,
            VONAGE_GITOPS_DAEMON: url,
            GITLAB_TOKEN: 'glpat-of-the-project',
            CI_API_V4_URL: forge.apiUrl,
            CI_PROJECT_ID: '7',
            CI_MERGE_REQUEST_IID: '12',
            ...variables,
          },
        });
      await bench.write('work/apps/sales.yaml', manifestYaml('Sales'));
      const commit = push('Add Sales', 'refs/heads/sales');
      const planner = { VONAGE_GITOPS_DAEMON_TOKEN: tokens.SOURCE_PLAN_TOKEN };

      const planned = await run('vonage-plan', { ...planner, CI_COMMIT_SHA: commit });
      const merged = { CI_COMMIT_SHA: 'f'.repeat(40), CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: commit };
      const again = await run('vonage-plan', { ...planner, ...merged });
      push('Merge', 'refs/heads/main');
      const applied = await run('vonage-apply', {
        VONAGE_GITOPS_DAEMON_TOKEN: tokens.DAEMON_SYNC_TOKEN,
        CI_COMMIT_SHA: commit,
      });

      expect(planned.stdout).toBe('7!12: comment for main created\n');
      expect(again.stdout).toBe('7!12: comment for main unchanged\n');
      expect(forge.comments[0]?.body).toContain('"Sales"');
      // The pass that is told of may be the one after that which created it: then there is nothing to change.
      expect(applied.stdout).toMatch(/^main: pass \d+ at revision [0-9a-f]{12} \(exit code 0\)\n/);
      expect(bench.emulator.admin.applications()).toHaveLength(2);
      await expect(run('vonage-plan', { ...planner, CI_COMMIT_SHA: 'f'.repeat(40) })).rejects.toMatchObject({
        code: 1,
      });
    },
    { kind: 'gitlab', speed: 1 },
  ));
