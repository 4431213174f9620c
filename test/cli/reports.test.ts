import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';
import { acquireLock } from '../../src/lock/lock.ts';
import { fastClock, type RunningDaemon, until, withDaemon } from '../daemon/running.ts';
import { type ForgeServer, startForgeServer, statusToken } from '../forge/forge-server.ts';
import { startGitHttpServer } from '../git/http-server.ts';
import { aSource } from '../source/git/a-source.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1', STATUS_TOKEN: statusToken };

interface Settings {
  readonly url: string;
  readonly forge: string;
  readonly kind?: string;
  readonly source?: string;
  readonly account?: string;
  readonly daemon?: string;
}

function configuration({ url, forge, kind = 'gitlab', source = '', account = '', daemon = '' }: Settings): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git: { url: "${url}", ref: { branch: main }, interval: { seconds: 10 }${source} }
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    policy: sync
    requestsPerSecond: 1000
${account}daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
${daemon}reports:
  - { kind: ${kind}, source: voice, token: { env: STATUS_TOKEN }, apiUrl: "${forge}" }
`;
}

/** A repository of which the daemon reports to a forge. */
async function reported(bench: Bench, settings: Partial<Settings> = {}) {
  const source = await aSource();
  const forge = await startForgeServer({ repository: source.served.replace(/^\//, '').replace(/\.git$/, '') });
  const configure = (changed: Partial<Settings> = {}) =>
    bench.write(
      'vonage-gitops.yaml',
      configuration({ url: `file://${source.served}`, forge: forge.gitlab, ...settings, ...changed }),
    );
  await configure();
  const push = async (path: string, content: string) => {
    await source.commit(path, content);
    source.push();
    return source.run('rev-parse', 'HEAD');
  };
  return { ...source, forge, configure, push };
}

async function withReports(
  work: (bench: Bench, of: Awaited<ReturnType<typeof reported>>) => Promise<void>,
  settings: Partial<Settings> = {},
): Promise<void> {
  await withEmulator(async (bench) => {
    const of = await reported(bench, settings);
    try {
      await work(bench, of);
    } finally {
      await of.forge.close();
    }
    expect(of.forge.unknown).toEqual([]);
  });
}

const context = 'vonage-gitops/main';

/** Waits until the last status of the commit is this. */
async function reports(forge: ForgeServer, commit: string, state: string, description: string | RegExp): Promise<void> {
  const last = () => forge.statuses.findLast((one) => one.commit === commit && one.context === context);
  await until(() => last()?.state === state);
  expect(last()?.description).toMatch(description);
}

/** As many passes as are asked for. */
async function sync(daemon: RunningDaemon): Promise<void> {
  await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
}

/** Lets no pass over what is pushed end before the commit is told as pending: else that status may give way to the one of its end. */
async function seenPending(
  { state }: Bench,
  daemon: RunningDaemon,
  forge: ForgeServer,
  pushed: () => Promise<string>,
): Promise<string> {
  await sync(daemon); // no pass over an earlier commit is in progress then, or will be
  const account = join(state, 'main');
  const writer = await acquireLock({ directory: account, kind: 'writer', waitMs: 30_000, clock: systemClock });
  try {
    const commit = await pushed();
    await daemon.ask('/api/v1/sync', { method: 'POST' }); // asks the server before it asks for a pass
    await until(() => forge.statesOf(commit, context).includes('pending'));
    return commit;
  } finally {
    await writer.release();
  }
}

test('what came of a commit is told once: applied, without a change, invalid, repaired; and not again after a restart', () =>
  withReports(async (bench, { forge, push, run }) => {
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (daemon) => {
        await reports(forge, first, 'success', /^applied: 1 created$/);

        const second = await seenPending(bench, daemon, forge, () =>
          push('apps/support.yaml', manifestYaml('Support')),
        );
        await reports(forge, second, 'success', /^applied: 1 created$/);
        expect(forge.statesOf(second, context)).toEqual(['pending', 'success']);

        const elsewhere = await push('README.md', 'of another team');
        daemon.context.reload();
        await reports(forge, elsewhere, 'success', /^no change for main$/);

        const broken = await seenPending(bench, daemon, forge, () => push('apps/sales.yaml', 'kind: Mistake\n'));
        await reports(forge, broken, 'failed', /^\d+ errors? in manifests/);
        await sync(daemon);

        const repaired = await push('apps/sales.yaml', manifestYaml('Sales'));
        daemon.context.reload();
        await reports(forge, repaired, 'success', /^no change for main$/);
        await sync(daemon);
        expect(forge.statesOf(broken, context)).toEqual(['pending', 'failed']);
        expect(forge.requests[0]?.body).toMatchObject({ ref: 'main', name: context });
        const metrics = (await daemon.ask('/metrics')).text;
        expect(metrics).toMatch(/^vonage_gitops_reports_total\{source="voice",forge="gitlab",result="sent"\} \d+$/m);
        expect(JSON.stringify(daemon.logs())).not.toContain(statusToken);
      },
      { environment, clock: fastClock(5) },
    );
    const sent = forge.requests.length;
    const file = join(bench.state, '.git-sources/reports.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain(statusToken);

    await withDaemon(bench, async (daemon) => sync(daemon), { environment });
    expect(forge.requests).toHaveLength(sent);

    await writeFile(file, '{ "format": ');
    await withDaemon(
      bench,
      async (daemon) => {
        await sync(daemon);
        await until(() => forge.requests.length > sent);
        await reports(forge, run('rev-parse', 'HEAD'), 'success', /^no change for main$/);
        const told = daemon.logs().filter(({ msg }) => msg === 'reports may be sent again');
        expect(told).toEqual([expect.objectContaining({ level: 'warn', path: file })]);
      },
      { environment },
    );
  }));

test('a commit that is not signed is told as refused, and later as applied if its signer is trusted', () =>
  withReports(async (bench, { forge, push, configure, directory }) => {
    const key = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await writeFile(join(bench.cwd, 'signers'), `ann@example.com ${await readFile(`${key}.pub`, 'utf8')}`);
    await configure({ source: ', verify: { allowedSigners: signers }' });
    const unsigned = await push('apps/sales.yaml', manifestYaml('Sales'));

    await withDaemon(
      bench,
      async () => {
        await reports(forge, unsigned, 'failed', /^refused: unsigned$/);
        await configure();
        await reports(forge, unsigned, 'success', /^applied: 1 created$/);
      },
      { environment },
    );
  }));

test('a directory that is gone is told at the commit that lacks it', () =>
  withReports(async (bench, { forge, push, work }) => {
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (daemon) => {
        await reports(forge, first, 'success', /^applied/);
        await rename(join(work, 'apps'), join(work, 'moved'));
        const moved = await push('README.md', 'moved');
        daemon.context.reload();
        await reports(forge, moved, 'failed', /^cannot be read: what was applied last stays in effect$/);
        expect(forge.statesOf(first, context)).toEqual(['success']);
      },
      { environment },
    );
  }));

test('deletes that a guard blocks are told with their number, and as applied once they are allowed', () =>
  withReports(async (bench, { forge, push, work }) => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      await push(`apps/${name}.yaml`, manifestYaml(`App ${name}`, '{}', '  deletionPolicy: delete\n'));
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (daemon) => {
        await reports(forge, first, 'success', /^applied: 7 created$/);
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await rm(join(work, `apps/${name}.yaml`));
        const removed = await push('README.md', 'close all');
        daemon.context.reload();
        await reports(forge, removed, 'failed', /^6 changes blocked by deletes-max$/);
        await bench.run(['apply', '--yes', '--allow-deletes', '6'], { environment });
        await sync(daemon);
        await reports(forge, removed, 'success', /^in sync$/);
      },
      { environment },
    );
  }));

test('a paused account leaves its commit pending', () =>
  withReports(async (bench, { forge, push }) => {
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (daemon) => {
        await reports(forge, first, 'success', /^applied/);
        await daemon.ask('/api/v1/pause', { method: 'POST', body: { account: 'main', reason: 'holidays' } });
        const second = await push('apps/support.yaml', manifestYaml('Support'));
        daemon.context.reload();
        await until(() => forge.statuses.some(({ description }) => description === 'account main is paused'));
        const third = await push('apps/third.yaml', manifestYaml('Third'));
        daemon.context.reload();
        await reports(forge, second, 'failed', `superseded by ${third.slice(0, 12)}`);
        await daemon.ask('/api/v1/resume', { method: 'POST', body: { account: 'main' } });
        await reports(forge, third, 'success', /^applied: 2 created$/);
      },
      { environment },
    );
  }));

test('a forge that is down, or limits requests, is asked again; a pass waits for neither', () =>
  withReports(async (bench, { forge, push }) => {
    forge.down = { status: 503, body: {} };
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => bench.emulator.admin.applications().length === 1);
        await sync(daemon);
        const status = await bench.run(['status', '--daemon', await daemon.url()], {
          environment: { ...environment, VONAGE_GITOPS_DAEMON_TOKEN: 'a-token-that-acts' },
        });
        expect(status.stdout).toContain('! commit statuses are not set: GitLab responded with 503');

        forge.instead.push({ status: 429, body: {}, headers: { 'retry-after': '1' } });
        forge.down = undefined;
        await reports(forge, first, 'success', /^applied: 1 created$/);
        const told = daemon.logs().filter(({ msg, level }) => msg === 'commit status not set' && level === 'warn');
        expect(told.map(({ problem }) => problem)).toEqual(['GitLab responded with 503', 'GitLab responded with 429']);
        expect((await daemon.ask('/api/v1/status')).text).not.toContain('reportProblem');
      },
      { environment },
    );
  }));

test('at GitHub, over http, a token that lacks the right is told once with the remedy, and what was not taken is sent after a reload', () =>
  withEmulator(async (bench) => {
    const source = await aSource();
    const [git, forge] = [
      await startGitHttpServer(source.directory),
      await startForgeServer({ repository: 'served/voice' }),
    ];
    try {
      const url = `${git.url}/served/voice.git`;
      await bench.write('vonage-gitops.yaml', configuration({ url, forge: forge.github, kind: 'github' }));
      await source.commit('apps/sales.yaml', manifestYaml('Sales'));
      source.push();
      const commit = source.run('rev-parse', 'HEAD');
      forge.down = { status: 403, body: { message: 'Resource not accessible by personal access token' } };
      await withDaemon(
        bench,
        async (daemon) => {
          const told = () => daemon.logs().filter(({ msg }) => msg === 'commit status not set');
          await until(() => told().length > 0);
          await sync(daemon);
          await sync(daemon);
          expect(told()).toEqual([
            expect.objectContaining({
              problem: expect.stringContaining('it needs the permission "Commit statuses: write"'),
            }),
          ]);

          forge.down = undefined;
          daemon.context.reload();
          await reports(forge, commit, 'success', /^applied: 1 created$/);
        },
        { environment },
      );
      expect(forge.unknown).toEqual([]);
    } finally {
      await git.close();
      await forge.close();
    }
  }));

test('of two daemons on one state only the one that reconciles reports', () =>
  withReports(async (bench, { forge, push }) => {
    const first = await push('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(
      bench,
      async (leader) => {
        await reports(forge, first, 'success', /^applied/);
        await withDaemon(
          bench,
          async (standby) => {
            await until(() => standby.logs().some(({ msg }) => msg === 'standby: another daemon is active'));
            const second = await seenPending(bench, leader, forge, () =>
              push('apps/support.yaml', manifestYaml('Support')),
            );
            await reports(forge, second, 'success', /^applied/);
            expect(forge.statesOf(second, context)).toEqual(['pending', 'success']);
            expect(standby.logs().map(({ msg }) => msg)).not.toContain('commit status set');
          },
          { environment },
        );
      },
      { environment },
    );
  }));

test('changes that wait for approval leave their commit pending with the hash, and the approval makes it a success', () =>
  withReports(
    async (bench, { forge, push }) => {
      const first = await push('apps/sales.yaml', manifestYaml('Sales'));
      await withDaemon(
        bench,
        async (daemon) => {
          const asks = () =>
            until(() => {
              const last = forge.statuses.findLast(({ commit }) => commit === first)?.description ?? '';
              return /^plan ([0-9a-f]{64}) waits for approval \(1 change\)$/.exec(last)?.[1];
            });
          const hash = await asks();
          const second = await seenPending(bench, daemon, forge, () =>
            push('apps/support.yaml', manifestYaml('Support')),
          );
          await reports(forge, first, 'failed', `superseded by ${second.slice(0, 12)}`);
          const next = await until(() => {
            const last = forge.statuses.findLast(({ commit }) => commit === second)?.description ?? '';
            return /^plan ([0-9a-f]{64}) waits for approval \(2 changes\)$/.exec(last)?.[1];
          });
          expect(next).not.toBe(hash);

          const url = await daemon.url();
          const approved = await bench.run(['approve', 'main', next, '--reason', 'reviewed', '--daemon', url], {
            environment: { ...environment, VONAGE_GITOPS_DAEMON_TOKEN: 'a-token-that-approves' },
          });
          expect(approved).toMatchObject({ code: 0 });
          await reports(forge, second, 'success', /^applied: 2 created$/);
          expect(forge.statesOf(second, context)).toEqual(['pending', 'running', 'success']);
        },
        { environment: { ...environment, APPROVE: 'a-token-that-approves' } },
      );
    },
    { account: '    onCommit: ask\n', daemon: '  approveToken: { env: APPROVE }\n' },
  ));
