import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { userFindings } from '../../../../src/cli/commands/doctor/doctor-source.ts';
import { makeSshKey } from '../../../git/ssh-server.ts';
import { aSource } from '../../../source/git/a-source.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1', PATH: process.env['PATH'] };

interface Configured {
  readonly url: string;
  /** Lines below `git`. */
  readonly more?: string;
  readonly accounts?: readonly string[];
}

async function configure(bench: Bench, { url, more = '', accounts = ['main'] }: Configured): Promise<void> {
  const entries = accounts.map(
    (name) =>
      `  - name: ${name}\n    manifests: { source: voice, path: apps }\n    apiUrl: ${bench.emulator.url}\n    scope: { names: ["${name}*"] }\n`,
  );
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\nsources:\n  - name: voice\n    git:\n      url: ${url}\n      ref: { branch: main }\n${more}accounts:\n${entries.join('')}`,
  );
}

/** Lines about the source, and about the account that `doctor` prints with this environment. */
async function doctor(bench: Bench, more: Readonly<Record<string, string>> = {}) {
  const ended = await bench.run(['doctor'], { environment: { ...environment, ...more } });
  const about = (head: string) =>
    ended.stdout.split('\n').flatMap((line) => {
      const [, level = '', name = '', what = '', message = ''] =
        /^(ok|warn|fail) +(.+?): (.+?) {2,}(.*)$/.exec(line) ?? [];
      return name === head ? [`${level} ${what}: ${message}`] : [];
    });
  return { ...ended, source: about('source voice'), account: about('main') };
}

/** A directory of programs, as PATH: these of this machine, and others made of a script. */
async function pathOf(bench: Bench, programs: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(bench.cwd, 'bin');
  await mkdir(directory);
  for (const [name, script] of Object.entries(programs)) {
    if (script.startsWith('/')) await symlink(script, join(directory, name));
    else await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return directory;
}

describe('a source that anybody can read', () => {
  test('before and after its first fetch, and after a push', () =>
    withEmulator(async (bench) => {
      const { commit, push, served } = await aSource();
      const first = await commit('apps/support.yaml', manifestYaml('main line'), 'Add support');
      push();
      await configure(bench, { url: `file://${served}` });

      const before = await doctor(bench);
      await bench.run(['source', 'fetch', 'voice'], { environment });
      const after = await doctor(bench);
      await commit('apps/sales.yaml', manifestYaml('main sales'), 'Add sales');
      push();
      const pushed = await doctor(bench);

      expect(before).toMatchObject({ code: 0 });
      expect(before.source).toEqual([
        expect.stringMatching(/^ok git: version \d+\.\d+/),
        expect.stringMatching(/^ok store: .*\.git-sources.* does not exist yet; the first run creates it$/),
        expect.stringMatching(/^warn accepted: no commit was accepted yet: .*source fetch voice/),
        expect.stringMatching(
          /^ok server: branch main of .* can be read, and is at a commit that is not accepted yet: /,
        ),
      ]);
      expect(before.account).toContainEqual('warn manifests: not read yet: source voice has no accepted commit');
      expect(after).toMatchObject({ code: 0 });
      expect(after.source).toEqual([
        expect.stringMatching(/^ok git: /),
        expect.stringMatching(/^ok store: .*\.git-sources\/[0-9a-f]{16}$/),
        expect.stringMatching(
          new RegExp(`^ok accepted: commit ${first.slice(0, 12)} by Ann \\(unverified\\): "Add support", \\d+ s old$`),
        ),
        expect.stringMatching(/^ok server: branch main of .* is at the accepted commit$/),
      ]);
      expect(after.account).toContainEqual(expect.stringMatching(/^ok manifests: 1 in git:.*\/\/apps$/));
      expect(pushed.source).toContainEqual(expect.stringMatching(/^ok server: .* not accepted yet: /));
      expect(pushed.source).toContainEqual(expect.stringContaining(`commit ${first.slice(0, 12)}`)); // nothing was fetched
    }));

  test('a server that cannot be read is told with its remedy, and asked once for all accounts', () =>
    withEmulator(async (bench) => {
      const { served } = await aSource();
      await rm(served, { recursive: true });
      await configure(bench, { url: `file://${served}`, accounts: ['main', 'other'] });

      const { code, stdout, source } = await doctor(bench);

      expect(code).toBe(1);
      expect(source).toContainEqual(
        expect.stringMatching(/^fail server: source voice: .*Check url and auth of the source/),
      );
      expect(stdout.match(/: server /g)).toHaveLength(1);
    }));

  test('manifests that moved to it are told as those of a directory are', () =>
    withEmulator(async (bench) => {
      const { commit, push, served } = await aSource();
      await commit('apps/support.yaml', manifestYaml('main line'));
      push();
      await bench.write('elsewhere/support.yaml', manifestYaml('main line'));
      await bench.write(
        'vonage-gitops.yaml',
        `apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\naccounts:\n  - name: main\n    manifests: elsewhere\n    apiUrl: ${bench.emulator.url}\n`,
      );
      await bench.run(['apply', '--yes']);
      await configure(bench, { url: `file://${served}` });
      await bench.run(['source', 'fetch', 'voice'], { environment });

      const { account } = await doctor(bench);

      expect(account).toContainEqual(expect.stringMatching(/^warn ledger: manifests moved from .*elsewhere to git:/));
    }));

  test('a directory without manifests is told with the setting to check', () =>
    withEmulator(async (bench) => {
      const { commit, push, served } = await aSource();
      await commit('apps/README.md', 'none');
      push();
      await configure(bench, { url: `file://${served}` });
      await bench.run(['source', 'fetch', 'voice'], { environment });

      const { account } = await doctor(bench);

      expect(account).toContainEqual(expect.stringMatching(/^warn manifests: no manifests in git:.*: check path of/));
    }));
});

describe('programs', () => {
  test('git that is missing is all that is said of the server', () =>
    withEmulator(async (bench) => {
      const { served } = await aSource();
      await configure(bench, { url: `file://${served}` });

      const { code, source } = await doctor(bench, { PATH: await pathOf(bench, {}) });

      expect(code).toBe(1);
      expect(source).toEqual([
        'fail git: git is not installed: install version 2.38 or newer',
        expect.stringMatching(/^ok store: /),
      ]);
    }));

  test.each([
    { version: '2.37.9', level: 'fail git: git is of version 2.37.9: install 2.38 or newer' },
    { version: '1.99.0', level: 'fail git: git is of version 1.99.0: install 2.38 or newer' },
    { version: '3.0.0', level: 'ok git: version 3.0.0' },
  ])('git of version $version', ({ version, level }) =>
    withEmulator(async (bench) => {
      const { served } = await aSource();
      await configure(bench, { url: `file://${served}` });
      const PATH = await pathOf(bench, { git: `echo git version ${version}` });

      expect((await doctor(bench, { PATH })).source).toContain(level);
    }),
  );

  test('what checks signatures is asked for where they are, and so are the keys', () =>
    withEmulator(async (bench) => {
      const { served } = await aSource();
      await bench.write('key.asc', 'a key');
      const verify = '      verify: { mode: head, allowedSigners: signers, gpgKeys: [key.asc] }\n';
      await configure(bench, { url: `file://${served}`, more: verify });

      const lacking = await doctor(bench, { PATH: await pathOf(bench, {}) });
      await bench.write('signers', '');
      const whole = await doctor(bench);

      expect(lacking.source).toEqual(
        expect.arrayContaining([
          'fail signatures: ssh-keygen is not installed: install it (Debian: openssh-client)',
          expect.stringMatching(/^fail signatures: .*\/signers cannot be read: .* Check verify\.allowedSigners/),
          'fail signatures: gpg is not installed: install it (Debian: gpg)',
        ]),
      );
      expect(whole.source).toContain('ok signatures: required (head), and the keys can be read');
    }));
});

describe('access', () => {
  const url = 'ssh://git@127.0.0.1:1/acme/voice.git';
  const more = '      auth: { sshKey: { file: id }, knownHosts: { file: known_hosts } }\n';

  test('ssh needs its program, a key of our own and a host that is known', () =>
    withEmulator(async (bench) => {
      await configure(bench, { url, more });
      const ssh = await pathOf(bench, {});

      const nothing = await doctor(bench, { PATH: ssh });
      const { line } = makeSshKey(join(bench.cwd, 'id'));
      await chmod(join(bench.cwd, 'id'), 0o640);
      await bench.write('known_hosts', `other.example.com ${line}\n`);
      const open = await doctor(bench);
      await chmod(join(bench.cwd, 'id'), 0o600);
      const unknown = await doctor(bench);
      await bench.write('known_hosts', `[127.0.0.1]:1 ${line}\n`);
      const whole = await doctor(bench);

      expect(nothing.source).toEqual(
        expect.arrayContaining([
          'fail access: ssh is not installed: install it (Debian: openssh-client)',
          expect.stringMatching(/^fail access: .*\/id cannot be read: .* Check auth\.sshKey of the source$/),
          expect.stringMatching(
            /^fail access: .*\/known_hosts cannot be read: .* Check auth\.knownHosts of the source$/,
          ),
        ]),
      );
      expect(open.source).toContainEqual(
        expect.stringMatching(/^fail access: .*\/id is accessible to other users \(0640\), .*: chmod 0600$/),
      );
      expect(unknown.source).toContainEqual(
        expect.stringMatching(/^fail access: .*\/known_hosts has no key of 127\.0\.0\.1:1: add its key/),
      );
      expect(whole.source).toContainEqual(
        expect.stringMatching(/^ok access: ssh with .*\/id, and 127\.0\.0\.1:1 is known$/),
      );
      expect(whole.source).toContainEqual(expect.stringMatching(/^fail server: source voice: .* cannot be reached/));
    }));

  test('a user without a name cannot use ssh', () => {
    const lookUp = () => {
      throw new Error('uv_os_get_passwd returned ENOENT');
    };

    expect(userFindings(lookUp)).toEqual([
      { level: 'fail', what: 'access', message: expect.stringContaining('has no entry in /etc/passwd') },
    ]);
    expect(userFindings()).toEqual([]);
  });

  test.each([
    { auth: '{ token: { env: GIT_TOKEN } }', set: 'the token is set', missing: 'access token' },
    {
      auth: '{ githubApp: { appId: 7, installationId: 8, privateKey: { env: GIT_TOKEN } } }',
      set: 'the private key of GitHub App 7 is set',
      missing: 'private key',
    },
  ])('a secret that is not set is told, and never shown: $auth', ({ auth, set }) =>
    withEmulator(async (bench) => {
      await configure(bench, {
        url: 'https://127.0.0.1:1/acme/voice.git',
        more: `      auth: ${auth}\n      ca: ca.pem\n`,
      });

      const unset = await doctor(bench);
      const found = await doctor(bench, { GIT_TOKEN: 'a-very-secret-value' });

      expect(unset.source).toContainEqual(expect.stringMatching(/^fail access: .*GIT_TOKEN/));
      expect(found.source).toContain(`ok access: ${set}`);
      expect(found.source).toContainEqual(
        expect.stringMatching(/^fail access: .*ca\.pem cannot be read: .* Check ca /),
      );
      expect(found.stdout).not.toContain('a-very-secret-value');
    }),
  );
});

test.each([
  [
    { STATUS_TOKEN: 'a-status-token' },
    /^ok reports: gitlab statuses of .*voice at https:\/\/git\.example\.com\/api\/v4: the token is set$/,
  ],
  [{}, /^fail reports: .*STATUS_TOKEN/],
])('whether the token of its reports is there: %j', (tokens, expected) =>
  withEmulator(async (bench) => {
    const { served } = await aSource();
    await configure(bench, { url: `file://${served}` });
    const file = join(bench.cwd, 'vonage-gitops.yaml');
    const report =
      '{ kind: gitlab, source: voice, token: { env: STATUS_TOKEN }, apiUrl: "https://git.example.com/api/v4" }';
    await writeFile(file, `${await readFile(file, 'utf8')}reports:\n  - ${report}\n`);

    const { source, stdout } = await doctor(bench, tokens);

    expect(source).toContainEqual(expect.stringMatching(expected));
    expect(stdout).not.toContain('a-status-token');
    expect(stdout.match(/STATUS_TOKEN_FILE/g)?.length ?? 0).toBe(expected.source.includes('fail') ? 1 : 0);
  }),
);
