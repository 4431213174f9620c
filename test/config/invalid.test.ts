import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { aFile, load } from './load.ts';

const main = ['name: main', 'manifests: a'];
const head = 'apiVersion: vonage-gitops/v1\nkind: Config\n';

function problemsOf(text: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load({ text, path: 'v.yaml', environment });
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_CONFIG_INVALID')
      return [...listOf(error.details['problems'])];
    throw error;
  }
  return [];
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : [];
}

test.each([
  {
    title: 'a misspelt key',
    line: 'polcy: sync',
    expected: 'v.yaml:6:5: accounts.main.polcy: unknown field "polcy" (did you mean "policy"?)',
  },
  {
    title: 'a key far from any',
    line: 'xyzzyplugh: 1',
    expected:
      'v.yaml:6:5: accounts.main.xyzzyplugh: unknown field "xyzzyplugh". 32 fields are allowed here: docs/configuration.md lists them',
  },
  { title: 'a key in capitals', line: 'APIKEY: 1', expected: '(did you mean "apiKey"?)' },
  {
    title: 'a nested key',
    line: 'deletes: { maxx: 1 }',
    expected:
      'v.yaml:6:16: accounts.main.deletes.maxx: unknown field "maxx" (did you mean "max"?). Allowed: max, maxPercent, per24h',
  },
  {
    title: 'a wrong choice',
    line: 'policy: all',
    expected: 'v.yaml:6:13: accounts.main.policy: expected one of "create-only", "upsert", "sync"',
  },
  {
    title: 'a negative limit',
    line: 'deletes: { max: -1 }',
    expected: 'v.yaml:6:21: accounts.main.deletes.max: expected a number, 0 or more',
  },
  {
    title: 'a time zone that does not exist',
    line: 'schedule: "0 4 * * *"\n    timezone: Europe/Vinna',
    expected:
      'v.yaml:7:15: accounts.main.timezone: expected an IANA time zone, such as Europe/Vienna (did you mean "Europe/Vienna"?)',
  },
  {
    title: 'a time zone without a schedule',
    line: 'timezone: Europe/Vienna',
    expected: 'v.yaml:6:15: accounts.main.timezone: only a schedule has a time zone: add schedule',
  },
  {
    title: 'no time at all for a response',
    line: 'requestTimeoutSeconds: 0',
    expected: 'v.yaml:6:28: accounts.main.requestTimeoutSeconds: expected a number, 1 or more',
  },
  { title: 'a text for a number', line: 'requestsPerSecond: many', expected: 'accounts.main.requestsPerSecond: ' },
  {
    title: 'a malformed address',
    line: 'apiUrl: nowhere',
    expected: 'v.yaml:6:13: accounts.main.apiUrl: expected an http',
  },
  {
    title: 'two clocks',
    line: 'interval: {}\n    schedule: "* * * * *"',
    expected: 'v.yaml:7:15: accounts.main.schedule: set either',
  },
  {
    title: 'a malformed schedule',
    line: 'schedule: often',
    expected: 'accounts.main.schedule: expected a cron expression',
  },
  { title: 'a prototype key', line: '__proto__: {}', expected: 'accounts.main.__proto__: unknown field' },
  { title: 'a key twice', line: 'name: other', expected: 'v.yaml:6:5: this field is declared twice' },
  {
    title: 'an alias',
    line: 'policy: &p sync\n    adoption: *p',
    expected: 'v.yaml:7:15: anchors and aliases are not allowed here: write the value out',
  },
])('$title is an error with its place', ({ line, expected }) => {
  const problems = problemsOf(aFile([...main, line]));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

test.each(['Main', '-main', 'a_b', '../etc', '', 'a'.repeat(64)])('the account name %o is refused', (name) => {
  expect(problemsOf(aFile([`name: ${JSON.stringify(name)}`, 'manifests: a']))).toEqual([
    expect.stringContaining('accounts.0.name: expected 1 to 63 lower-case letters'),
  ]);
});

test.each([
  { title: 'an empty file', text: '', expected: 'v.yaml:1:1: ' },
  { title: 'a list', text: '- 1', expected: 'v.yaml:1:1: ' },
  { title: 'malformed YAML', text: 'a: [b', expected: 'v.yaml:1:6: ' },
  { title: 'no account', text: `${head}accounts: []\n`, expected: 'v.yaml:3:11: accounts: ' },
  { title: 'another version', text: aFile(main).replace('/v1', '/v2'), expected: 'v.yaml:1:13: apiVersion: ' },
  { title: 'another kind', text: aFile(main).replace('Config', 'Application'), expected: 'v.yaml:2:7: kind: ' },
  {
    title: 'an unknown part',
    text: `${aFile(main)}daemons: {}\n`,
    expected: 'v.yaml:6:1: daemons: unknown field "daemons" (did you mean "daemon"?)',
  },
  {
    title: 'a port out of range',
    text: `${aFile(main)}daemon: { listen: "a:70000" }\n`,
    expected: 'the port is at most',
  },
  {
    title: 'an address without port',
    text: `${aFile(main)}daemon: { listen: here }\n`,
    expected: 'expected host:port',
  },
  {
    title: 'an unknown key of a notification',
    text: `${aFile(main)}daemon:\n  notifications:\n    - { kind: slack, url: { env: A }, event: [failed] }\n`,
    expected: 'v.yaml:8:39: daemon.notifications.0.event: unknown field "event" (did you mean "events"?)',
  },
])('$title is an error with its place', ({ text, expected }) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  {
    title: 'a misspelt key that is missing, then',
    text: aFile(['name: prod', 'manifest: apps']),
    expected: ['v.yaml:5:5: accounts.prod.manifest: unknown field "manifest" (did you mean "manifests"?)'],
  },
  {
    title: 'a key of an account at the top',
    text: `${aFile(main)}policy: sync\n`,
    expected: ['v.yaml:6:1: policy: "policy" belongs in accounts, not here'],
  },
  {
    title: 'a key of the daemon in an account',
    text: aFile([...main, 'listen: 127.0.0.1:80']),
    expected: ['v.yaml:6:5: accounts.main.listen: "listen" belongs in daemon, not here'],
  },
  {
    title: 'the daemon below the accounts',
    text: aFile([...main, 'daemon: {}']),
    expected: ['v.yaml:6:5: accounts.main.daemon: "daemon" is indented below accounts, but belongs beside it'],
  },
  {
    title: 'a member of one certain object beside it',
    text: aFile([...main, 'deletes:', 'per24h: 10']),
    expected: ['v.yaml:7:5: accounts.main.per24h: "per24h" belongs in deletes, not here'],
  },
  {
    title: 'an account without a name',
    text: aFile(['manifests: apps', 'polcy: sync']),
    expected: [
      'v.yaml:4:5: accounts.0.name: missing: expected a name of your choice, such as main',
      'v.yaml:5:5: accounts.0.polcy: unknown field "polcy" (did you mean "policy"?)',
    ],
  },
  {
    title: 'an account without manifests',
    text: aFile(['name: prod']),
    expected: [
      'v.yaml:4:5: accounts.prod.manifests: missing: expected the directory of the manifests, such as apps, or { source: NAME, path: DIR }',
    ],
  },
  {
    title: 'an account with an empty list of directories',
    text: aFile(['name: prod', 'manifests: []']),
    expected: ['v.yaml:5:16: accounts.prod.manifests: expected at least one item'],
  },
  {
    title: 'a manifest',
    text: 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: Support }\nspec: {}\n',
    expected: ['v.yaml:2:7: kind: this is a manifest, not a configuration: '],
  },
  {
    title: 'two documents',
    text: `${aFile(main)}---\n${aFile(main)}`,
    expected: ['v.yaml:6:1: a second document begins here: this file holds one'],
  },
  {
    title: 'a line between two columns',
    text: aFile([...main, 'deletes:', '  max: 1', ' per24h: 1']),
    expected: ['v.yaml:8:6: indented by 5 columns, line 6 by 4, line 7 by 6: '],
  },
  {
    title: 'a secret by two ways',
    text: aFile([...main, 'apiKey: { env: A, file: b }', 'apiSecret: { env: 5 }']),
    expected: [
      'v.yaml:6:13: accounts.main.apiKey: expected { env: NAME } or { file: PATH }, not both',
      'v.yaml:7:16: accounts.main.apiSecret: expected { env: NAME } or { file: PATH }, with the name of an environment variable, such as VONAGE_API_KEY',
    ],
  },
  {
    title: 'a secret in a file without a path',
    text: aFile([...main, 'apiKey: { file: 1 }', 'apiSecret: { file: b, env: A }']),
    expected: [
      'v.yaml:6:13: accounts.main.apiKey: expected { env: NAME } or { file: PATH }, with the path of a file',
      'v.yaml:7:16: accounts.main.apiSecret: expected { env: NAME } or { file: PATH }, not both',
    ],
  },
])('one slip is told once, with what is meant: $title', ({ text, expected }) => {
  expect(problemsOf(text)).toEqual(expected.map((line) => expect.stringContaining(line)));
});

test.each([
  { line: 'interval: 60', expected: 'interval: expected an object, found a number. Write it as { seconds: 300 }' },
  { line: 'deletes: 5', expected: 'deletes: expected an object, found a number. Write it as { max: 3 }' },
  { line: 'environment: { HOST: x }', expected: 'environment: expected a list, found an object. Write it as [HOST]' },
  { line: 'variables: [A=b]', expected: 'expected an object, found a list. Write it as { HOST: voice.example.com }' },
  { line: 'prune: true', expected: 'prune: unknown field "prune" (did you mean "policy"?)' },
  { line: 'url: https://x.nexmo.com', expected: 'url: unknown field "url" (did you mean "apiUrl"?)' },
])('a value of the wrong kind, or a word of it, is told with how it is written: $line', ({ line, expected }) => {
  expect(problemsOf(aFile([...main, line]))).toEqual([expect.stringContaining(expected)]);
});

test.each([
  {
    title: 'a directory by another name',
    text: aFile(['name: main', 'dir: apps']),
    expected: 'v.yaml:5:5: accounts.main.dir: unknown field "dir" (did you mean "manifests"?)',
  },
  {
    title: 'accounts by name',
    text: `${head}accounts:\n  main: { manifests: apps }\n`,
    expected: 'v.yaml:4:3: accounts: expected a list, found an object. Write it as - name: main',
  },
  {
    title: 'a port',
    text: `${aFile(main)}daemon: { port: 8080 }\n`,
    expected: 'daemon.port: unknown field "port" (did you mean "listen"?)',
  },
  {
    title: 'a port alone',
    text: `${aFile(main)}daemon: { listen: 8080 }\n`,
    expected: 'daemon.listen: expected text, found a number. Write it as 127.0.0.1:8080',
  },
  {
    title: 'the address of a host',
    text: `${aFile(main)}daemon: { hosts: ["https://gitops.example.com"] }\n`,
    expected: 'daemon.hosts.0: expected the name of a host, such as gitops.example.com, without scheme and path',
  },
])('$title is told with what is meant', ({ text, expected }) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
});

test('of a file that does not parse only the outline is shown', () => {
  const text = aFile([...main, 'apiSecret: hunter2hunter2', ' policy: sync']);

  expect(() => load({ text, path: 'v.yaml' })).toThrow(
    /v\.yaml:7:6: indented by 5 columns[^\n]*\n {4}5 \| {5}…+ …\n {4}6 \| {5}…+ …+\n {2}> 7 \| {6}…+ …+\n {6}\| {6}\^/,
  );
  expect(() => load({ text })).not.toThrow(/hunter2/);
});

test('all problems are told at once, in the order of their places', () => {
  const text = aFile([...main, 'policy: all', 'apiKey: x', 'wrong: 1']);

  expect(problemsOf(text).map((line) => line.split(':')[1])).toEqual(['6', '7', '8']);
  expect(() => load({ text })).toThrow(/3 problems; nothing was done\n {2}vonage-gitops\.yaml:6:13: /);
});

test.each([
  { line: 'allowEmpty: maybe', expected: 'allowEmpty: expected true or false, found text' },
  { line: 'concurrency: 1\n    exclude: "*.yaml"', expected: 'exclude: expected a list, found text' },
  { line: 'exclude: [1, ok]', expected: 'exclude.0: expected text, found a number' },
  { line: 'exclude: [""]', expected: 'exclude.0: expected text' },
  { line: 'keys: [generate]', expected: 'keys: expected an object, found a list' },
  { line: 'scope:', expected: 'scope: expected an object, found nothing' },
  { line: 'concurrency: 1.5', expected: 'concurrency: expected a whole number, found a number' },
  { line: 'concurrency: 65', expected: 'concurrency: expected a number, 64 or less' },
  { line: 'policy: {}', expected: 'policy: expected one of "create-only", "upsert", "sync"' },
  { line: 'policy: sync2', expected: 'policy: expected one of "create-only", "upsert", "sync" (did you mean "sync"?)' },
  { line: 'variables: { A: 1 }', expected: 'variables.A: expected text, found a number' },
  { line: 'variables: { "1": x }', expected: 'variables.1: expected the name of an environment variable' },
])('a wrong type is told in words, not in those of a library: $line', ({ line, expected }) => {
  const problems = problemsOf(aFile([...main, line]));

  expect(problems.join('\n')).toContain(`accounts.main.${expected}`);
  expect(problems.join('\n')).not.toMatch(/Invalid|Too |received|Unrecognized/);
});

test.each([
  { text: '', expected: 'v.yaml:1:1: expected an object, found nothing' },
  { text: `${head}accounts: []\n`, expected: 'v.yaml:3:11: accounts: expected at least one item' },
  { text: head, expected: 'v.yaml:1:1: accounts: missing: expected a list' },
  { text: aFile(main).replace('/v1', '/v2'), expected: '(did you mean "vonage-gitops/v1"?)' },
  {
    text: `${aFile(main)}daemon: { notifications: [{ kind: mail }] }\n`,
    expected: 'v.yaml:6:35: daemon.notifications.0.kind: expected one of "webhook", "slack"',
  },
])('of the whole file, too: $expected', ({ text, expected }) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
});

test('the lines around a problem are shown with their keys, and without any value or comment', () => {
  const text = aFile([...main, 'polcy: hunter2 # hunter2', 'interval: { "seconds":hunter2, x: [hunter2, {hunter2}] }']);

  expect(() => load({ text })).toThrow(
    [
      '  > 6 |     polcy: ………………… … …………………',
      '      |     ^',
      '    7 |     interval: { "seconds"……………………… x: ……………………… ………………………… }',
    ].join('\n'),
  );
  expect(() => load({ text })).not.toThrow(/hunter2/);
});

describe('a secret written into the file', () => {
  test.each(['apiKey: hunter2hunter2', 'apiSecret: { value: hunter2hunter2 }', 'apiSecret: [hunter2hunter2]'])(
    'is refused without being printed: %s',
    (line) => {
      const text = aFile([...main, line]);

      const problems = problemsOf(text);

      expect(problems).toEqual([expect.stringContaining('secrets are not allowed in this file')]);
      expect(() => load({ text })).not.toThrow(/hunter2/);
    },
  );

  test('is not printed where the YAML is malformed', () => {
    for (const text of [
      'apiKey: [}hunter2',
      'apiKey: *hunter2',
      'apiKey: !hunter2 x',
      'a: b: hunter2',
      '"hunter2',
      'a: "\\hunter2"',
    ]) {
      expect(() => load({ text })).toThrow(ReconcilerError);
      expect(() => load({ text })).not.toThrow(/hunter2/);
    }
  });
});

describe('accounts', () => {
  const other = ['name: other', 'manifests: b'];
  const scoped = (name: string, ...names: readonly string[]) => [
    `name: ${name}`,
    'manifests: x',
    `scope: { names: ${JSON.stringify(names)} }`,
  ];

  test('may not share a name', () => {
    const text = aFile(main, ['name: main', 'manifests: b', 'apiKey: { env: OTHER }']);

    expect(problemsOf(text)).toEqual(['v.yaml:6:11: accounts.main.name: another account is also named main']);
  });

  test('of one host and key are one account', () => {
    expect(problemsOf(aFile(main, other))).toEqual([
      expect.stringContaining('v.yaml:6:5: accounts.other: the same host and API key as account main'),
    ]);
  });

  test('of one host and key are one account although two variables hold it', () => {
    const text = aFile([...main, 'apiKey: { env: A }'], [...other, 'apiKey: { env: B }']);

    expect(problemsOf(text, { A: 'same', B: 'same' })).toHaveLength(1);
    expect(problemsOf(text, { A: 'one', B: 'other' })).toEqual([]);
    expect(problemsOf(text)).toEqual([]);
  });

  test.each([
    { one: 'keys', two: 'keys', shared: true },
    { one: 'keys', two: './keys/', shared: true },
    { one: 'other/keys', two: undefined, shared: true },
    { one: 'keys/main', two: 'keys/other', shared: false },
    { one: undefined, two: undefined, shared: false },
  ])('with the key directories $one and $two take each other’s keys: $shared', ({ one, two, shared }) => {
    const folder = (directory: string | undefined) =>
      directory === undefined ? [] : [`keys: { directory: ${directory} }`];
    const text = aFile([...main, ...folder(one)], [...other, 'apiKey: { env: OTHER }', ...folder(two)]);

    expect(problemsOf(text)).toEqual(
      shared ? [expect.stringContaining('keys.directory: the same directory as that of account main')] : [],
    );
  });

  test('of different hosts are different accounts', () => {
    expect(problemsOf(aFile(main, [...other, 'apiUrl: http://localhost:4010']))).toEqual([]);
  });

  test.each([
    { one: ['a-*'], two: ['b-*'], overlaps: false },
    { one: ['a-*'], two: ['a-*'], overlaps: true },
    { one: ['a-*'], two: ['a-1'], overlaps: true },
    { one: ['a-1'], two: ['a-*'], overlaps: true },
    { one: ['a', 'b'], two: ['c', 'b'], overlaps: true },
    { one: ['a'], two: ['b'], overlaps: false },
    { one: ['a'], two: [], overlaps: true },
  ])('with the scopes $one and $two overlap: $overlaps', ({ one, two, overlaps }) => {
    expect(problemsOf(aFile(scoped('main', ...one), scoped('other', ...two)))).toHaveLength(overlaps ? 1 : 0);
  });
});

test.each([
  {
    line: 'environment: [HOST, VONAGE_API_SECRET]',
    expected: 'accounts.main.environment.1: VONAGE_API_SECRET holds a credential',
  },
  { line: 'environment: [KEY_FILE]', expected: 'accounts.main.environment.0: KEY_FILE holds a credential' },
  {
    line: 'variables: { VONAGE_API_KEY: x }',
    expected: 'accounts.main.variables.VONAGE_API_KEY: VONAGE_API_KEY is the name',
  },
])('manifests may never use a credential: $line', ({ line, expected }) => {
  expect(problemsOf(aFile([...main, 'apiKey: { env: KEY }', line]))).toEqual([expect.stringContaining(expected)]);
});

test('no text makes the loader throw anything but located problems', () => {
  const fragments = [
    'apiVersion: vonage-gitops/v1\n',
    'kind: Config\n',
    'accounts:\n',
    '  - ',
    'name: a\n',
    '{',
    ']',
    '*a',
    '&a ',
    '? ',
    '\t',
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 8 }))), (parts) => {
      for (const problem of problemsOf(parts.join(''))) expect(problem).toMatch(/^v\.yaml:\d+:\d+: /);
    }),
  );
});
