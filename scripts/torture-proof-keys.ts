/** The private keys, counted afterwards. */
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Evidence, idsOf, type LedgerDocument } from './torture-evidence.ts';

/** For every public key that was ever seen live the private key is there, and what was rotated shows another one than before. */
export function keyFindings(evidence: Evidence, { retired }: LedgerDocument): readonly string[] {
  const { live, wanted, ids, state } = evidence;
  const rotated = idsOf('rotations', evidence);
  const ours = new Set(ids.values());
  const names = new Set(wanted.map(({ name }) => name));
  const now = new Map(live.filter(({ name }) => names.has(name)).map(({ id, keys }) => [id, keys.public_key]));
  const withoutKey = [...now].flatMap(([id, key]) => (key === undefined ? [`${id}: no public key`] : []));
  const inHand = [...keysSeenLive(evidence)]
    .filter(([id]) => ours.has(id))
    .flatMap(([id, keys]) => [...keys].flatMap((key) => pairFindings(id, key, state)));
  const old = [...keysSeenLive(evidence)].flatMap(([id, keys]) => {
    if (!ours.has(id)) return [];
    const isRotated = rotated.has(id);
    const before = [...keys].filter((key) => key !== now.get(id)).map(fingerprintOf);
    const unnamed = before.filter((fingerprint) => !retired.some((one) => one.fingerprint === fingerprint));
    return [
      ...(isRotated && before.length === 0 ? [`${id}: its key was not rotated`] : []),
      ...(!isRotated && keys.size > 1 ? [`${id}: its key was rotated`] : []),
      ...unnamed.map((fingerprint) => `${id}: ${fingerprint} is not named as retired`),
    ];
  });
  return [...withoutKey, ...inHand, ...old];
}

/** Public keys, by the id of their application: those at the ends of all starts, and those at the end of all. */
function keysSeenLive({ histories, live }: Evidence): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, Set<string>>();
  const note = (id: string, keys: Iterable<string>) => {
    const known = seen.get(id) ?? new Set<string>();
    for (const key of keys) known.add(key);
    seen.set(id, known);
  };
  for (const { keysSeen } of histories) for (const [id, keys] of keysSeen) note(id, keys);
  for (const { id, keys } of live) note(id, keys.public_key === undefined ? [] : [keys.public_key]);
  return seen;
}

/** The private key in the directory signs what the public key verifies. */
function pairFindings(id: string, publicKey: string, state: string): readonly string[] {
  const file = join(state, 'keys', `${fingerprintOf(publicKey)}.pem`);
  try {
    const challenge = randomBytes(32);
    const signature = sign('sha256', challenge, createPrivateKey(readFileSync(file)));
    const matches = verify('sha256', challenge, createPublicKey(publicKey), signature);
    const open = (statSync(file).mode & 0o077) !== 0;
    return [...(matches ? [] : [`${id}: the key does not match`]), ...(open ? [`${file}: open to others`] : [])];
  } catch (error) {
    return [`${id}: ${String(error)}`];
  }
}

/** SHA-256 of the public key's DER form, in hex. */
export function fingerprintOf(publicKey: string): string {
  return createHash('sha256')
    .update(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** No key file that neither an entry nor the list of retired keys names. */
export function strayFiles({ state }: Evidence, { entries, retired }: LedgerDocument): readonly string[] {
  const known = new Set([...entries.map((entry) => entry.keyFingerprint), ...retired.map((key) => key.fingerprint)]);
  return keyFiles(state).flatMap((name) => {
    return known.has(name.slice(0, -'.pem'.length)) || name === 'index.json' ? [] : [`stray file in keys: ${name}`];
  });
}

/** Names of all files in the key directory. */
export function keyFiles(state: string): readonly string[] {
  return readdirSync(join(state, 'keys'));
}
