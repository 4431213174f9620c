import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { startCommentServer } from '../forge/comment-server.ts';
import { bundled } from '../reliability/process.ts';
import { action, type JobEnded, type JobOptions, runAction } from './action-runner.ts';

const { program } = bundled();

interface Job {
  readonly bench: Bench;
  /** Runs the action with the program of this repository, in the folder of the bench. */
  act(inputs: Readonly<Record<string, string>>, options?: Partial<JobOptions>): Promise<JobEnded>;
}

function withJob(work: (job: Job) => Promise<void>): Promise<void> {
  return withEmulator(async (bench) => {
    const path = await bench.write('vonage-gitops', `#!/bin/sh\nexec node "${program()}" "$@"\n`);
    await chmod(path, 0o755);
    await work({
      bench,
      act: (inputs, { environment, ...options } = {}) =>
        runAction({
          cwd: bench.cwd,
          inputs: { program: './vonage-gitops', ...inputs },
          environment: { ...bench.environment, ...environment },
          ...options,
        }),
    });
  });
}

const broken = manifestYaml('Broken', '{ capabilities: { vioce: {} } }');
const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';

test('validate annotates what is wrong, and fails', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    const valid = await act({ mode: 'validate', directory: 'apps' });
    await bench.write('apps/broken.yaml', broken);
    const invalid = await act({ mode: 'validate', directory: 'apps' });

    expect(valid).toMatchObject({ code: 0, outputs: { 'exit-code': '0', 'plan-file': '' } });
    expect(invalid).toMatchObject({ code: 5, outputs: { 'exit-code': '5' } });
    expect(invalid.log).toMatch(/^::error file=.*broken\.yaml,line=5/m);
  }));

test('a plan with changes is a success, with its hash and its text', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));

    const { code, outputs, summary, log } = await act(
      { mode: 'plan', directory: 'apps' },
      { environment: { VONAGE_GITOPS_STATE: bench.state } },
    );

    expect(code, log).toBe(0);
    expect(outputs).toMatchObject({ 'exit-code': '2', 'has-changes': 'true' });
    expect(outputs['plan-hash']).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(outputs['plan-file'] ?? '', 'utf8')).toMatch(/^<!-- vonage-gitops:\w+ -->\n[\s\S]*1 to create/);
    expect(summary).toContain('1 to create');
    expect(bench.emulator.admin.counts()).toMatchObject({ writes: 0 });
  }));

test('a plan without changes has no hash', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    await bench.run(['apply', 'apps', '--yes']);

    const { code, outputs } = await act(
      { mode: 'plan', directory: 'apps' },
      { environment: { VONAGE_GITOPS_STATE: bench.state } },
    );

    expect(code).toBe(0);
    expect(outputs).toMatchObject({ 'exit-code': '0', 'has-changes': 'false', 'plan-hash': '' });
  }));

test('a plan of invalid manifests fails, after it was written', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    await bench.write('apps/broken.yaml', broken);

    const { code, outputs, summary } = await act(
      { mode: 'plan', directory: 'apps' },
      { environment: { VONAGE_GITOPS_STATE: bench.state } },
    );

    expect(code).toBe(5);
    expect(outputs).toMatchObject({ 'exit-code': '5', 'has-changes': 'true' });
    expect(summary).toContain('1 error in the manifests');
  }));

const twoAccounts = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: eu, manifests: eu, scope: { names: ['EU *'] } }
  - { name: us, manifests: us, scope: { names: ['US *'] } }
`;

test('each account of a pull request is commented, and edited by the next run', () =>
  withJob(async ({ bench, act }) => {
    const forge = await startCommentServer('github');
    try {
      await bench.write('vonage-gitops.yaml', twoAccounts);
      await bench.write('eu/one.yaml', manifestYaml('EU One'));
      await bench.write('us/two.yaml', manifestYaml('US Two'));
      const job = {
        event: { pull_request: { number: 12, head: { sha: commit } } },
        environment: {
          GITHUB_API_URL: forge.apiUrl,
          GITHUB_REPOSITORY: 'acme/voice',
          GITHUB_TOKEN: 'ghs_of-the-workflow',
          VONAGE_GITOPS_STATE: bench.state,
        },
      };
      const inputs = { mode: 'plan', comment: 'true', accounts: 'eu, us' };

      const first = await act(inputs, job);
      await bench.write('us/three.yaml', manifestYaml('US Three'));
      const second = await act(inputs, job);

      expect(first.log).toContain('acme/voice#12: comment for eu created');
      expect(second.log).toContain('acme/voice#12: comment for us updated');
      expect([first.code, second.code]).toEqual([0, 0]);
      expect(first.outputs).toMatchObject({ 'has-changes': 'true', 'plan-hash': '' });
      expect(forge.comments.map(({ body }) => body.split('\n')[0])).toEqual([
        '<!-- vonage-gitops:eu -->',
        '<!-- vonage-gitops:us -->',
      ]);
      expect(forge.comments[1]?.body).toContain('"US Three"');
      expect(first.summary).toBe('');
      expect(forge.unknown).toEqual([]);
    } finally {
      await forge.close();
    }
  }));

test('manifests are compared with those of another revision without credentials', () =>
  withJob(async ({ bench, act }) => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', bench.cwd, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args]);
    await bench.write('apps/one.yaml', manifestYaml('One'));
    git('init', '--quiet', '--initial-branch=main');
    git('add', 'apps');
    git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'Add One');
    await bench.write('apps/two.yaml', manifestYaml('Two'));

    const none = { VONAGE_API_KEY: '', VONAGE_API_SECRET: '' };
    const { code, log, outputs, summary } = await act(
      { mode: 'plan', directory: 'apps', against: 'main' },
      { environment: none },
    );

    expect(code, log).toBe(0);
    expect(outputs).toMatchObject({ 'exit-code': '2', 'has-changes': 'true', 'plan-hash': '' });
    expect(summary).toContain('not compared with the account');
    expect(summary).toContain('"Two"');
  }));

test('apply without a daemon needs a state directory that lasts', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    const inputs = { mode: 'apply', directory: 'apps' };

    const nowhere = await act(inputs, { sha: commit });
    const hosted = await act(inputs, {
      sha: commit,
      environment: { VONAGE_GITOPS_STATE: bench.state, RUNNER_ENVIRONMENT: 'github-hosted' },
    });
    const lasting = await act(inputs, {
      sha: commit,
      environment: { VONAGE_GITOPS_STATE: bench.state, RUNNER_ENVIRONMENT: 'self-hosted' },
    });

    expect(nowhere.code).toBe(1);
    expect(nowhere.log).toMatch(/E_REFUSED[\s\S]*no one chose it/);
    expect(hosted.code).toBe(1);
    expect(hosted.log).toContain('a runner of GitHub is deleted after the job');
    expect(lasting).toMatchObject({ code: 0, outputs: { 'exit-code': '0', 'has-changes': '' } });
    expect(bench.emulator.admin.applications()).toHaveLength(1);
  }));

test.each(['validate', 'plan', 'apply'])('in mode %s no input is run as a command', (mode) =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    const evil = 'a; touch evil #$(touch evil)`touch evil`"\'\n--config=evil';
    for (const hostile of ['accounts', 'directory', 'from', 'against', 'daemon-url', 'plan-token', 'sync-token']) {
      const { code, log } = await act(
        { mode, directory: 'apps', [hostile]: evil },
        { sha: commit, environment: { VONAGE_GITOPS_STATE: bench.state } },
      );
      if (hostile === 'accounts' || hostile === 'directory') expect(code, log).not.toBe(0);
    }

    expect(await readdir(bench.cwd)).not.toContain('evil');
    expect(existsSync(join(bench.cwd, 'apps', 'evil'))).toBe(false);
  }),
);

test.each([
  { inputs: { mode: 'plan; touch evil' }, said: '::error::mode: expected validate, plan or apply' },
  { inputs: { mode: '' }, said: '::error::mode: expected' },
  { inputs: { mode: 'plan', program: './none' }, said: '::error::program: not an executable file' },
  { inputs: { mode: 'plan', program: '', version: 'file:../evil' }, said: '::error::version: expected a version' },
  { inputs: { mode: 'plan', program: '', version: '1.0.0\nx' }, said: '::error::version: expected a version' },
])('$inputs ends with an annotation', ({ inputs, said }) =>
  withJob(async ({ act }) => {
    const { code, log } = await act(inputs);

    expect(code).toBe(5);
    expect(log).toContain(said);
  }),
);

test('what manifests say is no command of the runner', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('"::set-output name=x::y"'));

    const { log } = await act(
      { mode: 'apply', directory: 'apps' },
      { sha: commit, environment: { VONAGE_GITOPS_STATE: bench.state } },
    );

    const [, stop = ''] = /^::stop-commands::([0-9a-f]{32})$/m.exec(log) ?? [];
    expect(stop).not.toBe('');
    expect(log.indexOf('::set-output')).toBeGreaterThan(log.indexOf('::stop-commands::'));
    expect(log.lastIndexOf('::set-output')).toBeLessThan(log.indexOf(`::${stop}::\n`));
  }));

test('tokens are masked before anything else is printed', () =>
  withJob(async ({ bench, act }) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));

    const { log } = await act({
      mode: 'validate',
      directory: 'apps',
      'plan-token': 'p-token',
      'sync-token': 's-token',
    });

    expect(log.split('\n').slice(0, 2)).toEqual(['::add-mask::p-token', '::add-mask::s-token']);
    expect(log.match(/[ps]-token/g)).toHaveLength(2);
  }));

test('no script has an expression in it, and the version that is installed is this one', () => {
  const scripts = action.runs.steps.flatMap(({ run }) => run ?? []);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

  expect(scripts.length).toBeGreaterThan(3);
  expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  expect(String(action.inputs['version']?.default)).toBe(version);
  expect(parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')).runs.using).toBe('composite');
});
