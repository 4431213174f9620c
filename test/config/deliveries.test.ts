import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { account, aFile, load } from './load.ts';

const allowed = { VONAGE_GITOPS_ALLOW_EXEC: '1' };

function deliver(...targets: readonly string[]): readonly string[] {
  return ['name: main', 'manifests: apps', 'keys:', '  deliver:', ...targets.map((target) => `    - ${target}`)];
}

function problemsOf(text: string, environment: Readonly<Record<string, string>> = allowed): readonly string[] {
  try {
    load({ text, path: 'v.yaml', environment });
    return [];
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_CONFIG_INVALID') throw error;
    const { problems } = error.details;
    return Array.isArray(problems) ? problems : [];
  }
}

describe('keys.deliver', () => {
  test('is empty by default, and nothing rotates', () => {
    const config = load({ text: aFile(['name: main', 'manifests: apps']) });

    expect(account(config)).toMatchObject({ deliveries: [], rotateAfterMs: undefined });
    expect(account(load({}))).toMatchObject({ deliveries: [], rotateAfterMs: undefined });
  });

  test('has directories, relative to the file, and programs with the part of the environment that they may see', () => {
    const text = aFile(
      deliver(
        'directory: { path: ../keys }',
        'directory: { path: /run/keys, file: "{account}-{id}.key", mode: "0440" }',
        'exec: { command: [/usr/local/bin/deliver, --to, vault], environment: [VAULT_ADDR, UNSET], timeoutSeconds: 5 }',
      ),
    );

    const config = load({
      text,
      path: '/etc/v/v.yaml',
      environment: { ...allowed, PATH: '/bin', VAULT_ADDR: 'x', OTHER: 'y' },
    });

    expect(account(config).deliveries).toEqual([
      { kind: 'directory', path: '/etc/keys', file: '{slug}.pem', mode: 0o400 },
      { kind: 'directory', path: '/run/keys', file: '{account}-{id}.key', mode: 0o440 },
      {
        kind: 'exec',
        command: ['/usr/local/bin/deliver', '--to', 'vault'],
        environmentNames: ['VAULT_ADDR', 'UNSET'],
        environment: { PATH: '/bin', VAULT_ADDR: 'x' },
        timeoutMs: 5000,
      },
    ]);
  });

  test.each([{ environment: {} }, { environment: { VONAGE_GITOPS_ALLOW_EXEC: 'true' } }])(
    'names programs only where the environment allows it: not with $environment',
    ({ environment }) => {
      const text = aFile(deliver('directory: { path: /a }', 'exec: { command: [/bin/true] }'));

      expect(problemsOf(text, environment)).toEqual([
        'v.yaml:9:17: accounts.main.keys.deliver.1.exec: programs of the configuration are run only with VONAGE_GITOPS_ALLOW_EXEC=1 in the environment',
      ]);
    },
  );

  test.each(['VONAGE_API_SECRET', 'VONAGE_API_SECRET_FILE', 'OTHER_SECRET', 'VONAGE_GITOPS_DAEMON_TOKEN'])(
    'gives no program the credential %s',
    (name) => {
      const text = aFile([
        ...deliver(`exec: { command: [/bin/true], environment: [LANG, ${name}] }`),
        'apiSecret: { env: OTHER_SECRET }',
      ]);

      expect(problemsOf(text)).toEqual([
        expect.stringContaining(
          `accounts.main.keys.deliver.0.exec.environment.1: ${name} holds a credential, which programs must not see`,
        ),
      ]);
    },
  );

  test('has each directory once in all accounts, and each program once in an account', () => {
    const other = deliver('directory: { path: /keys/ }', 'exec: { command: [/bin/true] }').slice(1);
    const text = aFile(
      deliver('directory: { path: /keys }', 'exec: { command: [/bin/true, a] }', 'exec: { command: [/bin/true, b] }'),
      ['name: other', ...other, 'apiKey: { env: OTHER_KEY }'],
    );

    expect(problemsOf(text, { ...allowed, VONAGE_API_KEY: 'a', OTHER_KEY: 'b' })).toEqual([
      expect.stringContaining('accounts.main.keys.deliver.2.exec.command: /bin/true is another target of this account'),
      expect.stringContaining(
        'accounts.other.keys.deliver.0.directory.path: the same directory as one of account main: each target needs a directory of its own',
      ),
    ]);
  });
});

test.each([
  { target: 'exec: { command: [deliver-key] }', expected: 'expected the absolute path of a program first' },
  { target: 'exec: { command: [] }', expected: 'expected the absolute path of a program' },
  { target: 'exec: { command: [/a], environment: ["A=B"] }', expected: 'expected the name of an environment variable' },
  { target: 'exec: { command: [/a], timeoutSeconds: 0 }', expected: 'expected a number, 1 or more' },
  { target: 'exec: { comand: [/a] }', expected: 'unknown field "comand" (did you mean "command"?)' },
  { target: 'directory: { path: "" }', expected: 'expected a directory' },
  { target: 'directory: {}', expected: 'missing: expected a directory, such as /run/vonage-keys' },
  {
    target: 'directory: { path: /a, mode: 0440 }',
    expected: 'expected one of "0400", "0440", "0600", "0640", "0660", in quotes',
  },
  { target: 'directory: { path: /a, mode: "0644" }', expected: 'expected one of "0400"' },
  { target: 'directory: { path: /a, file: key.pem }', expected: 'all applications would have one file' },
  { target: 'directory: { path: /a, file: "{account}.pem" }', expected: 'all applications would have one file' },
  { target: 'directory: { path: /a, file: "{name}.pem" }', expected: '{name} is not known: expected {slug}' },
  { target: 'directory: { path: /a, file: "../{slug}.pem" }', expected: 'without a directory' },
  { target: 'directory: { path: /a, file: "b/{slug}.pem" }', expected: 'without a directory' },
  { target: 'directory: { path: /a, file: "{slug}{.pem" }', expected: 'a brace is not closed' },
  { target: '{}', expected: 'expected { directory: { path: DIR } } or { exec: { command: [PROGRAM] } }' },
  { target: '{ directory: { path: /a }, exec: { command: [/a] } }', expected: 'expected { directory: ' },
  { target: 'vault: {}', expected: 'unknown field "vault"' },
])('$target is a problem', ({ target, expected }) => {
  expect(problemsOf(aFile(deliver(target)))).toEqual([expect.stringContaining(expected)]);
});
