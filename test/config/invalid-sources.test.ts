import { describe, expect, test } from 'vitest';
import { aSourceFile, problemsOf } from './a-source.ts';

const ssh = 'ssh://git@git.example.com/acme/voice.git';
const key = 'sshKey: { file: id }';
const hosts = 'knownHosts: { file: known_hosts }';
const token = 'token: { env: GIT_TOKEN }';
const app = 'githubApp: { appId: 1, installationId: 2, privateKey: { env: KEY } }';

describe('an address that is refused, with its place and without being printed', () => {
  test.each([
    ['https://user:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['https://hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['ssh://git:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['git:hunter22@git.example.com:acme/voice', 'it contains credentials'],
    ['git:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['https://git.example.com/acme/voice?token=hunter22', 'it has a query or a fragment'],
    ['"ext::sh -c \'curl hunter22.example\'"', 'it contains a space'],
    ['ext::hunter22', 'it names a program that fetches'],
    ['--upload-pack=hunter22', 'expected an https or ssh URL'],
    ['ssh://-oProxyCommand=hunter22/acme/voice', 'its host is not a valid name'],
    ['ssh://-oProxyCommand=hunter22@host/acme/voice', 'its user has characters'],
    ['https://git.example.com/hunter22/../voice', 'its path has characters or steps'],
    ['https://git.example.com/-hunter22/voice', 'a part of its path begins with "-"'],
    ['"https://git.example.com/hunter22\\nvoice"', 'it contains a space, a line break'],
    ['"https://git.example.com/hunter22\\u0000"', 'it contains a space, a line break'],
    ['"https://git.example.com/hunter22\\u202e"', 'its path has characters or steps'],
    ['https://git.example.com/hunter22%0Avoice', 'its path has characters or steps'],
    ['https://git.example.com/hunter22%ff', 'its path has characters or steps'],
    ['https://git.example.com', 'it has no path to a repository'],
    ['git://git.example.com/acme/hunter22', 'git is not supported'],
    ['http://git.example.com/acme/hunter22', 'http is not encrypted'],
    ['http://127.0.0.1.example.com/acme/hunter22', 'http is not encrypted'],
    ['ssh://bücher.example/acme/hunter22', 'its host is not a valid name'],
    ['git@[::1]:acme/hunter22', 'expected an https or ssh URL'],
    ['/srv/hunter22.git', 'expected an https or ssh URL'],
    ['file:///hunter22', 'a directory of this machine is not allowed here'],
    ['file://localhost/hunter22', 'a directory of this machine is not allowed here'],
    ['[https://hunter22.example]', 'expected the URL of the repository'],
    ['""', 'expected an https or ssh URL'],
    [undefined, 'missing: expected the URL of the repository'],
  ])('%s', (url, expected) => {
    const { lines, all } = problemsOf(aSourceFile({ url }));

    expect(lines).toEqual([expect.stringContaining(`sources.voice.git.url: ${expected}`)]);
    expect(lines[0]).toMatch(url === undefined ? /^v\.yaml:5:5: / : /^v\.yaml:6:12: /);
    expect(all).not.toContain('hunter22');
  });

  test('a directory of this machine is allowed by the environment, and by nothing else', () => {
    const text = aSourceFile({ url: 'file:///srv/voice.git' });

    expect(problemsOf(text, { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' }).lines).toEqual([]);
    expect(problemsOf(text, { VONAGE_GITOPS_ALLOW_FILE_SOURCES: 'true' }).lines).toHaveLength(1);
    expect(problemsOf(text.replace('kind: Config', 'kind: Config\nallowFile: true')).lines).toEqual([
      expect.stringContaining('v.yaml:3:1: allowFile: unknown field "allowFile"'),
    ]);
  });

  test.each([
    ['https://bücher.example/acme/voice', 'an international name'],
    ['https://[2001:db8::1]:8443/acme/voice', 'an IPv6 address'],
    ['https://dev.example.com/acme/My%20Project/_git/voice', 'a space, encoded'],
    ['HTTPS://GIT.EXAMPLE.COM/acme/voice', 'capitals'],
  ])('%s is not: %s', (url) => {
    expect(problemsOf(aSourceFile({ url })).lines).toEqual([]);
  });
});

describe('a ref that is refused, with its place', () => {
  test.each([
    ['{}', '7:12: sources.voice.git.ref: missing: expected one of branch, tag, semver, commit: the default branch'],
    ['main', '7:12: sources.voice.git.ref: expected one of branch, tag, semver, commit: the default branch'],
    ['main', '. Write it as { branch: main }'],
    ['{ branch: main, tag: v1 }', '7:33: sources.voice.git.ref.tag: set either branch or tag, not both'],
    ['{ branch: main, semver: 1.x, commit: abc }', 'semver: set either branch or semver, not both'],
    [
      '{ branch: --upload-pack=x }',
      '7:22: sources.voice.git.ref.branch: expected the name of a branch: a part of it begins',
    ],
    ['{ tag: --upload-pack=x }', '7:19: sources.voice.git.ref.tag: expected the name of a tag: a part of it begins'],
    ['{ branch: refs/heads/main }', 'it is written without refs/heads/'],
    ['{ branch: "a\\u0000b" }', 'expected the name of a branch: it has a space or one of'],
    ['{ branch: "" }', 'expected the name of a branch: a part of it is empty'],
    ['{ branch: 5 }', '7:22: sources.voice.git.ref.branch: expected text, found a number'],
    ['{ branch: }', 'sources.voice.git.ref.branch: expected text, found nothing'],
    ['{ semver: latest }', '7:22: sources.voice.git.ref.semver: expected a range of versions'],
    ['{ semver: "" }', 'expected a range of versions'],
    ['{ commit: 3f9c2e1 }', '7:22: sources.voice.git.ref.commit: expected the whole id'],
    ['{ commit: HEAD }', 'expected the id of a commit'],
    [`{ commit: ${'A'.repeat(40)} }`, 'lower-case'],
    ['{ brnch: main }', '7:14: sources.voice.git.ref.brnch: unknown field "brnch" (did you mean "branch"?)'],
  ])('%s: %s', (ref, expected) => {
    expect(problemsOf(aSourceFile({ ref })).lines).toEqual([expect.stringContaining(expected)]);
  });
});

test('a source without a ref is refused: the default branch of the server is not guessed', () => {
  const { lines } = problemsOf(aSourceFile({ ref: undefined }));

  expect(lines).toEqual([
    'v.yaml:5:5: sources.voice.git.ref: missing: expected one of branch, tag, semver, commit: the default branch of the server is not guessed. Write it as { branch: main }',
  ]);
});

describe('access that is refused, with its place', () => {
  test.each([
    {
      title: 'none for ssh',
      url: ssh,
      auth: undefined,
      expected: 'git.auth: missing: an ssh URL needs a key. Set auth: {',
    },
    {
      title: 'nothing',
      auth: '{}',
      expected: '8:13: sources.voice.git.auth: expected one of token, sshKey, githubApp',
    },
    { title: 'text', auth: 'hunter22', expected: 'auth: expected an object, found text. Write it as { token: ' },
    {
      title: 'a token in the file',
      auth: '{ token: hunter22 }',
      expected: '8:22: sources.voice.git.auth.token: secrets are not',
    },
    {
      title: 'two ways',
      auth: `{ ${token}, ${app} }`,
      expected: 'auth.githubApp: set either token or githubApp, not both',
    },
    {
      title: 'a key and a token',
      auth: `{ ${key}, ${hosts}, ${token} }`,
      expected: 'sshKey: set either token or sshKey, not both',
    },
    {
      title: 'host keys alone',
      auth: `{ ${hosts} }`,
      expected: 'auth.knownHosts: only sshKey has use for known hosts',
    },
    {
      title: 'host keys with a token',
      auth: `{ ${token}, ${hosts} }`,
      expected: 'only sshKey has use for known hosts',
    },
    {
      title: 'no host keys',
      url: ssh,
      auth: `{ ${key} }`,
      expected: 'auth: sshKey needs the keys of the server: set knownHosts',
    },
    {
      title: 'a token for ssh',
      url: ssh,
      auth: `{ ${token} }`,
      expected: 'auth: an ssh URL needs sshKey and knownHosts',
    },
    { title: 'an app for ssh', url: ssh, auth: `{ ${app} }`, expected: 'auth: an ssh URL needs sshKey and knownHosts' },
    {
      title: 'a key for https',
      auth: `{ ${key}, ${hosts} }`,
      expected: 'auth: sshKey is for an ssh URL; an https URL needs token or githubApp',
    },
    {
      title: 'a key that is text',
      url: ssh,
      auth: `{ sshKey: id, ${hosts} }`,
      expected: 'sshKey: expected an object, found text. Write it as { file: PATH }',
    },
    {
      title: 'half an app',
      auth: '{ githubApp: { appId: 1, privateKey: { env: KEY } } }',
      expected: 'githubApp.installationId: missing: expected a number',
    },
    {
      title: 'an app by name',
      auth: app.replace('appId: 1', 'appId: ours').replace(/.*/, '{ $& }'),
      expected: 'githubApp.appId: expected a number, found text',
    },
    {
      title: 'a misspelt way',
      auth: '{ tokn: { env: X } }',
      expected: '8:15: sources.voice.git.auth.tokn: unknown field "tokn" (did you mean "token"?)',
    },
    {
      title: 'a password',
      auth: '{ password: hunter22 }',
      expected: 'auth.password: unknown field "password". Allowed: token, sshKey, knownHosts, githubApp',
    },
  ])('$title', ({ url = 'https://git.example.com/acme/voice', auth, expected }) => {
    const { lines, all } = problemsOf(aSourceFile({ url, auth }));

    expect(lines).toEqual([expect.stringContaining(expected)]);
    expect(lines[0]).toMatch(/^v\.yaml:\d+:\d+: sources\.voice\.git\.auth/);
    expect(all).not.toContain('hunter22');
  });

  test.each([
    { file: '"${HOME}/id"', expected: 'auth.sshKey.file: its path contains "${"' },
    { file: '"a\\nb"', expected: 'auth.sshKey.file: its path contains a line break' },
  ])('a key in $file', ({ file, expected }) => {
    const { lines } = problemsOf(aSourceFile({ url: ssh, auth: `{ sshKey: { file: ${file} }, ${hosts} }` }));

    expect(lines).toEqual([expect.stringContaining(`v.yaml:8:31: sources.voice.git.${expected}`)]);
  });

  test('host keys in a path that ssh would change', () => {
    const { lines } = problemsOf(aSourceFile({ url: ssh, auth: `{ ${key}, knownHosts: { file: "\${X}" } }` }));

    expect(lines).toEqual([expect.stringContaining('auth.knownHosts.file: its path contains "${"')]);
  });

  test.each([
    { title: 'by its usual name', auth: '{ token: { env: VONAGE_API_SECRET } }' },
    { title: 'by the name of its file', auth: '{ token: { env: VONAGE_API_SECRET_FILE } }' },
    { title: 'by the name that the account has for it', auth: '{ token: { env: SECRET } }' },
    { title: 'as the key of an app', auth: `{ ${app.replace('env: KEY', 'env: SECRET')} }` },
    { title: 'by another name', auth: '{ token: { env: OTHER } }' },
  ])('with the secret of an account, which would be sent to any server: $title', ({ auth }) => {
    const text = `${aSourceFile({ auth })}    apiSecret: { env: SECRET }\n`;

    const { lines, all } = problemsOf(text, { SECRET: 'hunter22', OTHER: 'hunter22', VONAGE_API_SECRET_FILE: 'x' });

    expect(lines).toEqual([
      'v.yaml:8:13: sources.voice.git.auth: this is a credential of an account, which only Vonage may be sent',
    ]);
    expect(all).not.toContain('hunter22');
  });

  test.each(['{ token: { env: A } }', `{ ${key}, ${hosts} }`])('a directory of this machine with %s', (auth) => {
    const text = aSourceFile({ url: 'file:///srv/voice.git', auth });

    expect(problemsOf(text, { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' }).lines).toEqual([
      expect.stringContaining('sources.voice.git.auth: a directory of this machine needs no auth'),
    ]);
  });
});

test.each([
  {
    webhook: 'github',
    expected: 'webhook: expected an object, found text. Write it as { kind: github, secret: { env: WEBHOOK',
  },
  { webhook: '{ kind: github }', expected: 'webhook.secret: missing: expected { env: NAME } or { file: PATH }' },
  { webhook: '{ kind: githib, secret: { env: HOOK } }', expected: 'webhook.kind: ' },
  { webhook: '{ kind: github, secret: hunter22 }', expected: 'webhook.secret: secrets are not allowed in this file' },
  { webhook: '{ kind: github, secret: { env: VONAGE_API_SECRET } }', expected: 'this is a credential of an account' },
])('a webhook of the form $webhook', ({ webhook, expected }) => {
  const { lines, all } = problemsOf(aSourceFile().replace('accounts:', `    webhook: ${webhook}\naccounts:`));

  expect(lines).toEqual([expect.stringContaining(`sources.voice.webhook`)]);
  expect(lines[0]).toContain(expected);
  expect(all).not.toContain('hunter22');
});

describe('a setting that is refused, with its place', () => {
  const tag = { ref: '{ tag: v1 }' };
  const verify = '{ allowedSigners: signers }';

  test.each([
    {
      title: 'certificates for ssh',
      url: ssh,
      auth: `{ ${key}, ${hosts} }`,
      ca: 'ca.pem',
      expected: 'git.ca: only an https server has a certificate',
    },
    {
      title: 'certificates for http',
      url: 'http://localhost/voice',
      ca: 'ca.pem',
      expected: 'git.ca: only an https server',
    },
    { title: 'no file of certificates', ca: '""', expected: 'git.ca: expected text' },
    {
      title: 'verifying without a key',
      verify: '{ mode: head }',
      expected: '8:15: sources.voice.git.verify: no key may sign yet: set allowedSigners',
    },
    {
      title: 'verifying with no key',
      verify: '{ gpgKeys: [] }',
      expected: 'verify.gpgKeys: expected at least one item',
    },
    {
      title: 'verifying with a key that is text',
      verify: '{ gpgKeys: a.asc }',
      expected: 'gpgKeys: expected a list, found text. Write it as [FILE]',
    },
    {
      title: 'another mode',
      verify: '{ mode: tags, gpgKeys: [a] }',
      expected: 'verify.mode: expected one of "head", "tag", "all" (did you mean "tag"?)',
    },
    {
      title: 'the tag of a branch',
      verify: '{ mode: tag, gpgKeys: [a] }',
      expected: '8:23: sources.voice.git.verify.mode: there is no tag to verify where ref is a branch',
    },
    {
      title: 'a misspelt field',
      verify: '{ allowedSigner: a }',
      expected: 'verify.allowedSigner: unknown field "allowedSigner" (did you mean "allowedSigners"?)',
    },
    {
      title: 'tags of a branch',
      immutableTags: 'true',
      expected: 'git.immutableTags: there is no tag that could move where ref is a branch',
    },
    {
      title: 'tags of a commit',
      ref: `{ commit: ${'a'.repeat(40)} }`,
      immutableTags: 'false',
      expected: 'where ref is a commit',
    },
    {
      title: 'a rewind of what is not verified',
      allowRewind: 'true',
      expected: 'git.allowRewind: only a verified source refuses to go back',
    },
    {
      title: 'a rewind inside',
      verify: '{ gpgKeys: [a], allowRewind: true }',
      expected: 'allowRewind" is indented below verify, but belongs beside it',
    },
    {
      title: 'too often',
      interval: '{ seconds: 9 }',
      expected: '8:28: sources.voice.git.interval.seconds: expected a number, 10 or more',
    },
    {
      title: 'a number of seconds',
      interval: '60',
      expected: 'interval: expected an object, found a number. Write it as { seconds: 60 }',
    },
    { title: 'no time', timeoutSeconds: '0', expected: 'timeoutSeconds: expected a number, 1 or more' },
    { title: 'another history', history: 'none', expected: 'history: expected one of "full", "shallow"' },
    { title: 'no size', maxRepositoryMiB: '0', expected: 'maxRepositoryMiB: expected a number, 1 or more' },
    {
      title: 'the branch beside the ref',
      branch: 'main',
      expected: '8:7: sources.voice.git.branch: "branch" belongs in ref, not here',
    },
    { title: 'TLS without verification', sslVerify: 'false', expected: 'git.sslVerify: unknown field "sslVerify"' },
  ])('$title', ({ title: _, expected, ...settings }) => {
    const { lines } = problemsOf(aSourceFile(settings));

    expect(lines).toEqual([expect.stringContaining(expected)]);
    expect(lines[0]).toMatch(/^v\.yaml:\d+:\d+: sources\.voice\.git\./);
  });

  test.each([
    { ...tag, verify: '{ mode: tag, allowedSigners: signers }' },
    { ref: '{ semver: 1.x }', verify: '{ mode: tag, gpgKeys: [a] }', immutableTags: 'false' },
    { verify, allowRewind: 'false' },
  ])('but not %o', (settings) => {
    expect(problemsOf(aSourceFile(settings)).lines).toEqual([]);
  });
});

describe('where manifests come from', () => {
  test.each([
    [
      '{ source: voce, path: a }',
      '10:26: accounts.main.manifests.source: no source has this name (did you mean "voice"?). Sources: voice',
    ],
    ['{ source: "", path: a }', 'manifests.source: no source has this name. Sources: voice'],
    [
      '{ source: voice, path: ../x }',
      '10:39: accounts.main.manifests.path: a step ".." could lead out of the repository',
    ],
    ['{ source: voice, path: a/../../x }', 'path: a step ".."'],
    ['{ source: voice, path: /etc }', 'path: expected a path relative to the top of the repository'],
    ['{ source: voice, path: "a\\\\b" }', 'path: expected forward slashes'],
    ['{ source: voice, path: "a\\nb" }', 'path: it contains a line break or a control character'],
    [
      '{ source: voice, path: 5 }',
      'path: expected a directory of the repository, such as applications/main, or "." for all of it, found a number',
    ],
    ['{ source: voice }', 'path: missing: expected a directory of the repository'],
    ['{ source: voice, pth: a }', '10:33: accounts.main.manifests.pth: unknown field "pth" (did you mean "path"?)'],
    ['{ sorce: voice, path: a }', 'manifests.sorce: unknown field "sorce" (did you mean "source"?)'],
    [
      '{ git: voice }',
      '10:16: accounts.main.manifests: expected the directory of the manifests, such as apps, or { source: NAME, path: DIR }, found an object',
    ],
    ['5', 'expected the directory of the manifests, such as apps, or { source: NAME, path: DIR }, found a number'],
    ['""', 'accounts.main.manifests: expected text'],
  ])('%s: %s', (manifests, expected) => {
    expect(problemsOf(aSourceFile({}, manifests)).lines).toEqual([expect.stringContaining(expected)]);
  });

  test('is one of many sources, which are not all listed', () => {
    const more = Array.from({ length: 12 }, (_, index) => index).map(
      (index) => `  - { name: s${index}, git: { url: https://git.example.com/x/y, ref: { tag: v1 } } }\n`,
    );
    const text = aSourceFile({}, '{ source: voce, path: a }').replace('accounts:', `${more.join('')}accounts:`);

    expect(problemsOf(text).lines).toEqual([
      expect.stringMatching(/manifests\.source: no source has this name \(did you mean "voice"\?\)$/),
    ]);
  });

  test('is a source that has to be there', () => {
    const text = aSourceFile().replace(/sources:[\s\S]*?(?=accounts:)/, '');

    expect(problemsOf(text).lines).toEqual([
      expect.stringContaining(
        'v.yaml:5:26: accounts.main.manifests.source: no source has this name: add it to sources',
      ),
    ]);
  });
});

describe('a source that is refused, with its place', () => {
  test.each(['Voice', '-voice', 'a_b', '../etc', 'a/b', '', 'a'.repeat(64)])('for its name %j', (name) => {
    const text = aSourceFile({}, 'apps').replace('name: voice', `name: ${JSON.stringify(name)}`);

    expect(problemsOf(text).lines).toEqual([
      expect.stringContaining('v.yaml:4:11: sources.0.name: expected 1 to 63 lower-case letters'),
    ]);
  });

  test('for the name of another one', () => {
    const second = '  - { name: voice, git: { url: https://git.example.com/x/y, ref: { tag: v1 } } }\naccounts:';

    expect(problemsOf(aSourceFile().replace('accounts:', second)).lines).toEqual([
      expect.stringContaining('v.yaml:8:13: sources.voice.name: another source is also named voice'),
    ]);
  });

  test.each([
    {
      from: /sources:[\s\S]*?(?=accounts:)/,
      to: 'sources: { voice: {} }\n',
      expected: 'v.yaml:3:10: sources: expected a list, found an object. Write it as - name: main',
    },
    {
      from: /git:[\s\S]*?(?=accounts:)/,
      to: 'git: https://x\n',
      expected: 'v.yaml:5:10: sources.voice.git: expected an object, found text. Write it as { url: ',
    },
    {
      from: /git:\n/,
      to: 'gitt:\n',
      expected: 'v.yaml:5:5: sources.voice.gitt: unknown field "gitt" (did you mean "git"?)',
    },
    {
      from: /git:[\s\S]*?(?=accounts:)/,
      to: 'url: https://git.example.com/a/b\n',
      expected: 'sources.voice.url: "url" belongs in git, not here',
    },
    {
      from: /sources:/,
      to: 'source:',
      expected: 'v.yaml:3:1: source: unknown field "source" (did you mean "sources"?)',
    },
  ])('for how it is written: $to', ({ from, to, expected }) => {
    const text = aSourceFile({}, 'apps').replace(from, to);

    expect(problemsOf(text).lines).toEqual([expect.stringContaining(expected)]);
  });

  test('all problems are told at once, in the order of their places', () => {
    const text = aSourceFile(
      { url: 'ext::x', ref: '{ branch: --x }', interval: '{ seconds: 1 }', wrong: '1' },
      '{ source: voice, path: ../x }',
    );

    expect(problemsOf(text).lines.map((line) => line.split(':')[1])).toEqual(['6', '7', '8', '9', '12']);
  });
});
