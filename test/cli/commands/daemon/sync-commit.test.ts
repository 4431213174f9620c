import { execFileSync } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fastClock, type RunningDaemon, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1', DAEMON_SYNC_TOKEN: 'a-token-that-syncs' };

function configuration(cwd: string, verify: string): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git:
      url: file://${cwd}/served.git
      ref: { branch: main }
      interval: { seconds: 3600 }
${verify}
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    policy: sync
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
  syncToken: { env: DAEMON_SYNC_TOKEN }
`;
}

/** A repository with one commit and a daemon that follows it. Its wait from one check to the next is short. */
function followed(
  work: (on: {
    readonly bench: Bench;
    readonly daemon: RunningDaemon;
    push(name: string, branch?: string): Promise<string>;
    sync(...args: readonly string[]): ReturnType<Bench['run']>;
  }) => Promise<void>,
  verify = '',
): Promise<void> {
  return withEmulator(async (bench) => {
    const folder = join(bench.cwd, 'work');
    const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false'];
    const git = (...parameters: readonly string[]) =>
      execFileSync('git', [...identity, ...parameters], { stdio: 'pipe' })
        .toString()
        .trim();
    git('init', '--quiet', '--bare', join(bench.cwd, 'served.git'));
    git('init', '--quiet', '--initial-branch=main', folder);
    const push = async (name: string, branch = 'main') => {
      await bench.write(`work/apps/${name}.yaml`, manifestYaml(name));
      git('-C', folder, 'add', '--all');
      git('-C', folder, 'commit', '--quiet', '--message', `Add ${name}`);
      git('-C', folder, 'push', '--quiet', join(bench.cwd, 'served.git'), `HEAD:refs/heads/${branch}`);
      return git('-C', folder, 'rev-parse', 'HEAD');
    };
    await bench.write('signers', '');
    await bench.write('vonage-gitops.yaml', configuration(bench.cwd, verify));
    await push('Support');
    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => daemon.logs().find(({ msg }) => msg === 'pass ended' || msg === 'source has a problem'));
        const asCi = { VONAGE_GITOPS_DAEMON: await daemon.url(), VONAGE_GITOPS_DAEMON_TOKEN: 'a-token-that-syncs' };
        const sync = (...args: readonly string[]) =>
          bench.run(['sync', ...args], { environment: { ...environment, ...asCi } });
        await work({ bench, daemon, push, sync });
      },
      { environment, clock: fastClock(50) },
    );
  });
}

test('sync --commit answers with the pass over a commit that was pushed just before, or over one on top of it', () =>
  followed(async ({ bench, push, sync }) => {
    const commit = await push('Billing');

    const first = await sync('--commit', commit, '--account', 'main');

    // A pass of the daemon's own may have been faster, and this one finds nothing to change.
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`at revision ${commit.slice(0, 12)} (`) });
    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(['Support', 'Billing']);

    await push('Sales');
    await sync();
    const older = await sync('--commit', commit, '--format', 'json');
    expect(older.code).toBe(0);
    expect(JSON.parse(older.stdout)).toMatchObject({ waited: true, exitCode: 0, results: [{ account: 'main' }] });
  }));

test('sync --commit of a commit that is refused says why', () =>
  followed(async ({ push, sync }) => {
    const commit = await push('Billing');

    const { code, stdout, stderr } = await sync('--commit', commit);

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Error E_REFUSED: http:.*: refused: source voice: commit \w{12} of .* is not signed\. Sign it/,
    );
  }, '      verify: { allowedSigners: signers }'));

test('sync --commit does not wait for a server that will not answer', () =>
  followed(async ({ bench, push, sync }) => {
    const commit = await push('Billing');
    await rename(join(bench.cwd, 'served.git'), join(bench.cwd, 'moved.git'));

    const { code, stderr } = await sync('--commit', commit);

    expect(code).toBe(1);
    expect(stderr).toContain('the daemon responded 503: source voice: ');
    expect(stderr).toContain('does not exist');
  }));

test.each([
  { title: 'a short id', args: ['--commit', '3f9c2e1'], said: 'expected a full commit id' },
  { title: 'a branch', args: ['--commit', 'main'], said: 'expected a full commit id' },
  { title: 'no wait', args: ['--commit', 'a'.repeat(40), '--no-wait'], said: 'leave out --no-wait' },
])('sync --commit with $title is refused before anything is asked', ({ args, said }) =>
  withEmulator(async (bench) => {
    const { code, stderr } = await bench.run(['sync', ...args, '--daemon', 'http://127.0.0.1:1']);

    expect(code).toBe(5);
    expect(stderr).toContain(said);
  }),
);
