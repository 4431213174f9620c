/** Counts afterwards, with nothing of the program's own code: what the account has against what the state folder says. */
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveApplication, SeenRequest } from './torture-account.ts';

/** What is looked at. */
export interface Evidence {
  readonly names: readonly string[];
  readonly live: readonly LiveApplication[];
  readonly requests: readonly SeenRequest[];
  /** Ids of applications of others that no other writer has touched, and what they were. */
  readonly untouched: ReadonlyMap<string, string>;
  /** Folder of the account in the state folder. */
  readonly state: string;
}

interface LedgerDocument {
  readonly entries: readonly { readonly id: string; readonly name: string; readonly keyFingerprint?: string }[];
  readonly intents: readonly unknown[];
  readonly deletes: readonly unknown[];
  readonly retired: readonly { readonly fingerprint: string }[];
}

/** Everything that is not as it must be; empty when all is well. */
export function findings(evidence: Evidence): readonly string[] {
  const ledger: LedgerDocument = JSON.parse(readFileSync(join(evidence.state, 'ledger.json'), 'utf8'));
  return [
    ...countsOf(evidence),
    ...keysOf(evidence),
    ...ledgerFindings(evidence, ledger),
    ...strayFiles(evidence, ledger),
    ...othersTouched(evidence),
  ];
}

/** Exactly one application for each manifest. */
function countsOf({ names, live }: Evidence): readonly string[] {
  return names.flatMap((name) => {
    const count = live.filter((application) => application.name === name).length;
    return count === 1 ? [] : [`${name}: ${count} applications`];
  });
}

/** The private key in the folder signs what the live public key verifies. */
function keysOf({ names, live, state }: Evidence): readonly string[] {
  return live
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, keys: { public_key: publicKey } }) => {
      if (publicKey === undefined) return [`${name}: no public key`];
      const file = join(state, 'keys', `${fingerprintOf(publicKey)}.pem`);
      try {
        const challenge = randomBytes(32);
        const signature = sign('sha256', challenge, createPrivateKey(readFileSync(file)));
        const matches = verify('sha256', challenge, createPublicKey(publicKey), signature);
        const open = (statSync(file).mode & 0o077) !== 0;
        return [...(matches ? [] : [`${name}: the key does not match`]), ...(open ? [`${file}: open to others`] : [])];
      } catch (error) {
        return [`${name}: ${String(error)}`];
      }
    });
}

function fingerprintOf(publicKey: string): string {
  return createHash('sha256')
    .update(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** One entry for each application, nothing undecided, and nothing ever deleted. */
function ledgerFindings({ names, live }: Evidence, ledger: LedgerDocument): readonly string[] {
  const owned = new Map(ledger.entries.map((entry) => [entry.id.replaceAll('-', ''), entry]));
  const wrong = live.flatMap(({ id, name, keys: { public_key: publicKey = '' } }) => {
    const entry = owned.get(id.replaceAll('-', ''));
    if (!names.includes(name)) return entry === undefined ? [] : [`${name}: owned, and not ours`];
    const same = entry?.name === name && entry.keyFingerprint === fingerprintOf(publicKey);
    return same ? [] : [`${name}: the ledger says something else`];
  });
  return [
    ...wrong,
    ...(owned.size === names.length ? [] : [`${owned.size} entries for ${names.length} manifests`]),
    ...(ledger.intents.length === 0 ? [] : [`${ledger.intents.length} creates undecided`]),
    ...(ledger.deletes.length === 0 ? [] : [`${ledger.deletes.length} deletes`]),
  ];
}

/** No key file that neither an entry nor the list of retired keys names. */
function strayFiles({ state }: Evidence, { entries, retired }: LedgerDocument): readonly string[] {
  const known = new Set([...entries.map((entry) => entry.keyFingerprint), ...retired.map((key) => key.fingerprint)]);
  return keyFiles(state).flatMap((name) => {
    return known.has(name.slice(0, -'.pem'.length)) || name === 'index.json' ? [] : [`stray file in keys: ${name}`];
  });
}

/** Names of all files in the key folder. */
export function keyFiles(state: string): readonly string[] {
  return readdirSync(join(state, 'keys'));
}

/** What is not ours was neither changed nor deleted: there was not a single PUT or DELETE. */
function othersTouched({ live, untouched, requests }: Evidence): readonly string[] {
  const now = new Map(live.map((application) => [application.id, JSON.stringify(application)]));
  const changed = [...untouched].filter(([id, text]) => now.get(id) !== text);
  const writes = requests.filter(({ verb }) => verb === 'PUT' || verb === 'DELETE').length;
  return [
    ...changed.map(([id]) => `${id}: not ours, and changed`),
    ...(writes === 0 ? [] : [`${writes} PUT and DELETE requests, where only creates were due`]),
  ];
}
