import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultAction, FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import { type Bench, manifestYaml } from '../cli/world.ts';

/** A configuration file with one account named main, quick to give up and to settle, and further settings as YAML lines. */
export function aConfig(...settings: readonly string[]): string {
  const settle = settings.some((setting) => setting.startsWith('creates:'))
    ? []
    : ['    creates: { settleSeconds: 0.3 }'];
  const lines = [
    'apiVersion: vonage-gitops/v1',
    'kind: Config',
    'accounts:',
    '  - name: main',
    '    manifests: apps',
    '    requestsPerSecond: 1000',
    '    requestTimeoutSeconds: 1',
    ...settle,
    ...settings.map((setting) => `    ${setting}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The spec of an application with one voice webhook. */
export function answering(address: string): string {
  return `{ capabilities: { voice: { webhooks: { event_url: { address: "${address}", http_method: POST } } } } }`;
}

/** Writes the configuration and a manifest for each name, in a file of its own. */
export async function writeAccount({ write }: Bench, names: readonly string[], ...settings: string[]): Promise<void> {
  await write('vonage-gitops.yaml', aConfig(...settings));
  await write('apps/.keep', '');
  for (const name of names)
    await write(`apps/${name}.yaml`, manifestYaml(name, answering(`https://${name}.example.com/`)));
}

/** The same fault for so many requests of a verb, below this path; all of them if not given. */
export function always(verb: string, action: FaultAction, path?: string): FaultRule {
  return { match: { verb, ...(path === undefined ? {} : { path }) }, action };
}

/** The same fault for the first so many requests of a verb. */
export function first(times: number, verb: string, action: FaultAction): FaultRule {
  return { match: { verb, times }, action };
}

/** Names of the applications in the account, in order. */
export function namesIn({ emulator }: Bench): readonly string[] {
  return emulator.admin.applications().map(({ name }) => name);
}

/** The one application of this name. */
export function applicationNamed({ emulator }: Bench, name: string) {
  const [found, ...others] = emulator.admin.applications().filter((application) => application.name === name);
  if (found === undefined || others.length > 0)
    throw new Error(`${others.length + Number(!!found)} applications: ${name}`);
  return found;
}

/** Fingerprints of the private keys in the key folder. */
export async function keysIn({ state }: Bench, account = 'main'): Promise<readonly string[]> {
  const files = await readdir(join(state, account, 'keys')).catch(() => []);
  return files.filter((name) => name.endsWith('.pem')).sort();
}

/** Names of the applications for which no private key in the folder signs what their live public key verifies. */
export async function namesWithoutKey(bench: Bench, account = 'main'): Promise<readonly string[]> {
  const folder = join(bench.state, account, 'keys');
  const pems = await Promise.all((await keysIn(bench, account)).map((file) => readFile(join(folder, file), 'utf8')));
  return bench.emulator.admin
    .applications()
    .filter(({ keys }) => !pems.some((pem) => isPair(pem, keys.public_key ?? '')))
    .map(({ name }) => name);
}

function isPair(privatePem: string, publicPem: string): boolean {
  const challenge = randomBytes(32);
  return verify(
    'sha256',
    challenge,
    createPublicKey(publicPem),
    sign('sha256', challenge, createPrivateKey(privatePem)),
  );
}

/** The ledger file of an account, parsed. */
export async function ledgerOf({ state }: Bench, account = 'main') {
  return JSON.parse(await readFile(join(state, account, 'ledger.json'), 'utf8'));
}
