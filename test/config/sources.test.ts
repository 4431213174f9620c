import { describe, expect, test } from 'vitest';
import { directorySelection } from '../../src/config/account.ts';
import type { Config } from '../../src/config/config.ts';
import type { SourceConfig } from '../../src/config/source.ts';
import { sourceIdentity } from '../../src/source/source-identity.ts';
import { originIs } from '../git-checkout.ts';
import { aFolder } from '../source/watching.ts';
import { aSourceFile } from './a-source.ts';
import { account, aFile, load } from './load.ts';

const ssh = 'git@git.example.com:acme/voice.git';

function source({ sources }: Config): SourceConfig {
  const [first] = sources;
  if (first === undefined) throw new RangeError('no source');
  return first;
}

describe('a source', () => {
  test('has the defaults for what the file leaves out', () => {
    const config = load({ text: aSourceFile() });

    expect(config.sources).toEqual([
      {
        name: 'voice',
        address: {
          url: 'https://git.example.com/acme/voice.git',
          scheme: 'https',
          origin: 'https://git.example.com',
          name: 'git.example.com/acme/voice',
        },
        ref: { kind: 'branch', name: 'main' },
        auth: undefined,
        ca: undefined,
        verify: undefined,
        immutableTags: false,
        history: 'full',
        intervalSeconds: 60,
        jitterPercent: 10,
        timeoutMs: 60_000,
        staleAfterMs: 3_600_000,
        maxRepositoryMiB: 2048,
        planToken: undefined,
        webhook: undefined,
      },
    ]);
  });

  test('hears everything the file says, with files relative to it', () => {
    const text = aSourceFile({
      ref: '{ tag: v1 }',
      auth: '{ token: { env: GIT_TOKEN } }',
      ca: 'certs/ca.pem',
      verify: '{ mode: tag, allowedSigners: signers, gpgKeys: [ann.asc, /keys/bob.asc] }',
      interval: '{ seconds: 10, jitterPercent: 0 }',
      history: 'shallow',
      timeoutSeconds: '2.5',
      staleAfter: '{ seconds: 60 }',
      immutableTags: 'true',
      allowRewind: 'true',
      maxRepositoryMiB: '64',
    });

    const config = load({ text, path: 'deploy/v.yaml', environment: { GIT_TOKEN: 'hunter22' } });

    expect(source(config)).toMatchObject({
      ref: { kind: 'tag', name: 'v1' },
      ca: '/srv/deploy/certs/ca.pem',
      verify: {
        mode: 'tag',
        allowedSigners: '/srv/deploy/signers',
        gpgKeys: ['/srv/deploy/ann.asc', '/keys/bob.asc'],
        allowRewind: true,
      },
      immutableTags: true,
      history: 'shallow',
      intervalSeconds: 10,
      jitterPercent: 0,
      timeoutMs: 2500,
      staleAfterMs: 60_000,
      maxRepositoryMiB: 64,
    });
  });

  test.each([
    { ref: '{ branch: feature/x }', expected: { kind: 'branch', name: 'feature/x' }, immutable: false },
    { ref: '{ tag: v1.2.3 }', expected: { kind: 'tag', name: 'v1.2.3' }, immutable: false },
    { ref: '{ semver: ^1.2.0 }', expected: { kind: 'semver', range: '^1.2.0' }, immutable: true },
    { ref: `{ commit: ${'a'.repeat(40)} }`, expected: { kind: 'commit', id: 'a'.repeat(40) }, immutable: false },
    { ref: `{ commit: "${'0'.repeat(64)}" }`, expected: { kind: 'commit', id: '0'.repeat(64) }, immutable: false },
  ])('follows $ref; tags must not move: $immutable', ({ ref, expected, immutable }) => {
    expect(source(load({ text: aSourceFile({ ref }) }))).toMatchObject({ ref: expected, immutableTags: immutable });
  });

  test('may let its versions move', () => {
    const text = aSourceFile({ ref: '{ semver: "1.x" }', immutableTags: 'false' });

    expect(source(load({ text })).immutableTags).toBe(false);
  });

  test('verifies the latest commit where no mode is named, and takes no rewind', () => {
    const text = aSourceFile({ verify: '{ gpgKeys: [ann.asc] }' });

    expect(source(load({ text })).verify).toEqual({
      mode: 'head',
      allowedSigners: undefined,
      gpgKeys: ['/srv/ann.asc'],
      allowRewind: false,
    });
  });

  test.each(['http://127.0.0.1:3000/voice.git', 'http://localhost/voice.git', 'http://[::1]:3000/voice.git'])(
    'may be on this machine without encryption: %s',
    (url) => {
      expect(source(load({ text: aSourceFile({ url }) })).address).toMatchObject({ url, scheme: 'http' });
    },
  );

  test.each([
    { title: 'a directory', manifests: 'apps' },
    { title: 'another source', manifests: '{ source: voice, path: . }' },
  ])('is there although an account uses $title', ({ manifests }) => {
    const more = '  - name: unused\n    git: { url: https://git.example.com/x/y, ref: { tag: v1 } }\naccounts:';

    const config = load({ text: aSourceFile({}, manifests).replace('accounts:', more) });

    expect(config.sources.map(({ name }) => name)).toEqual(['voice', 'unused']);
  });

  test('may have a webhook, whose secret is hidden and in no manifest', () => {
    const webhook = '    webhook: { kind: gitea, secret: { env: HOOK } }\naccounts:';

    const config = load({ text: aSourceFile().replace('accounts:', webhook), environment: { HOOK: 'hunter22' } });

    expect(source(config).webhook?.kind).toBe('gitea');
    expect(config.secretValues()).toEqual(['hunter22']);
    expect([...config.credentialVariables]).toEqual(expect.arrayContaining(['HOOK', 'HOOK_FILE']));
    expect(JSON.stringify(config)).not.toContain('hunter22');
  });

  test('is none where there is no file', () => {
    expect(load({}).sources).toEqual([]);
    expect(account(load({})).source).toBeUndefined();
  });
});

describe('access to a repository', () => {
  test('by a token', () => {
    const text = aSourceFile({ auth: '{ token: { env: GIT_TOKEN } }' });

    const config = load({ text, environment: { GIT_TOKEN: 'hunter22' } });

    const { auth } = source(config);
    expect(auth?.kind === 'token' ? auth.token.read() : auth).toBe('hunter22');
    expect(JSON.stringify(config)).not.toContain('hunter22');
  });

  test('by a GitHub App', () => {
    const text = aSourceFile({
      auth: '{ githubApp: { appId: 12, installationId: 345, privateKey: { file: app.pem } } }',
    });

    const config = load({ text, files: { '/srv/app.pem': '-----BEGIN\nhunter22\n' } });

    const { auth } = source(config);
    expect(auth).toMatchObject({ kind: 'github-app', appId: 12, installationId: 345 });
    expect(config.secretValues()).toEqual(['-----BEGIN\nhunter22']);
    expect(config.secretFiles).toEqual(['/srv/app.pem']);
  });

  test.each([ssh, 'ssh://git@git.example.com:2222/acme/voice.git'])('by a key, at %s', (url) => {
    const text = aSourceFile({ url, auth: '{ sshKey: { file: keys/id }, knownHosts: { file: known_hosts } }' });

    expect(source(load({ text, path: 'deploy/v.yaml' })).auth).toEqual({
      kind: 'ssh-key',
      file: '/srv/deploy/keys/id',
      knownHosts: '/srv/deploy/known_hosts',
    });
  });

  test('without its token says which source, and what to set', () => {
    const { auth } = source(load({ text: aSourceFile({ auth: '{ token: { env: GIT_TOKEN } }' }) }));

    expect(() => (auth?.kind === 'token' ? auth.token.read() : '')).toThrow(
      'source voice: no token. Set GIT_TOKEN, or GIT_TOKEN_FILE to the path of a file that holds it',
    );
  });

  test('has secrets that are hidden, and that no manifest may use', () => {
    const text = aSourceFile({ auth: '{ token: { env: GIT_TOKEN } }' });

    const config = load({ text, environment: { GIT_TOKEN_FILE: 'token' }, files: { '/srv/token': 'hunter22\n' } });

    expect(config.secretValues()).toContain('hunter22');
    expect(config.secretFiles).toEqual(['/srv/token']);
    expect([...config.credentialVariables]).toEqual(expect.arrayContaining(['GIT_TOKEN', 'GIT_TOKEN_FILE']));
    expect(() => load({ text: `${text}    environment: [GIT_TOKEN]\n` })).toThrow(
      /accounts\.main\.environment\.0: GIT_TOKEN holds a credential/,
    );
  });
});

describe('an account with its manifests in a repository', () => {
  test.each([
    { path: 'applications/main', inside: 'applications/main' },
    { path: './applications//main/', inside: 'applications/main' },
    { path: '.', inside: '' },
    { path: '""', inside: '' },
    { path: './', inside: '' },
    { path: '-odd/..odd', inside: '-odd/..odd' },
  ])('has $path of it', ({ path, inside }) => {
    const config = load({ text: aSourceFile({}, `{ source: voice, path: ${path} }`) });

    expect(account(config).source).toEqual({ name: 'voice', git: source(config) });
    expect(account(config).layers).toEqual({ root: inside, below: [''] });
    expect(account(config).manifests).toBe(`git:git.example.com/acme/voice//${inside}`);
  });

  test.each([
    { path: 'apps/main', url: ssh },
    { path: '.', url: 'https://git.example.com/acme/voice.git/' },
  ])('is what a checkout of it is: $path', async ({ path, url }) => {
    const top = aFolder();
    await originIs(top, url);
    const auth = url === ssh ? '{ sshKey: { file: id }, knownHosts: { file: hosts } }' : undefined;

    const config = load({ text: aSourceFile({ url, auth }, `{ source: voice, path: ${path} }`) });

    // The directory needs not be there: the top is, and the rest is added to its name.
    const checkedOut = sourceIdentity(top) + (path === '.' ? '' : path);
    expect(account(config).manifests).toBe(checkedOut);
  });

  test('still goes where the environment says', () => {
    const config = load({ text: aSourceFile(), environment: { VONAGE_API_URL: 'http://127.0.0.1:4010' } });

    expect(account(config).apiUrl).toBe('http://127.0.0.1:4010');
  });

  test('shares its source with others, at another path or the same', () => {
    const other = (name: string, path: string) =>
      `  - { name: ${name}, manifests: { source: voice, path: ${path} }, apiKey: { env: ${name} } }\n`;

    const config = load({ text: `${aSourceFile()}${other('two', '.')}${other('three', 'applications/main')}` });

    expect(config.accounts.map(({ source: from }) => from?.git)).toEqual([
      source(config),
      source(config),
      source(config),
    ]);
  });

  test('has no directory of which DIR could select a part', () => {
    const main = account(load({ text: aSourceFile() }));

    expect(() => directorySelection(main, 'applications/main', '/srv')).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: expect.stringContaining(
          'DIR selects a part of a directory; the manifests of account main come from source voice',
        ),
      }),
    );
  });

  test('is unlike one with a directory, which has no source', () => {
    expect(account(load({ text: aFile(['name: main', 'manifests: apps']) })).source).toBeUndefined();
  });
});
