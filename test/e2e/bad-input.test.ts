import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, type Ended, manifestYaml, withEmulator } from '../cli/world.ts';

const good = manifestYaml('Good', '{ capabilities: { vbc: {} } }');
const config = (url: string, more = '') => `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    apiUrl: ${url}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
${more}`;

/** One kind of bad input: how it comes about, which command meets it, and what a person is told. */
interface BadInput {
  readonly title: string;
  readonly prepare: (bench: Bench) => Promise<unknown>;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly code: number;
  /** All of it must be said on stderr: the place, the thing, the remedy. */
  readonly says: readonly string[];
}

const apply = ['apply', 'apps', '--yes'];
const manifest = (text: string) => (bench: Bench) => bench.write('apps/bad.yaml', text);

const badInputs: readonly BadInput[] = [
  {
    title: 'YAML that cannot be parsed',
    prepare: manifest('apiVersion: vonage-gitops/v1\nkind: [Application\n'),
    code: 5,
    says: ['apps/bad.yaml:', 'E_MANIFEST_INVALID', '--keep-going'],
  },
  {
    title: 'a misspelt field',
    prepare: manifest(manifestYaml('Bad', '{ capabilities: { voice: { webhook: {} } } }')),
    code: 5,
    says: ['apps/bad.yaml:5:', 'webhook', 'did you mean', 'webhooks'],
  },
  {
    title: 'a wrong type',
    prepare: manifest(manifestYaml('Bad', '{ capabilities: { voice: { signed_callbacks: "yes" } } }')),
    code: 5,
    says: ['apps/bad.yaml:5:', 'signed_callbacks', 'true or false'],
  },
  {
    title: 'a value out of its range',
    prepare: manifest(
      manifestYaml(
        'Bad',
        '{ capabilities: { voice: { webhooks: { answer_url: { address: "https://a.example.com/", connect_timeout: 5 } } } } }',
      ),
    ),
    code: 5,
    says: ['connect_timeout', '300', '1000'],
  },
  {
    title: 'an unknown enum value',
    prepare: manifest(manifestYaml('Bad', '{ capabilities: { voice: { region: mars } } }')),
    code: 5,
    says: ['region', 'mars', 'eu-west'],
  },
  {
    title: 'a missing name',
    prepare: manifest('apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: {}\nspec: {}\n'),
    code: 5,
    says: ['apps/bad.yaml:3:', 'name'],
  },
  {
    title: 'a duplicate key',
    prepare: manifest('apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: A }\nspec: {}\nspec: {}\n'),
    code: 5,
    says: ['apps/bad.yaml:5:1'],
  },
  {
    title: 'two manifests with one name',
    prepare: async ({ write }) => {
      await write('apps/one.yaml', manifestYaml('Twin'));
      await write('apps/two.yaml', manifestYaml('Twin'));
    },
    code: 5,
    says: ['apps/one.yaml:4:9', 'apps/two.yaml:4:9', 'Twin'],
  },
  {
    title: 'a file that is no manifest',
    prepare: ({ write }) => write('apps/package.json', '{ "name": "web", "version": "1.0.0" }'),
    code: 5,
    says: ['apps/package.json:', 'exclude'],
  },
  {
    title: 'an alias bomb',
    prepare: manifest(
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    ),
    code: 5,
    says: ['apps/bad.yaml:'],
  },
  {
    title: 'text that is not UTF-8',
    prepare: async ({ cwd }) => {
      await mkdir(join(cwd, 'apps'), { recursive: true });
      await writeFile(join(cwd, 'apps/bad.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]));
    },
    code: 5,
    says: ['apps/bad.yaml:1:1', 'UTF-8'],
  },
  {
    title: 'a link that leaves the directory',
    prepare: async ({ cwd, write }) => {
      await write('elsewhere.yaml', good);
      await mkdir(join(cwd, 'apps'), { recursive: true });
      await symlink('../elsewhere.yaml', join(cwd, 'apps/bad.yaml'));
    },
    code: 5,
    says: ['apps/bad.yaml:1:1'],
  },
  {
    title: 'an undefined variable',
    prepare: manifest(
      manifestYaml('Bad', '{ capabilities: { voice: { webhooks: { answer_url: { address: "https://${HOST}/" } } } } }'),
    ),
    code: 5,
    says: ['apps/bad.yaml:5:', 'HOST', 'variables'],
  },
  {
    title: 'a credential in a manifest',
    prepare: manifest(
      manifestYaml(
        'Bad',
        '{ capabilities: { voice: { webhooks: { answer_url: { address: "https://a.example.com/${VONAGE_API_SECRET}" } } } } }',
      ),
    ),
    code: 5,
    says: ['apps/bad.yaml:5:', 'VONAGE_API_SECRET'],
  },
  {
    title: 'a private key in a manifest',
    prepare: manifest(
      manifestYaml(
        'Bad',
        '{ keys: { public_key: "-----BEGIN PRIVATE KEY-----\\nMIIabcdefgh\\n-----END PRIVATE KEY-----" } }',
      ),
    ),
    code: 5,
    says: ['apps/bad.yaml:5:', 'private key'],
  },
  {
    title: 'a missing directory',
    prepare: async () => undefined,
    code: 5,
    says: ['apps', 'E_SOURCE_UNREADABLE', 'Nothing was changed'],
  },
  {
    title: 'a file where the directory should be',
    prepare: ({ write }) => write('apps', 'text'),
    args: ['plan', 'apps'],
    code: 5,
    says: ['E_SOURCE_UNREADABLE'],
  },
  {
    title: 'wrong credentials',
    prepare: manifest(good),
    environment: { VONAGE_API_SECRET: 'something-else' },
    code: 1,
    says: ['E_API_UNAUTHORIZED', '401', 'VONAGE_API_SECRET'],
  },
  {
    title: 'no credentials',
    prepare: manifest(good),
    environment: { VONAGE_API_KEY: '' },
    code: 5,
    says: ['E_CREDENTIALS_MISSING', 'VONAGE_API_KEY'],
  },
  {
    title: 'an address nobody answers at',
    prepare: manifest(good),
    environment: { VONAGE_API_URL: 'http://127.0.0.1:9' },
    code: 1,
    says: ['E_API_UNREACHABLE', '127.0.0.1:9'],
  },
  {
    title: 'an address credentials must not go to',
    prepare: manifest(good),
    environment: { VONAGE_API_URL: 'https://vonage.example.org' },
    code: 5,
    says: ['E_HOST_REFUSED', 'VONAGE_ALLOWED_API_HOSTS'],
  },
  {
    title: 'an address that is none',
    prepare: manifest(good),
    environment: { VONAGE_API_URL: 'not an address' },
    code: 5,
    says: ['E_CONFIG_INVALID', 'VONAGE_API_URL'],
  },
  {
    title: 'an unknown key in the configuration',
    prepare: async ({ emulator, write }) => {
      await write('apps/good.yaml', good);
      await write('vonage-gitops.yaml', config(emulator.url, '    polcy: sync\n'));
    },
    args: ['apply', '--yes'],
    code: 5,
    says: ['vonage-gitops.yaml:9:5', 'polcy', 'policy'],
  },
  {
    title: 'a secret in the configuration',
    prepare: async ({ emulator, write }) => {
      await write('apps/good.yaml', good);
      await write(
        'vonage-gitops.yaml',
        config(emulator.url).replace('{ env: VONAGE_API_SECRET }', 'very-secret-value'),
      );
    },
    args: ['apply', '--yes'],
    code: 5,
    says: ['vonage-gitops.yaml:8:', 'apiSecret'],
  },
  {
    title: 'an account that does not exist',
    prepare: async ({ emulator, write }) => {
      await write('apps/good.yaml', good);
      await write('vonage-gitops.yaml', config(emulator.url));
    },
    args: ['apply', '--yes', '--account', 'other'],
    code: 5,
    says: ['E_USAGE', 'other', 'main'],
  },
  {
    title: 'a configuration file that is not there',
    prepare: manifest(good),
    args: ['plan', '--config', 'nowhere.yaml'],
    code: 5,
    says: ['nowhere.yaml', 'E_CONFIG_INVALID'],
  },
  {
    title: 'an unknown option',
    prepare: manifest(good),
    args: ['plan', 'apps', '--fast'],
    code: 5,
    says: ['--fast', '--help'],
  },
  {
    title: 'a number that is none',
    prepare: manifest(good),
    args: ['plan', 'apps', '--allow-deletes', 'many'],
    code: 5,
    says: ['--allow-deletes', 'whole number'],
  },
  {
    title: 'a selector that is none',
    prepare: manifest(good),
    args: ['plan', 'apps', '--selector', 'team'],
    code: 5,
    says: ['--selector team', 'team=support'],
  },
  {
    title: 'a plan file that is none',
    prepare: async ({ write }) => {
      await write('apps/good.yaml', good);
      await write('plan.json', '{"format":"something else"}');
    },
    args: ['apply', 'plan.json', '--yes'],
    code: 5,
    says: ['plan.json', 'E_PLAN_FILE_INVALID', 'plan --out'],
  },
  {
    title: 'a ledger that cannot be parsed',
    prepare: async ({ write }) => {
      await write('apps/good.yaml', good);
      await write('state/default/ledger.json', '{"format":"vonage-gitops.led');
    },
    code: 1,
    says: ['E_LEDGER_CORRUPT', 'ledger.json', 'rebuild'],
  },
  {
    title: 'a state directory that cannot be written',
    prepare: async ({ write }) => {
      await write('apps/good.yaml', good);
      await write('state', 'a file where the directory should be');
    },
    code: 1,
    says: ['E_STATE_UNUSABLE', 'state'],
  },
];

test.each(badInputs)('$title is told with place and remedy, and nothing is changed', async (bad) => {
  await withEmulator(async (bench) => {
    await bad.prepare(bench);

    const ended = await bench.run(bad.args ?? apply, { environment: bad.environment ?? {} });

    expectTold(ended, bad);
    expect(bench.emulator.admin.counts().writes).toBe(0);
  });
});

function expectTold({ code, stdout, stderr }: Ended, { code: expected, says }: BadInput): void {
  for (const words of says) expect(stderr).toContain(words);
  expect(code).toBe(expected);
  expect(`${stdout}${stderr}`).not.toMatch(/emulator-secret|something-else|very-secret-value|MIIabcdefgh|\n {4}at /);
}

test('a gateway that answers with HTML is told apart from the API', async () => {
  const gateway = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in</body></html>');
  });
  await listening(gateway);
  try {
    await withEmulator(async ({ run, write }) => {
      await write('apps/good.yaml', good);
      const { port } = gateway.address() as AddressInfo;

      const { code, stderr } = await run(apply, { environment: { VONAGE_API_URL: `http://127.0.0.1:${port}` } });

      expect(stderr).toContain('E_API_RESPONSE_UNREADABLE');
      expect(stderr).toContain('Please log in');
      expect(stderr).toContain('VONAGE_API_URL');
      expect(code).toBe(1);
    });
  } finally {
    gateway.close();
  }
});

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

test('a ledger of another account is refused, and left as it is', async () => {
  await withEmulator(async ({ emulator, run, state, write }) => {
    await write('apps/good.yaml', good);
    await run(apply);
    const before = await readFile(join(state, 'default/ledger.json'), 'utf8');
    const other = { VONAGE_API_URL: emulator.url.replace('127.0.0.1', 'localhost') };

    const { code, stderr } = await run(apply, { environment: other });

    expect(stderr).toContain('E_LEDGER_OTHER_ACCOUNT');
    expect(stderr).toContain('--state');
    expect(code).toBe(1);
    expect(await readFile(join(state, 'default/ledger.json'), 'utf8')).toBe(before);
    expect(emulator.admin.counts().POST).toBe(1);
  });
});

test('invalid manifests hold back nothing but themselves with --keep-going', async () => {
  await withEmulator(async ({ emulator, run, write }) => {
    await write('apps/good.yaml', good);
    await write('apps/bad.yaml', 'kind: [');

    const { code, stdout } = await run([...apply, '--keep-going']);

    expect(stdout).toContain('Done: 1 applied (1 created).');
    expect(code).toBe(3);
    expect(emulator.admin.applications().map(({ name }) => name)).toEqual(['Good']);
  });
});

test('state is for its owner alone', async () => {
  await withEmulator(async ({ run, state, write }) => {
    await write('apps/good.yaml', good);

    await run(apply);

    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state, 'default/ledger.json'))).mode & 0o777).toBe(0o600);
  });
});
