import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { type CommitPlanDocument, commitPlanSchema } from '../../src/status/commit-plan-schema.ts';
import { plansSchema } from '../../src/status/documents.ts';
import { type Bench, manifestYaml, testWorld, withEmulator } from '../cli/world.ts';
import { commandLines } from '../git/command-lines.ts';
import { startGitHttpServer } from '../git/http-server.ts';
import { type RunningDaemon, until, withDaemon } from './running.ts';

const planToken = 'a-token-that-plans-voice';

/** A repository with manifests of two accounts on a git server, and a daemon that has applied them. */
async function withServed(
  work: (all: Awaited<ReturnType<typeof serve>> & { readonly daemon: RunningDaemon }) => Promise<void>,
) {
  await withEmulator(async (bench) => {
    const office = await startEmulator({ apiKey: 'office01' });
    await mkdir(join(bench.cwd, 'served'));
    const server = await startGitHttpServer(join(bench.cwd, 'served'));
    try {
      const all = await serve(bench, server, office);
      const environment = {
        VONAGE_API_URL: '', // each account has its own
        PLAN_TOKEN: planToken,
        OTHER_TOKEN: 'a-token-that-plans-other',
        OFFICE_KEY: office.apiKey,
        OFFICE_SECRET: office.apiSecret,
      };
      await withDaemon(
        bench,
        async (daemon) => {
          await until(() => all.live().length === 3 && office.admin.applications().length === 1);
          await work({ ...all, daemon });
        },
        { environment },
      );
    } finally {
      await server.close();
      await office.close();
    }
  });
}

async function serve(
  bench: Bench,
  server: Awaited<ReturnType<typeof startGitHttpServer>>,
  office: Awaited<ReturnType<typeof startEmulator>>,
) {
  const workTree = join(bench.cwd, 'work');
  const served = join(bench.cwd, 'served/voice.git');
  const sh = (...parameters: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  sh('init', '--quiet', '--bare', '--initial-branch=main', served);
  sh('init', '--quiet', '--initial-branch=main', workTree);
  const configure = (ofMain = '') =>
    bench.write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git: { url: "${server.url}/voice.git", ref: { branch: main }, interval: { seconds: 10 } }
    planToken: { env: PLAN_TOKEN }
  - name: other
    git: { url: "${server.url}/other.git", ref: { branch: main } }
    planToken: { env: OTHER_TOKEN }
accounts:
  - name: main
    manifests: { source: voice, path: apps/main }
    policy: sync
    deletes: { maxPercent: 100 }
${ofMain}
    apiUrl: ${bench.emulator.url}
  - name: office
    manifests: { source: voice, path: apps/office }
    policy: sync
    apiUrl: ${office.url}
    apiKey: { env: OFFICE_KEY }
    apiSecret: { env: OFFICE_SECRET }
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
`,
    );
  await configure();
  const run = (...parameters: readonly string[]) => sh('-C', workTree, ...parameters);
  const push = (message: string, ref = 'refs/heads/main') => {
    run('add', '--all');
    run('commit', '--quiet', '--allow-empty', '--message', message);
    run('push', '--quiet', '--force', served, `HEAD:${ref}`);
    return run('rev-parse', 'HEAD');
  };
  const write = (path: string, text: string) => bench.write(`work/${path}`, text);
  await write('apps/main/sales.yaml', manifestYaml('Sales'));
  await write('apps/main/support.yaml', manifestYaml('Support'));
  await write('apps/main/archive.yaml', manifestYaml('Archive'));
  await write('apps/office/reception.yaml', manifestYaml('Reception'));
  const first = push('Add all');
  return {
    bench,
    server,
    first,
    run,
    push,
    write,
    work: workTree,
    configure,
    live: () => bench.emulator.admin.applications(),
    /** Starts a branch at a commit. */
    branch: (name: string, from = first) => run('checkout', '--quiet', '-B', name, from),
    main: () => run('checkout', '--quiet', 'main'),
  };
}

async function planOf(daemon: RunningDaemon, commit: string, more: object = {}): Promise<CommitPlanDocument> {
  const { status, text, json } = await daemon.ask('/api/v1/plan', {
    method: 'POST',
    token: planToken,
    body: { commit, ...more },
  });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return commitPlanSchema.parse(json);
}

const refuse = (
  daemon: RunningDaemon,
  commit: string,
  more: { readonly token?: string; readonly body?: object } = {},
) => daemon.ask('/api/v1/plan', { method: 'POST', token: more.token ?? planToken, body: { commit, ...more.body } });

const changesOf = ({ plans }: CommitPlanDocument) =>
  plans.flatMap(({ account, changes }) => changes.map(({ action, name }) => `${account}: ${action} ${name}`));

describe('the plan of a branch', () => {
  test('that lacks what was merged since does not want to undo it, and nothing of it is recorded', () =>
    withServed(async ({ bench, daemon, branch, main, write, push, live }) => {
      branch('feature');
      await write('apps/main/billing.yaml', manifestYaml('Billing'));
      const commit = push('Add Billing', 'refs/heads/feature');
      main();
      await write('apps/main/legal.yaml', manifestYaml('Legal'));
      const merged = push('Add Legal');
      await until(() => live().length === 4);
      await until(async () => (await daemon.ask('/api/v1/status')).text.includes(merged));
      const stateOf = () =>
        ['ledger.json', 'passes.jsonl'].map((file) =>
          readFileSync(join(bench.state, 'main', file), 'utf8').replace(/"at":\d+/g, ''),
        );
      await until(async () => JSON.parse((await daemon.ask('/api/v1/status')).text).accounts[0].runningSince === null);
      await until(() => stateOf()[1]?.includes(merged)); // the row of the pass comes after its status
      const before = stateOf();

      const plan = await planOf(daemon, commit);

      expect(changesOf(plan)).toEqual(['main: create Billing']);
      expect(plan).toMatchObject({ merge: 'clean', upToDate: true, verified: false, untouched: ['office'] });
      expect(plan.notices[0]).toMatch(/^not verified/);
      expect(plan.plans[0]).toMatchObject({ commit: { id: commit, author: 'Ann' }, problems: [], guards: [] });
      expect(stateOf()).toEqual(before);
      expect(live()).toHaveLength(4);
    }));

  test('says by which commit an application is deleted, and moves one to another account without deleting it', () =>
    withServed(async ({ daemon, branch, work, push, run }) => {
      branch('feature');
      await rm(join(work, 'apps/main/sales.yaml'));
      const retired = push('Retire Sales', 'refs/heads/feature');
      await rename(join(work, 'apps/main/support.yaml'), join(work, 'apps/office/support.yaml'));
      const commit = push('Move Support', 'refs/heads/feature');

      const plan = await planOf(daemon, commit);

      expect(changesOf(plan)).toEqual(['main: delete Sales', 'office: create Support']);
      const [deleted] = plan.plans[0]?.changes ?? [];
      expect(deleted).toMatchObject({ removedIn: { id: retired, subject: 'Retire Sales' } });
      run('checkout', '--quiet', 'main');
    }));

  test('that conflicts is not up to date, and seems to undo what was merged', () =>
    withServed(async ({ daemon, branch, main, write, push }) => {
      branch('feature');
      await write('apps/main/sales.yaml', manifestYaml('Sales', '{ capabilities: { voice: {} } }'));
      const commit = push('Let Sales speak', 'refs/heads/feature');
      main();
      await write('apps/main/sales.yaml', manifestYaml('Sales', '{ capabilities: { messages: {} } }'));
      const merged = push('Let Sales write');
      await until(async () => (await daemon.ask('/api/v1/status')).text.includes(merged));

      const plan = await planOf(daemon, commit);

      expect(plan).toMatchObject({ merge: 'conflict', upToDate: false });
      expect(plan.notices[1]).toMatch(/^not up to date: it conflicts/);
      expect(changesOf(plan)).toEqual(['main: update Sales']);
    }));

  test('that nobody could apply is an error of its plan only: too large, links out, a directory that is gone', () =>
    withServed(async ({ daemon, branch, write, work, push }) => {
      branch('feature');
      await write('apps/main/large.yaml', `${manifestYaml('Large')}# ${'x'.repeat(10_000_000)}\n`);
      await symlink('/etc/passwd', join(work, 'apps/main/link.yaml'));
      await rm(join(work, 'apps/office'), { recursive: true });
      const commit = push('Break it', 'refs/heads/feature');

      const { plans, errors } = await planOf(daemon, commit);

      expect(errors).toMatchObject([{ account: 'office', code: 'E_SOURCE_PATH' }]);
      expect(errors[0]?.message).toContain(`apps/office of commit ${commit.slice(0, 12)}: there is no such directory`);
      expect(plans.map(({ account }) => account)).toEqual(['main']);
      expect(plans[0]?.problems.map(({ place, message }) => `${place.file}: ${message}`).toSorted()).toEqual([
        expect.stringMatching(/^large\.yaml: .*more than the limit/),
        expect.stringMatching(/^link\.yaml: .*leads out/),
      ]);
      const { json } = await daemon.ask('/api/v1/status');
      expect(json).toMatchObject({ accounts: [{ source: { state: 'ok' }, problems: [] }, { problems: [] }] });
    }));
});

test('the plan of a pull request has the hash that waits for approval after its squash merge', () =>
  withServed(async ({ daemon, configure, branch, main, write, work, push }) => {
    await configure('    onCommit: ask');
    daemon.context.reload();
    await until(() => daemon.logs().find(({ msg, onCommit }) => msg === 'account configured' && onCommit === 'ask'));
    const edit = async () => {
      await write('apps/main/support.yaml', manifestYaml('Support', '{ capabilities: { messages: {} } }'));
      await rm(join(work, 'apps/main/sales.yaml'));
    };
    branch('feature');
    await edit();
    const commit = push('Change Support, retire Sales', 'refs/heads/feature');

    await until(async () => (await refuse(daemon, commit)).status === 200); // it is opened again first
    const [planned] = (await planOf(daemon, commit)).plans;
    main();
    await edit();
    const merged = push('Change Support, retire Sales (#12)');
    const waiting = await until(async () => {
      const { json } = await daemon.ask('/api/v1/plan?account=main');
      const [plan] = plansSchema.parse(json).plans;
      return plan?.revision === merged ? plan : undefined;
    });

    expect(planned?.planHash).toMatch(/^[0-9a-f]{64}$/);
    expect(planned?.notices.find(({ kind }) => kind === 'approval')?.message).toBe(
      `2 changes will wait for approval after the merge (1 to update, 1 to delete): vonage-gitops approve main ${planned?.planHash} --reason TEXT`,
    );
    expect(waiting.planHash).toBe(planned?.planHash);
    expect(waiting.skips.map(({ reason }) => reason)).toContain('waiting');
  }));

describe('what is not planned', () => {
  test('is a commit of a pull request that no branch has', () =>
    withServed(async ({ daemon, branch, write, push }) => {
      branch('fork');
      await write('apps/main/evil.yaml', manifestYaml('${VONAGE_API_SECRET}'));
      const commit = push('Read the secret', 'refs/pull/1/head');

      const { status, json } = await refuse(daemon, commit);

      expect(status).toBe(403);
      expect(json).toMatchObject({
        error: {
          code: 'COMMIT_NOT_ON_BRANCH',
          message: expect.stringMatching(/is on no branch of .*a maintainer pushes/),
        },
      });
    }));

  test('is a commit of another source, by whoever may plan only one', () =>
    withServed(async ({ daemon, first }) => {
      expect((await refuse(daemon, first, { token: 'a-token-that-plans-other' })).status).toBe(404);
      const named = await refuse(daemon, first, { token: 'a-token-that-plans-other', body: { account: 'main' } });
      expect([named.status, named.text.includes('office')]).toEqual([404, false]);
      expect((await refuse(daemon, first, { token: 'guessed' })).status).toBe(401);
      expect((await daemon.ask('/api/v1/status', { token: planToken })).status).toBe(403);
    }));

  test('is a commit that no repository should have: others are', () =>
    withServed(async ({ daemon, run, work, first, bench }) => {
      const plumb = (input: string | Buffer, ...parameters: readonly string[]) =>
        execFileSync('git', ['-C', work, ...parameters], { input, stdio: 'pipe' })
          .toString()
          .trim();
      const blob = Buffer.from(plumb('gitdir: /etc', 'hash-object', '-w', '--stdin'), 'hex');
      const entry = Buffer.concat([Buffer.from('100644 .git\0'), blob]);
      const tree = plumb(entry, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
      const hostile = run('commit-tree', '-p', first, '-m', 'Hostile', tree);
      run('push', '--quiet', join(bench.cwd, 'served/voice.git'), `${hostile}:refs/heads/hostile`);

      const { status, json } = await refuse(daemon, hostile);

      expect(status).toBe(502);
      expect(json).toMatchObject({ error: { code: 'E_SOURCE_FETCH', message: expect.stringMatching(/is malformed/) } });
      expect((await planOf(daemon, first)).untouched).toEqual(['main', 'office']);
    }));

  test('is a commit while the git server is down; the source and its passes stay as they are', () =>
    withServed(async ({ bench, daemon, server, branch, write, push, live }) => {
      branch('feature');
      await write('apps/main/billing.yaml', manifestYaml('Billing'));
      const commit = push('Add Billing', 'refs/heads/feature');
      const stored = join(bench.state, '.git-sources');
      const storeOf = () =>
        readdirSync(
          join(stored, readdirSync(stored).find((name) => name !== '.gitignore') ?? '', 'repository.git/objects'),
        ).toSorted();
      const before = storeOf();
      server.fault = { kind: 'status', status: 500 };

      const { status, json } = await refuse(daemon, commit);

      expect(status).toBe(502);
      expect(json).toMatchObject({
        error: {
          code: 'E_SOURCE_FETCH',
          message: expect.stringMatching(/cannot be reached.* Commit [0-9a-f]{12} stays in effect/),
        },
      });
      await daemon.ask('/api/v1/sync?wait=true&account=main', { method: 'POST' });
      expect(live()).toHaveLength(3);
      server.fault = undefined;
      expect(changesOf(await planOf(daemon, commit))).toEqual(['main: create Billing']);
      expect(storeOf()).toEqual(before);
    }));
});

test('a daemon that stops leaves no fetch behind', () =>
  withServed(async ({ daemon, server, branch, write, push }) => {
    branch('feature');
    await write('apps/main/billing.yaml', manifestYaml('Billing'));
    const commit = push('Add Billing', 'refs/heads/feature');
    const isAsking = () => commandLines().some((line) => line.includes(server.url) && line.includes('refs/heads/*'));
    server.fault = { kind: 'hang' };
    const asked = refuse(daemon, commit).catch(() => undefined);
    await until(isAsking);

    await daemon.stop();

    await asked;
    await until(() => !isAsking());
  }));

test('parallel requests and passes do not hinder one another', () =>
  withServed(async ({ daemon, branch, write, push }) => {
    const commits: string[] = [];
    for (const name of ['One', 'Two', 'Three']) {
      branch(name.toLowerCase());
      await write(`apps/main/${name.toLowerCase()}.yaml`, manifestYaml(name));
      commits.push(push(`Add ${name}`, `refs/heads/${name.toLowerCase()}`));
    }

    const passes = [1, 2].map(() => daemon.ask('/api/v1/sync?wait=true', { method: 'POST' }));
    const plans = await Promise.all([...commits, ...commits].map((commit) => planOf(daemon, commit)));

    expect(plans.map(changesOf)).toEqual([
      ...['One', 'Two', 'Three', 'One', 'Two', 'Three'].map((name) => [`main: create ${name}`]),
    ]);
    expect((await Promise.all(passes)).map(({ status }) => status)).toEqual([200, 200]);
  }));

describe('plan --commit', () => {
  /** In the work tree, where no configuration is, as in a pipeline. */
  const inPipeline = async (cwd: string, args: readonly string[], token: string | undefined) => {
    const environment = token === undefined ? {} : { VONAGE_GITOPS_DAEMON_TOKEN: token };
    const world = testWorld({ cwd, environment: { ...environment, COLUMNS: '100' } });
    const code = await runCli(['plan', ...args], world.context);
    return { code, stdout: world.stdout(), stderr: world.stderr() };
  };

  test('asks the daemon, without a configuration, and ends with the exit code of the plan', () =>
    withServed(async ({ daemon, branch, write, push, work, first }) => {
      branch('feature');
      await write('apps/main/billing.yaml', manifestYaml('Billing'));
      const commit = push('Add Billing', 'refs/heads/feature');
      await write('apps/main/broken.yaml', 'kind: Application\n');
      const broken = push('Break it', 'refs/heads/feature');
      const asked = ['--daemon', await daemon.url(), '--commit', commit];
      const run = (...args: readonly string[]) => inPipeline(work, [...asked, ...args], planToken);

      const text = await run();
      expect(text).toMatchObject({ code: 0, stderr: '' });
      expect(text.stdout).toMatch(
        /^not verified: source "voice" asks for no signatures\nPlan of commit .* by Ann \(unverified\): "Add Billing"\n\n/,
      );
      expect(text.stdout).toContain('+ create "Billing"');
      expect(text.stdout).toMatch(/\nPlan hash: [0-9a-f]{64}\n/);
      expect(text.stdout).toMatch(/Not planned, because their manifests are the same: office\n$/);
      expect((await run('--detailed-exitcode')).code).toBe(2);
      const json = await run('--format', 'json', '--detailed-exitcode');
      expect(json.code).toBe(2);
      expect(changesOf(commitPlanSchema.parse(JSON.parse(json.stdout)))).toEqual(['main: create Billing']);
      expect((await run('--format', 'markdown', '--summary')).stdout).toMatch(
        /^<!-- vonage-gitops -->\n> <code>not verified/,
      );
      expect((await run('--account', 'office')).stdout).toContain('No changes.');
      const invalid = await inPipeline(work, ['--daemon', await daemon.url(), '--commit', broken], planToken);
      expect(invalid).toMatchObject({
        code: 5,
        stdout: expect.stringContaining('\napps/main/broken.yaml:1:1: error: '),
      });
      const none = await inPipeline(work, ['--daemon', await daemon.url(), '--commit', first], planToken);
      expect(none).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('changes no manifests of source "voice"'),
      });
    }));

  test('says why there is no plan, with exit code 1', () =>
    withServed(async ({ daemon, branch, write, push, work, first }) => {
      branch('fork');
      await write('apps/main/evil.yaml', manifestYaml('Evil'));
      const pull = push('Ask for it', 'refs/pull/1/head');
      const url = await daemon.url();

      const elsewhere = await inPipeline(work, ['--daemon', url, '--commit', pull], planToken);
      expect(elsewhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('is on no branch of') });
      const guessed = await inPipeline(work, ['--daemon', url, '--commit', first], 'guessed');
      expect(guessed).toMatchObject({ code: 1, stderr: expect.stringContaining('the daemon refused the token') });
      const unknown = await inPipeline(work, ['--daemon', url, '--commit', first, '--account', 'nobody'], planToken);
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no such account: nobody') });
      const without = await inPipeline(work, ['--daemon', url, '--commit', first], undefined);
      expect(without).toMatchObject({ code: 5, stderr: expect.stringContaining('VONAGE_GITOPS_DAEMON_TOKEN') });
      const away = await inPipeline(work, ['--daemon', 'http://127.0.0.1:1', '--commit', first], planToken);
      expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('the daemon is not reachable') });
    }));

  test.each([
    { args: ['--commit', 'main'], said: '--commit: expected a full commit id' },
    { args: ['--commit', 'a'.repeat(40), 'apps'], said: '--commit does not go with DIR' },
    { args: ['--commit', 'a'.repeat(40), '--only', 'Sales'], said: '--commit does not go with --only' },
    { args: ['--commit', 'a'.repeat(40), '--out', 'plan.json'], said: '--commit does not go with --out' },
    { args: ['--commit', 'a'.repeat(40), '--no-fetch'], said: '--commit does not go with --no-fetch' },
    { args: ['--commit', 'a'.repeat(40), '--from', '.'], said: '--commit does not go with --from' },
    { args: ['--commit', 'a'.repeat(40), '--max-bytes', '9'], said: '--max-bytes goes with --format markdown only' },
    { args: ['--daemon', 'http://127.0.0.1:1'], said: '--daemon goes with --commit only' },
    { args: ['--source', 'voice'], said: '--source goes with --commit only' },
  ])('refuses $args', async ({ args, said }) => {
    expect(await inPipeline('/', args, undefined)).toMatchObject({ code: 5, stderr: expect.stringContaining(said) });
  });
});
