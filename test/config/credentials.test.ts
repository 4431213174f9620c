import { describe, expect, test } from 'vitest';
import { account, aFile, load } from './load.ts';

const secret = { VONAGE_API_SECRET: 'secret' };

describe('credentials', () => {
  test('are not needed until they are asked for', () => {
    const config = load({});

    expect(() => account(config).credentials()).toThrow(
      'default: no API key. Set VONAGE_API_KEY, or VONAGE_API_KEY_FILE to the path of a file that holds it',
    );
  });

  test.each([
    { title: 'from the environment', environment: { VONAGE_API_KEY: 'k1', ...secret } },
    { title: 'from a file the environment names', environment: { VONAGE_API_KEY_FILE: 'key', ...secret } },
    {
      title: 'from that file while the variable is empty',
      environment: { VONAGE_API_KEY: '', VONAGE_API_KEY_FILE: '/srv/key', ...secret },
    },
  ])('come $title, without the newline at their end', ({ environment }) => {
    const config = load({ environment, files: { '/srv/key': 'k1\n' } });

    expect(account(config).credentials()).toEqual({ key: 'k1', secret: 'secret' });
  });

  test('come from a file beside the configuration', () => {
    const lines = ['name: main', 'manifests: .', 'apiKey: { file: secrets/key }', 'apiSecret: { env: OTHER }'];
    const files = { '/srv/deploy/secrets/key': 'k1\r\n' };

    const config = load({ text: aFile(lines), path: 'deploy/v.yaml', environment: { OTHER: 'o' }, files });

    expect(account(config).credentials()).toEqual({ key: 'k1', secret: 'o' });
    expect(config.secretFiles).toEqual(['/srv/deploy/secrets/key']);
  });

  test('are read afresh each time, so that a rotated one is seen', () => {
    const files = { '/srv/key': 'old' };
    const config = load({ environment: { VONAGE_API_KEY_FILE: 'key', ...secret }, files });
    expect(account(config).credentials().key).toBe('old');

    files['/srv/key'] = 'new';

    expect(account(config).credentials().key).toBe('new');
    expect(config.secretValues()).toEqual(['new', 'secret']);
  });

  test.each([
    { title: 'missing', files: {}, expected: /the file \/srv\/key, which cannot be read: ENOENT/ },
    { title: 'empty', files: { '/srv/key': '\n' }, expected: /the file \/srv\/key, which is empty/ },
  ])('whose file is $title are missing, with the remedy', ({ files, expected }) => {
    const config = load({ environment: { VONAGE_API_KEY_FILE: 'key', ...secret }, files });

    expect(() => account(config).credentials()).toThrow(expected);
    expect(() => account(config).credentials()).toThrow(expect.objectContaining({ code: 'E_CREDENTIALS_MISSING' }));
  });

  test('never show in the configuration itself', () => {
    const config = load({ environment: { VONAGE_API_KEY: 'hunter2', VONAGE_API_SECRET: 'hunter3' } });

    expect(JSON.stringify(config)).not.toMatch(/hunter/);
    expect(config.secretValues()).toEqual(['hunter2', 'hunter3']);
  });
});

test('variables that hold credentials, or name their files, are known', () => {
  const config = load({ text: aFile(['name: main', 'manifests: .', 'apiKey: { env: KEY }']) });

  expect([...config.credentialVariables].toSorted()).toEqual([
    'KEY',
    'KEY_FILE',
    'VONAGE_API_KEY',
    'VONAGE_API_KEY_FILE',
    'VONAGE_API_SECRET',
    'VONAGE_API_SECRET_FILE',
    'VONAGE_GITOPS_DAEMON_TOKEN',
    'VONAGE_GITOPS_DAEMON_TOKEN_FILE',
  ]);
});

test.each([
  { allowed: '', hosts: [] },
  { allowed: 'a.example, Proxy.example:8443,', hosts: ['a.example', 'proxy.example:8443'] },
])('the environment alone allows hosts beyond our own: $allowed', ({ allowed, hosts }) => {
  const text = aFile(['name: main', 'manifests: .', 'apiUrl: https://elsewhere.example']);

  const { allowedHosts } = account(load({ text, environment: { VONAGE_ALLOWED_API_HOSTS: allowed } }));

  expect(allowedHosts).toEqual(hosts);
});
