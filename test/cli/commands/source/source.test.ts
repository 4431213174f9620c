import { access, chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { eventually } from '../../../eventually.ts';
import { aSource } from '../../../source/git/a-source.ts';
import { type Bench, manifestYaml, testWorld, withEmulator } from '../../world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' };

interface Configured {
  readonly path?: string;
  /** Lines below `git`. */
  readonly more?: string;
  /** Lines of the source beside it. */
  readonly rest?: string;
}

async function configure(
  bench: Bench,
  served: string,
  { path = 'apps', more = '', rest = '' }: Configured = {},
): Promise<void> {
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1
kind: Config
state: state
sources:
  - name: voice
    git:
      url: file://${served}
      ref: { branch: main }
${more}${rest}accounts:
  - name: main
    manifests: { source: voice, path: ${path} }
`,
  );
}

async function aBench(bench: Bench, configured: Configured = {}) {
  const repository = await aSource();
  const first = await repository.commit('apps/support.yaml', manifestYaml('Support'), 'Add support');
  repository.push();
  await configure(bench, repository.served, configured);
  const run = (...args: readonly string[]) => bench.run(['source', ...args], { environment });
  return { ...repository, first, source: run };
}

test('before the first fetch nothing is accepted, and looking makes nothing', () =>
  withEmulator(async (bench) => {
    const { source } = await aBench(bench);

    const list = await source('list');
    const show = await source('show', 'voice');

    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(
      /^NAME +REPOSITORY +REF +ACCEPTED +AGE +ACCOUNTS\nvoice +\S+ +branch main +- +- +main\n$/,
    );
    expect(show).toMatchObject({ code: 0, stderr: '' });
    expect(show.stdout).toMatch(/^Accepted: +none yet$/m);
    expect(show.stdout).toMatch(/^Account: +main: apps$/m);
    await expect(access(join(bench.state, '.git-sources'))).rejects.toThrow();
  }));

test('fetch accepts what the server has and says so; nothing is sent to Vonage', () =>
  withEmulator(async (bench) => {
    const { source, first } = await aBench(bench);

    const fetched = await source('fetch', 'voice');
    const again = await source('fetch', 'voice');
    const list = await source('list');

    expect(fetched).toMatchObject({ code: 0 });
    expect(fetched.stderr).toMatch(/^Fetching branch main of .*\nCommit .*Add support/);
    expect(fetched.stdout).toMatch(
      new RegExp(`^source voice: branch main of .* is at commit ${first.slice(0, 12)}\n$`),
    );
    expect(again).toMatchObject({ code: 0, stdout: `${fetched.stdout.trimEnd()}; nothing is new\n` });
    expect(list.stdout).toMatch(new RegExp(`branch main +${first.slice(0, 12)} +\\d+ (s|min) +main$`, 'm'));
    expect(bench.emulator.admin.requests()).toEqual([]);
  }));

test('show has everything of a source: what it is, what was accepted, and whether its accounts find their directories', () =>
  withEmulator(async (bench) => {
    const { source, first, served } = await aBench(bench);
    await source('fetch', 'voice');

    const { code, stdout } = await source('show', 'voice');
    const json = JSON.parse((await source('show', 'voice', '--format', 'json')).stdout);
    const listed = JSON.parse((await source('list', '--format', 'json')).stdout);

    expect(code).toBe(0);
    expect(stdout).toContain(`URL:        file://${served}\n`);
    expect(stdout).toMatch(/^Access: +none$/m);
    expect(stdout).toMatch(/^Verify: +no signature is asked for$/m);
    expect(stdout).toMatch(/^Store: +\S+\/\.git-sources\/[0-9a-f]{16} \(\d+ KiB\)$/m);
    expect(stdout).toMatch(new RegExp(`^Accepted: +${first} by Ann \\(unverified\\): "Add support", .* ago\\)$`, 'm'));
    expect(stdout).not.toMatch(/^(Tip|Webhook):/m);
    expect(stdout).toMatch(/^Account: +main: apps \(in the accepted commit\)$/m);
    expect(json).toMatchObject({
      format: 'vonage-gitops.sources/1',
      sources: [
        {
          name: 'voice',
          ref: 'branch main',
          auth: 'none',
          accepted: { id: first, author: 'Ann', subject: 'Add support', at: expect.stringMatching(/Z$/) },
          accounts: [{ account: 'main', path: 'apps', present: true }],
        },
      ],
    });
    expect(listed).toEqual(json);
  }));

test('show says who may plan its commits, and where their statuses are set', () =>
  withEmulator(async (bench) => {
    const report =
      '{ kind: gitlab, source: voice, token: { env: STATUS }, apiUrl: "https://git.example.com/api/v4", context: here }';
    const { source } = await aBench(bench, { rest: `    planToken: { env: PLAN }\nreports:\n  - ${report}\n` });

    const { stdout } = await source('show', 'voice');

    expect(stdout).toMatch(/^Plans: +token from environment PLAN$/m);
    expect(stdout).toMatch(
      /^Reports: +gitlab statuses here\/ACCOUNT of .* at https:\/\/git\.example\.com\/api\/v4, token from environment STATUS$/m,
    );
  }));

test('show says where a webhook is posted to, and not its secret', () =>
  withEmulator(async (bench) => {
    const rest = '    webhook: { kind: gitea, secret: { file: webhook-secret } }\n';
    const { source } = await aBench(bench, { rest });
    await bench.write('webhook-secret', 'hunter22');

    const { stdout } = await source('show', 'voice');
    const json = JSON.parse((await source('show', 'voice', '--format', 'json')).stdout);

    expect(stdout).toMatch(/^Webhook: +POST \/hooks\/gitea\/voice, secret from file \S+webhook-secret$/m);
    expect(json.sources[0].webhook).toEqual({ kind: 'gitea', path: '/hooks/gitea/voice' });
    expect(stdout).not.toContain('hunter22');
  }));

test('a refused commit is shown as the tip, and the accepted one stays', () =>
  withEmulator(async (bench) => {
    const { source, first, commit, push, served } = await aBench(bench);
    // What was applied stays accepted: its signature is not asked for again.
    await bench.run(['apply', '--yes'], { environment });
    await bench.write('signers', '');
    await configure(bench, served, { more: '      verify: { mode: head, allowedSigners: signers }\n' });
    const unsigned = await commit('apps/sales.yaml', manifestYaml('Sales'), 'Add sales');
    push();

    const refused = await source('fetch', 'voice');
    const { stdout } = await source('show', 'voice');

    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(new RegExp(`^source voice: commit ${unsigned.slice(0, 12)} of .* is not signed`));
    expect(refused.stdout).toContain(`Commit ${first.slice(0, 12)} stays in effect`);
    expect(stdout).toMatch(/^Verify: +head, allowed signers .*\/signers$/m);
    expect(stdout).toMatch(new RegExp(`^Accepted: +${first} `, 'm'));
    expect(stdout).toMatch(new RegExp(`^Tip: +${unsigned} .*; not accepted$`, 'm'));
  }));

test('a directory that the accepted commit lacks is attention', () =>
  withEmulator(async (bench) => {
    const { source } = await aBench(bench, { path: 'moved' });

    const fetched = await source('fetch', 'voice');
    const { stdout } = await source('show', 'voice');

    expect(fetched.code).toBe(3);
    expect(fetched.stdout).toContain('"moved" is missing in commit');
    expect(stdout).toMatch(/^Account: +main: moved \(missing in the accepted commit\)$/m);
  }));

test('a server that cannot be reached is an error; what was accepted is still shown', () =>
  withEmulator(async (bench) => {
    const { source, first, served } = await aBench(bench);
    await source('fetch', 'voice');
    await rm(served, { recursive: true });

    const failed = await source('fetch', 'voice');
    const list = await source('list');

    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('E_SOURCE_FETCH');
    expect(failed.stderr).not.toContain('--no-fetch');
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining(first.slice(0, 12)) });
  }));

test('a name that no source has is told with the nearest one', () =>
  withEmulator(async (bench) => {
    const { source } = await aBench(bench);

    for (const command of ['show', 'fetch']) {
      const ended = await source(command, 'vocie');

      expect(ended.code).toBe(5);
      expect(ended.stderr).toContain('vocie: no such source (did you mean "voice"?); configured sources: voice');
    }
  }));

test('where no source is configured, it says so and where to read on', () =>
  withEmulator(async (bench) => {
    const list = await bench.run(['source', 'list']);
    const json = await bench.run(['source', 'list', '--format', 'json']);
    const show = await bench.run(['source', 'show', 'voice']);

    expect(list).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^No git sources are configured; .*docs\/git-sources\.md\n$/),
    });
    expect(JSON.parse(json.stdout)).toEqual({ format: 'vonage-gitops.sources/1', sources: [] });
    expect(show).toMatchObject({ code: 5, stderr: expect.stringContaining('no git sources are configured') });
  }));

test('a store that cannot be used is told, and the other sources are listed', () =>
  withEmulator(async (bench) => {
    const { source, served } = await aBench(bench);
    const other = await aSource();
    const commit = await other.commit('a.yaml', 'text');
    other.push();
    await configure(bench, served, {
      more: `  - name: sms\n    git: { url: "file://${other.served}", ref: { branch: main } }\n`,
    });
    await source('fetch', 'voice');
    await source('fetch', 'sms');
    const { sources } = JSON.parse((await source('list', '--format', 'json')).stdout);
    await rm(join(sources[0].store.directory, 'repository.git/objects'), { recursive: true });

    const list = await source('list');

    expect(list.code).toBe(1);
    expect(list.stderr).toContain('E_SOURCE_STORE');
    expect(list.stdout).toMatch(new RegExp(`^sms +\\S+ +branch main +${commit.slice(0, 12)} +\\S+ \\S+ +-$`, 'm'));
    expect(list.stdout).not.toMatch(/^voice /m);
  }));

test.each([
  { access: '{ token: { env: GIT_TOKEN } }', text: /^Access: +token from .*GIT_TOKEN/m },
  {
    access: '{ githubApp: { appId: 7, installationId: 8, privateKey: { env: GIT_TOKEN } } }',
    text: /^Access: +github-app 7, installation 8, private key from .*GIT_TOKEN/m,
  },
])('show says where access comes from, never its value: $access', ({ access: auth, text }) =>
  withEmulator(async (bench) => {
    await bench.write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\nsources:\n  - name: voice\n    git: { url: "https://github.com/acme/voice.git", ref: { branch: main }, auth: ${auth} }\naccounts:\n  - name: main\n    manifests: { source: voice, path: apps }\n`,
    );

    const { code, stdout } = await bench.run(['source', 'show', 'voice'], {
      environment: { GIT_TOKEN: 'a-very-secret-value' },
    });

    expect(code).toBe(0);
    expect(stdout).toMatch(text);
    expect(stdout).not.toContain('a-very-secret-value');
  }),
);

test('the user of an ssh URL is shown beside it, for what stands before a host is hidden', () =>
  withEmulator(async (bench) => {
    await bench.write(
      'vonage-gitops.yaml',
      'apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\nsources:\n  - name: voice\n    git: { url: "git@git.example.com:acme/voice.git", ref: { semver: ^1.2.0 }, auth: { sshKey: { file: id }, knownHosts: { file: known } }, verify: { mode: tag, gpgKeys: [ann.asc] }, allowRewind: true }\naccounts:\n  - name: main\n    manifests: { source: voice, path: . }\n',
    );

    const { stdout } = await bench.run(['source', 'show', 'voice']);
    const { sources } = JSON.parse((await bench.run(['source', 'show', 'voice', '--format', 'json'])).stdout);

    expect(stdout).toMatch(/^URL: +ssh:\/\/git\.example\.com\/acme\/voice\.git, as user git$/m);
    expect(stdout).toMatch(/^Ref: +version \^1\.2\.0$/m);
    expect(stdout).toMatch(/^Access: +ssh-key .*\/id, known hosts .*\/known$/m);
    expect(stdout).toMatch(/^Verify: +tag, gpg key .*\/ann\.asc, rewinds allowed$/m);
    expect(stdout).toMatch(/^Account: +main: the top of the repository$/m);
    expect(sources).toMatchObject([
      { url: 'ssh://git.example.com/acme/voice.git', user: 'git', verify: { mode: 'tag', allowRewind: true } },
    ]);
  }));

test('what git says in words that nobody knows is logged, for nothing else tells', () =>
  withEmulator(async (bench) => {
    const { served } = await aBench(bench);
    await bench.write('bin/git', '#!/bin/sh\necho "fatal: words of the future" >&2\nexit 1\n');
    await chmod(join(bench.cwd, 'bin/git'), 0o755);
    await configure(bench, served);

    const { context, stderr } = testWorld({
      cwd: bench.cwd,
      environment: { ...environment, PATH: join(bench.cwd, 'bin') },
    });

    expect(await runCli(['source', 'fetch', 'voice'], context)).toBe(1);
    expect(stderr()).toContain('The log has its message');
    await eventually(() => expect(stderr()).toContain('"said":"fatal: words of the future"')); // the log is loaded when it is needed
  }));
