import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApplicationId, parseApplicationId } from '../../../src/core/application/application.ts';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import type { Delivery } from '../../../src/core/ledger/deliveries.ts';

/** A few key pairs for all tests, for making one takes long. */
const pairs = [0, 1, 2].map(() =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }),
);

/** The id of an application. */
export function anId(nth = 1): ApplicationId {
  const id = parseApplicationId(`78d335fa-323d-0114-9c3d-${String(nth).padStart(12, '0')}`);
  if (id === undefined) throw new Error('not an id');
  return id;
}

/** A directory that is gone after the test. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-delivery-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The nth key pair, its private key in a file of its own. */
export async function aKey(nth = 0) {
  const { publicKey = '', privateKey: privatePem = '' } = pairs[nth] ?? {};
  const fingerprint = fingerprintOf(publicKey) ?? '';
  const privateKeyFile = join(await aFolder(), `${fingerprint}.pem`);
  await writeFile(privateKeyFile, privatePem, { mode: 0o600 });
  return { fingerprint, privatePem, privateKeyFile };
}

/** What the ledger says of a key at a target. */
export function aDelivery(target: string, fingerprint: string, rest: Partial<Delivery> = {}): Delivery {
  return { target, fingerprint, name: 'Support line', phase: 'active', at: 0, ...rest };
}
