import type { Application } from '../core/application/application.ts';
import type { UndeliveredKey } from '../core/deliveries/undelivered-keys.ts';
import { ReconcilerError } from '../core/errors.ts';
import { objectMember } from '../core/json.ts';
import { liveFingerprint } from '../core/ledger/intents.ts';
import type { LedgerEntry, LedgerRecord } from '../core/ledger/ledger.ts';
import type { Pointer } from '../core/pointer.ts';
import { activateKey, prepareKey } from './keys/deliver-keys.ts';
import { labelsFor, undeliveredOf } from './keys/deliver-pending.ts';
import type { KeyStore, PublicKey, ReconcilePorts } from './ports.ts';
import { replaceWithoutRefused } from './replace-without-refused.ts';

/** Proves by signing and verifying that the private key available is that of a live public key. */
interface KeyProver {
  check(
    fingerprint: string,
    livePublicKey: string,
  ): Promise<{ readonly outcome: 'matches' } | { readonly outcome: 'differs'; readonly reason: string }>;
}

/** What a rotation works with. */
export type RotationPorts = ReconcilePorts & { readonly keys: KeyStore & KeyProver };

/** A finished rotation. */
export interface Rotation {
  readonly fingerprint: string;
  /** Of the private key that is now in use. */
  readonly path: string;
  /** Of the pair before, when it was ours; its private key is kept. */
  readonly previous?: string;
  /** Fields the server would not take back, left out of the write. */
  readonly leftOut: readonly Pointer[];
  /** Targets that do not know yet that it is in use; later passes tell them. */
  readonly undelivered: readonly UndeliveredKey[];
}

/**
 * Gives an owned application a new key pair, or finishes a rotation that was cut short. The order matters: the new fingerprint is on
 * the disk before its key file, the key file before the PUT, as it is everywhere where it is used, and the entry names the new pair
 * only after a GET shows it live. Cut short anywhere, the next pass or the next rotation reads which pair is live and goes on from there; neither private key is lost.
 * @throws {ReconcilerError} E_APPLICATION_GONE, E_KEY_MISMATCH, E_KEY_DELIVERY, E_API_*, E_STATE_UNUSABLE
 */
export async function rotateKey(entry: LedgerEntry, ports: RotationPorts, signal?: AbortSignal): Promise<Rotation> {
  const { keys } = ports;
  const { id, name } = entry;
  const key = (await pendingKey(entry, ports)) ?? (await beginRotation(entry, ports));
  const path = await keys.store(key.fingerprint);
  await keys.label(key.fingerprint, { name, id });
  const delivered = { id, name, labels: await labelsFor(entry, ports, signal), fingerprint: key.fingerprint };
  await prepareKey(delivered, ports, signal);
  const before = await existing(entry, ports, signal);
  const leftOut = liveFingerprint(before) === key.fingerprint ? [] : await sendKey(before, key, ports, signal);
  await proveLive(await existing(entry, ports, signal), key, ports);
  await ports.ledger.record(rotated(entry, key.fingerprint, ports.clock.now()), { durable: true });
  await activateKey(delivered, ports, signal);
  const previous = entry.keyGenerated ? entry.keyFingerprint : undefined;
  const undelivered = undeliveredOf(id, ports);
  return { fingerprint: key.fingerprint, path, ...(previous === undefined ? {} : { previous }), leftOut, undelivered };
}

async function sendKey(
  { id, body }: Application,
  { pem }: PublicKey,
  { api }: RotationPorts,
  signal: AbortSignal | undefined,
): Promise<readonly Pointer[]> {
  const keys = { ...objectMember(body, 'keys'), public_key: pem };
  const { name = '' } = body;
  const replacement = { id, body: { ...body, keys }, declared: { name, keys } };
  return (await replaceWithoutRefused(replacement, api, signal)).leftOut;
}

/** Records what became of rotations that a crash or a lost response cut short. Reads the API and writes the ledger only. */
export async function settleRotations(ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  const { api, keys, ledger, clock, log } = ports;
  const begun = [...ledger.current().entries.values()].filter(
    ({ nextKeyFingerprint }) => nextKeyFingerprint !== undefined,
  );
  if (begun.length === 0) return;
  const written = await keys.list(); // a pair whose private key was never written was never sent
  for (const entry of begun) {
    const { id, name, nextKeyFingerprint: next = '' } = entry;
    const live = written.includes(next) ? await api.get(id, signal) : undefined;
    if (live === undefined || liveFingerprint(live) !== next) continue;
    await ledger.record(rotated(entry, next, clock.now()), { durable: true });
    log.info({ action: 'rotate-key', application: name, applicationId: id }, 'lost key rotation found');
  }
}

/** The pair of a rotation that was cut short, if its private key was written and can be read. */
async function pendingKey(
  { nextKeyFingerprint }: LedgerEntry,
  { keys }: RotationPorts,
): Promise<PublicKey | undefined> {
  if (nextKeyFingerprint === undefined) return undefined;
  try {
    return await keys.find(nextKeyFingerprint);
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_KEY_UNREADABLE') return undefined; // of no use: a new one is made
    throw error;
  }
}

async function beginRotation(entry: LedgerEntry, { keys, ledger, clock }: RotationPorts): Promise<PublicKey> {
  const key = await keys.generate();
  const { id, name, nextKeyFingerprint: unusable } = entry;
  const records: LedgerRecord[] = [{ kind: 'entry', entry: { ...entry, nextKeyFingerprint: key.fingerprint } }];
  if (unusable !== undefined) {
    const retired = { fingerprint: unusable, id, name, at: clock.now(), reason: 'abandoned' } as const;
    records.push({ kind: 'key-retired', key: retired });
  }
  await ledger.record(records, { durable: true });
  return key;
}

async function existing(
  { id, name }: LedgerEntry,
  { api }: RotationPorts,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const application = await api.get(id, signal);
  if (application === undefined)
    throw new ReconcilerError('E_APPLICATION_GONE', { application: name, applicationId: id });
  return application;
}

async function proveLive(application: Application, key: PublicKey, { keys }: RotationPorts): Promise<void> {
  const { public_key: live } = objectMember(application.body, 'keys');
  const proof =
    typeof live === 'string'
      ? await keys.check(key.fingerprint, live)
      : ({ outcome: 'differs', reason: 'the application has no public key' } as const);
  if (proof.outcome === 'matches') return;
  throw new ReconcilerError('E_KEY_MISMATCH', { application: application.name, reason: proof.reason });
}

/** One write for both: the entry never names a pair that is not live, and no private key is ever unnamed. */
function rotated(entry: LedgerEntry, fingerprint: string, at: number): readonly LedgerRecord[] {
  const { nextKeyFingerprint: _next, keyFingerprint: previous, keyGenerated, ...others } = entry;
  const records: LedgerRecord[] = [
    { kind: 'entry', entry: { ...others, keyFingerprint: fingerprint, keyGenerated: true, writtenAt: at } },
  ];
  if (previous !== undefined && keyGenerated && previous !== fingerprint) {
    const { id, name } = entry;
    records.push({ kind: 'key-retired', key: { fingerprint: previous, id, name, at, reason: 'rotated' } });
  }
  return records;
}
