import { describe, expect, test } from 'vitest';
import { keyDirectory } from '../../src/config/account.ts';
import { defaultPolicy } from '../../src/core/plan/policy.ts';
import { account, aFile, load } from './load.ts';

describe('without a file', () => {
  test('there is one account, named default, from the environment', () => {
    const config = load({
      environment: { VONAGE_API_KEY: 'key', VONAGE_API_SECRET: 'secret', VONAGE_API_URL: 'http://127.0.0.1:4010/' },
      directory: 'apps',
    });

    expect(config.file).toBeUndefined();
    expect(config.accounts).toHaveLength(1);
    expect(config.accounts[0]).toMatchObject({
      name: 'default',
      manifests: '/srv/apps',
      apiUrl: 'http://127.0.0.1:4010',
    });
    expect(account(config).credentials()).toEqual({ key: 'key', secret: 'secret' });
  });

  test('the directory is the working directory and the address the public one unless told otherwise', () => {
    const config = load({ environment: { VONAGE_API_URL: '' } });

    expect(account(config)).toMatchObject({ manifests: '/srv', apiUrl: 'https://api.nexmo.com' });
  });

  test('the policy is the default one', () => {
    expect(account(load({})).policy).toEqual({ ...defaultPolicy, newSource: 'confirm' });
  });

  test.each(['nonsense', 'ftp://x', 'https://user:hunter2@api.nexmo.com', 'https://x/?k=hunter2'])(
    'the address %s is refused without being printed',
    (VONAGE_API_URL) => {
      const loading = () => load({ environment: { VONAGE_API_URL } });

      expect(loading).toThrow(/VONAGE_API_URL: expected an http or https URL/);
      expect(loading).not.toThrow(/hunter2/);
    },
  );
});

describe('with a file', () => {
  test('paths are relative to the file', () => {
    const config = load({ text: aFile(['name: main', 'manifests: apps/main']), path: 'deploy/vonage-gitops.yaml' });

    expect(config.file).toBe('/srv/deploy/vonage-gitops.yaml');
    expect(account(config).manifests).toBe('/srv/deploy/apps/main');
  });

  test('what it leaves out has the defaults', () => {
    const entry = account(load({ text: aFile(['name: main', 'manifests: .']) }));

    expect(entry.policy).toEqual(defaultPolicy);
    expect(entry).toMatchObject({
      apiUrl: 'https://api.nexmo.com',
      requestsPerSecond: 10,
      concurrency: 4,
      maxPages: 1000,
      requestTimeoutMs: 30_000,
      passthroughCapabilities: [],
      variables: {},
      environmentNames: [],
      exclude: [],
      keysDirectory: undefined,
      schedule: { kind: 'interval', seconds: 300, jitterPercent: 10 },
    });
  });

  test('everything it says is heard', () => {
    const lines = [
      'name: main',
      'manifests: .',
      'policy: sync',
      'adoption: explicit',
      'undeclaredCapabilities: keep',
      'deletionPolicy: protect',
      'onDrift: report',
      'onCommit: plan',
      'allowEmpty: true',
      'inUse: require',
      'keys: { mode: required, directory: my-keys }',
      'deletes: { max: 1, maxPercent: 2, per24h: 3 }',
      'updates: { maxPercent: 4 }',
      'creates: { settleSeconds: 0.5 }',
      'requestTimeoutSeconds: 2.5',
      'limits: { pages: 7 }',
      'scope: { names: ["a-*"] }',
      'environment: [HOST, UNSET]',
      'schedule: "*/5 * * * *"',
      'timezone: Europe/Vienna',
    ];

    const entry = account(load({ text: aFile(lines), environment: { HOST: 'h' } }));

    expect(entry.policy).toEqual({
      newSource: 'follow',
      policy: 'sync',
      adoption: 'explicit',
      undeclaredCapabilities: 'keep',
      deletionPolicy: 'protect',
      keysMode: 'required',
      onDrift: 'report',
      onCommit: 'plan',
      allowEmpty: true,
      scopeNames: ['a-*'],
      inUse: 'require',
      deletes: { max: 1, maxPercent: 2, per24h: 3 },
      updates: { maxPercent: 4 },
      creates: { settleSeconds: 0.5 },
    });
    expect(entry.requestTimeoutMs).toBe(2500);
    expect(entry.maxPages).toBe(7);
    expect(entry).toMatchObject({ environmentNames: ['HOST', 'UNSET'], environmentValues: { HOST: 'h' } });
    expect(entry.schedule).toEqual({ kind: 'schedule', cron: '*/5 * * * *', timezone: 'Europe/Vienna' });
    expect(keyDirectory(entry, '/state')).toBe('/state/my-keys');
  });

  test('an interval may leave out its parts', () => {
    const entry = account(load({ text: aFile(['name: main', 'manifests: .', 'interval: { seconds: 60 }']) }));

    expect(entry.schedule).toEqual({ kind: 'interval', seconds: 60, jitterPercent: 10 });
  });

  test('the environment beats its address', () => {
    const text = aFile(['name: main', 'manifests: .', 'apiUrl: https://api-eu.vonage.com']);

    expect(account(load({ text })).apiUrl).toBe('https://api-eu.vonage.com');
    expect(account(load({ text, environment: { VONAGE_API_URL: 'http://localhost:1' } })).apiUrl).toBe(
      'http://localhost:1',
    );
  });

  test.each([
    { title: 'an account at Vonage', expected: 'https://rest.nexmo.com' },
    { title: 'a region of it', apiUrl: 'https://api-eu.vonage.com', expected: 'https://rest.nexmo.com' },
    { title: 'a host that only looks like it', apiUrl: 'https://notnexmo.com', expected: 'https://notnexmo.com' },
    { title: 'an emulator', apiUrl: 'http://127.0.0.1:4710/x', expected: 'http://127.0.0.1:4710' },
    { title: 'the file', restUrl: 'https://rest-eu.nexmo.com/', expected: 'https://rest-eu.nexmo.com' },
    { title: 'the environment', restUrl: 'https://a.nexmo.com', rest: 'http://[::1]:1/', expected: 'http://[::1]:1' },
    {
      title: 'an emulator of the environment, whatever the file says',
      restUrl: 'https://rest.nexmo.com',
      api: 'http://localhost:1',
      expected: 'http://localhost:1',
    },
  ])('numbers are asked for where $title says', ({ apiUrl, restUrl, api, rest, expected }) => {
    const urls = Object.entries({ apiUrl, restUrl }).flatMap(([key, url]) =>
      url === undefined ? [] : [`${key}: ${url}`],
    );
    const environment = {
      ...(api === undefined ? {} : { VONAGE_API_URL: api }),
      ...(rest === undefined ? {} : { VONAGE_REST_URL: rest }),
    };

    const entry = account(load({ text: aFile(['name: main', 'manifests: .', ...urls]), environment }));

    expect(entry.restUrl).toBe(expected);
  });

  test('private keys are kept in the state directory unless it says otherwise', () => {
    expect(keyDirectory(account(load({})), '/state')).toBe('/state/default/keys');
  });
});

test('the daemon has defaults', () => {
  expect(load({}).daemon).toEqual({
    listen: { host: '127.0.0.1', port: 8080 },
    hosts: [],
    token: undefined,
    readToken: undefined,
    syncToken: undefined,
    approveToken: undefined,
    shutdownSeconds: 10,
    watch: { mode: 'auto', quietMs: 500, pollSeconds: 5 },
    notifications: [],
  });
});

test('the daemon hears what the file says', () => {
  const daemon = [
    'listen: "[::1]:0"',
    'hosts: [GitOps.Example]',
    'token: { env: TOKEN }',
    'readToken: { file: read-token }',
    'syncToken: { env: SYNC }',
    'approveToken: { env: APPROVE }',
    'notifications:',
    '  - { kind: webhook, url: { env: HOOK }, secret: { env: HOOK_SECRET }, events: [failed] }',
    '  - { kind: slack, url: { file: slack } }',
  ];
  const text = `${aFile(['name: main', 'manifests: .'])}daemon:\n${daemon.map((line) => `  ${line}\n`).join('')}`;
  const environment = { TOKEN: 't', SYNC: 's', APPROVE: 'a', HOOK: 'https://hook', HOOK_SECRET: 'hs' };

  const config = load({ text, environment, files: { '/srv/read-token': 'r\n', '/srv/slack': 'https://slack\r\n' } });

  const [webhook, slack] = config.daemon.notifications;
  expect(config.daemon.listen).toEqual({ host: '::1', port: 0 });
  expect(config.daemon.hosts).toEqual(['gitops.example']);
  expect(config.daemon.token?.read()).toBe('t');
  expect(config.daemon.readToken?.read()).toBe('r');
  expect(config.daemon.syncToken?.read()).toBe('s');
  expect(config.daemon.approveToken?.read()).toBe('a');
  expect([webhook?.kind, webhook?.url.read(), webhook?.secret?.read(), webhook?.events]).toEqual([
    'webhook',
    'https://hook',
    'hs',
    ['failed'],
  ]);
  expect([slack?.kind, slack?.url.read(), slack?.secret, slack?.events]).toEqual([
    'slack',
    'https://slack',
    undefined,
    undefined,
  ]);
  expect(config.secretValues()).toEqual(['t', 'r', 's', 'a', 'https://hook', 'hs', 'https://slack']);
  expect(config.secretFiles).toEqual(['/srv/read-token', '/srv/slack']);
});
