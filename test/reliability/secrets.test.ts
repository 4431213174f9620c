import { readdir, readFile, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import { type Bench, hurriedClock, withEmulator } from '../cli/world.ts';
import { configYaml, until, withDaemon } from '../daemon/running.ts';
import { aConfig, applicationNamed } from './account.ts';

const secrets = {
  apiSecret: 'api-secret-4f1c9e77aa',
  hookSecret: 'hook-secret-0b88d1e2',
  otherHookSecret: 'hook-secret-of-another-writer',
  credential: 'payment-credential-93fa',
  urlPassword: 'url-password-77ab01',
  otherUrlPassword: 'url-password-of-another-writer',
  environmentToken: 'environment-token-99cd',
  formerEnvironmentToken: 'environment-token-of-before',
  proxyPassword: 'proxy-password-31e7',
} as const;
const apiKey = 'a1b2c3d4';

type RunOptions = NonNullable<Parameters<Bench['run']>[1]>;

/** What must be nowhere, with the name it is reported by. */
const forbidden: readonly (readonly [name: string, text: string])[] = [
  ...Object.entries(secrets),
  ['authorization header', Buffer.from(`${apiKey}:${secrets.apiSecret}`).toString('base64')],
  ['authorization header of the wrong secret', Buffer.from(`${apiKey}:wrong-${secrets.apiSecret}`).toString('base64')],
  ['private key', 'PRIVATE KEY-----'],
];

const capabilities = (hookSecret: string, password: string, token: string) => ({
  voice: {
    payments: { gateways: [{ type: 'stripe', mode: 'test', credential: secrets.credential }] },
    webhooks: {
      answer_url: { address: `https://robot:${password}@voice.example.com/answer`, http_method: 'GET' },
      event_url: { address: `https://voice.example.com/event?token=${token}`, http_method: 'POST' },
    },
  },
  video: { webhooks: { archive_status: { address: 'https://video.example.com/', active: true, secret: hookSecret } } },
});

function manifest(name: string, given: object): string {
  return JSON.stringify({ apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name }, spec: given });
}

const ours = { capabilities: capabilities(secrets.hookSecret, secrets.urlPassword, '${HOOK_TOKEN}') };
const theirs = capabilities(secrets.otherHookSecret, secrets.otherUrlPassword, secrets.formerEnvironmentToken);

/** Every command that says or writes something. */
const commands: readonly (readonly string[])[] = [
  ['validate'],
  ['validate', '--format', 'json'],
  ['init', '--ci', 'none'],
  ['fmt', '--check'],
  ['schema', 'config'],
  ['plan'],
  ['plan', '--verbose', '--format', 'markdown', '--out', 'plan.json'],
  ['plan', '--format', 'json'],
  ['apply', '--yes', '--format', 'json'],
  ['apply', 'plan.json', '--yes'],
  ['apply', '--yes'],
  ['run', '--once'],
  ['explain', 'Support'],
  ['doctor'],
  ['keys', 'list', '--format', 'json'],
  ['keys', 'path', 'Support'],
  ['keys', 'check'],
  ['rotate-key', 'Support', '--yes'],
  ['ledger', 'show', '--format', 'json'],
  ['ledger', 'check'],
  ['ledger', 'rebuild', '--yes'],
  ['adopt', 'Support', '--id', '78d335fa-323d-0114-9c3d-d6f0d48968cf', '--yes'],
  ['plan'],
];

/** Commands about manifests that are gone, and about pauses. */
const laterCommands: typeof commands = [
  ['apply', '--yes', '--allow-deletes', '2'],
  ['restore', 'Gone', '--yes'],
  ['release', 'Adopted', '--yes'],
  ['pause', 'Support', '--for', '1h', '--reason', 'INC-42'],
  ['status'],
  ['status', '--format', 'json'],
  ['resume', 'Support'],
  ['ledger', 'show'],
];

async function prepare(bench: Bench): Promise<void> {
  await bench.write('vonage-gitops.yaml', aConfig('environment: [HOOK_TOKEN]', 'policy: sync'));
  await bench.write('apps/support.json', manifest('Support', ours));
  await bench.write('apps/adopted.json', manifest('Adopted', ours));
  await bench.write('apps/gone.json', manifest('Gone', ours));
  bench.emulator.admin.seed([{ name: 'Adopted', capabilities: theirs }]);
}

const environment = { HOOK_TOKEN: secrets.environmentToken };

/** Runs every command with the most talkative log; answers with all that was said. */
async function sayEverything(bench: Bench, options: RunOptions = {}): Promise<string> {
  const said = await sayAll(commands, bench, options);
  for (const file of ['gone', 'adopted']) await rm(join(bench.cwd, `apps/${file}.json`), { force: true });
  return `${said}\n${await sayAll(laterCommands, bench, options)}`;
}

async function sayAll(commandLines: typeof commands, bench: Bench, options: RunOptions): Promise<string> {
  const said: string[] = [];
  for (const command of commandLines) {
    const clock = hurriedClock();
    const { code, stdout, stderr } = await bench.run([...command, '--log-level', 'trace'], {
      clock,
      environment,
      ...options,
    });
    said.push(`$ ${command.join(' ')} -> ${code}`, stdout, stderr);
  }
  return said.join('\n');
}

/**
 * What each file of the state folder, and each saved plan, may hold: nothing that is secret, with three exceptions. Private keys are
 * in `keys`; last good forms are manifests as git has them, placeholders and all; bodies are kept for `restore` as they were.
 */
function allowedIn(path: string): readonly string[] {
  const parts = path.split(sep);
  if (parts.includes('keys') && path.endsWith('.pem')) return ['private key'];
  if (parts.includes('last-good')) return ['hookSecret', 'credential', 'urlPassword'];
  if (parts.includes('bodies'))
    return Object.keys(secrets).filter((name) => !['apiSecret', 'proxyPassword'].includes(name));
  return [];
}

async function leaksInFiles({ cwd }: Bench): Promise<readonly string[]> {
  const paths = await readdir(cwd, { recursive: true, withFileTypes: true });
  const files = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const leaks = files
    .filter((file) => !file.startsWith(join(cwd, 'apps')))
    .map(async (file) => {
      const allowed = allowedIn(file);
      const found = leaksIn(await readFile(file, 'utf8')).filter((leak) => !allowed.includes(leak.split(':')[0] ?? ''));
      return found.map((leak) => `${file}: ${leak}`);
    });
  return (await Promise.all(leaks)).flat();
}

/** Where a secret is, with what stands around it. */
function leaksIn(text: string): readonly string[] {
  return forbidden.flatMap(([name, secret]) => {
    const at = text.indexOf(secret);
    return at < 0 ? [] : [`${name}: …${text.slice(Math.max(0, at - 300), at)}‹HERE›`];
  });
}

const faults: readonly {
  readonly title: string;
  readonly rules: readonly FaultRule[];
  readonly options?: RunOptions;
}[] = [
  { title: 'no fault', rules: [] },
  {
    title: 'lost responses to creates',
    rules: [{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-after' } }],
  },
  {
    title: 'truncated answers',
    rules: ['GET', 'POST', 'PUT'].map((verb) => ({ match: { verb, times: 2 }, action: { kind: 'truncate' } })),
  },
  { title: 'errors of the server', rules: [{ match: { after: 3 }, action: { kind: 'status', status: 500 } }] },
  { title: 'pages of a gateway', rules: [{ match: { after: 5 }, action: { kind: 'html', status: 502 } }] },
  { title: 'refused writes', rules: [{ match: { verb: 'PUT' }, action: { kind: 'status', status: 400 } }] },
  { title: 'forbidden', rules: [{ match: { after: 1 }, action: { kind: 'status', status: 403 } }] },
  {
    title: 'wrong credentials',
    rules: [],
    options: { environment: { ...environment, VONAGE_API_SECRET: `wrong-${secrets.apiSecret}` } },
  },
  {
    title: 'a server that is not there',
    rules: [],
    options: { environment: { ...environment, VONAGE_API_URL: 'http://127.0.0.1:9' } },
  },
  {
    title: 'a proxy that is not there',
    rules: [],
    options: {
      environment: {
        ...environment,
        VONAGE_API_URL: 'https://api.nexmo.com',
        HTTPS_PROXY: `http://robot:${secrets.proxyPassword}@127.0.0.1:9`,
      },
    },
  },
];

test.each(faults)('no secret is said or kept by any command at log level trace: $title', ({ rules, options }) =>
  withEmulator(
    async (bench) => {
      await prepare(bench);
      bench.emulator.admin.faults(rules);

      const said = await sayEverything(bench, options);

      expect(leaksIn(said)).toEqual([]);
      expect(await leaksInFiles(bench)).toEqual([]);
    },
    { apiKey, apiSecret: secrets.apiSecret },
  ),
);

const asked = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/v1/status',
  '/api/v1/accounts/main',
  '/api/v1/accounts/main/applications/Support',
  '/api/v1/plan',
  '/api/v1/history',
];

test('nor by a daemon: in its log, its responses, its metrics, while all is well and while it is locked out', () =>
  withEmulator(
    async (bench) => {
      await prepare(bench);
      await bench.write(
        'vonage-gitops.yaml',
        configYaml({ account: '    environment: [HOOK_TOKEN]\n    onDrift: report' }),
      );
      const said: string[] = [];
      await withDaemon(
        bench,
        async (daemon) => {
          const askAll = async () => {
            said.push((await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' })).text);
            for (const path of asked) said.push((await daemon.ask(path)).text);
          };
          await until(async () => (await daemon.ask('/readyz')).status === 200);
          const support = applicationNamed(bench, 'Support');
          bench.emulator.admin.put(String(support.id), { name: 'Support', capabilities: theirs });
          await askAll();
          bench.emulator.admin.faults([{ match: {}, action: { kind: 'status', status: 401 } }]);
          await askAll();
          said.push(daemon.context.stderr(), daemon.context.stdout());
        },
        { environment, args: ['--log-level', 'trace'] },
      );

      expect(said.join('\n')).toContain('(sensitive)');
      expect(said.join('\n')).toContain('E_API_UNAUTHORIZED');
      expect(leaksIn(said.join('\n'))).toEqual([]);
      expect(await leaksInFiles(bench)).toEqual([]);
    },
    { apiKey, apiSecret: secrets.apiSecret },
  ));

test('nor where manifests, plans and the ledger are damaged', () =>
  withEmulator(
    async (bench) => {
      await prepare(bench);
      await bench.run(['apply', '--yes', '--allow-removals', 'Adopted'], { environment });
      const text = manifest('Support', ours);
      await bench.write('apps/support.json', text.replace('"http_method":"POST"', '"http_method":"SECRET"'));
      await bench.write('apps/adopted.json', text.slice(0, -40));
      const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----\n';
      await bench.write('apps/private.json', manifest('Private', { keys: { public_key: pem } }));
      await bench.write('apps/stolen.json', manifest('Stolen', { keys: { public_key: secrets.apiSecret } }));
      await bench.write('apps/borrowed.yaml', 'kind: Application\nmetadata: { name: "${VONAGE_API_SECRET}" }\n');
      const broken = await sayEverything(bench);
      await bench.write('state/main/ledger.json', `{"entries":[{"secret":"${secrets.hookSecret}"`);
      const damaged = await sayEverything(bench);

      expect(leaksIn(`${broken}${damaged}`)).toEqual([]);
      expect(broken).toContain('-> 5');
      expect(damaged).toContain('E_LEDGER_CORRUPT');
    },
    { apiKey, apiSecret: secrets.apiSecret },
  ));

test('what is looked for was there to be found', () =>
  withEmulator(
    async (bench) => {
      await prepare(bench);

      const said = await sayEverything(bench);

      expect(JSON.stringify(applicationNamed(bench, 'Support'))).toContain(secrets.environmentToken);
      expect(JSON.stringify(applicationNamed(bench, 'Support'))).toContain(secrets.hookSecret);
      for (const done of ['restore Gone --yes', 'release Adopted --yes']) expect(said).toContain(`$ ${done} -> 0`);
      expect(said).toContain('request ended');
      expect(said).toContain('(sensitive)');
      expect(leaksIn(`${secrets.credential} in a text`)).toHaveLength(1);
    },
    { apiKey, apiSecret: secrets.apiSecret },
  ));
