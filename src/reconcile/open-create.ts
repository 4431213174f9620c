import type { ApplicationId } from '../core/application/application.ts';
import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { objectMember } from '../core/json.ts';
import { intentsFor } from '../core/ledger/intents.ts';
import type { Intent, LedgerRecord } from '../core/ledger/ledger.ts';
import type { CreateChange } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import { isKeyDelivery, prepareKey } from './keys/deliver-keys.ts';
import type { KeyFacts, PublicKey, ReconcilePorts } from './ports.ts';

/** All that comes before the POST. Where the key must be in place elsewhere, the intent counts as sent only once it is. */
export async function openCreate(
  change: CreateChange,
  ports: ReconcilePorts,
  { revision, signal }: CreatePass,
): Promise<OpenedCreate | Outcome> {
  const key = await keyOf(change, ports);
  const { keys, ledger, clock, deliveries } = ports;
  const intent = intentOf(change, key, revision, clock.now());
  const open = (records: readonly LedgerRecord[], opened: Intent) =>
    ledger.record([...records, { kind: 'intent', intent: opened }], { durable: true });
  const replaced = superseded(change, intent, ports);
  if (!key.generated) {
    await open(replaced, intent);
    return { key, intent, path: undefined };
  }
  await open(replaced, deliveries === undefined ? intent : unsent(intent, change.intent));
  const path = await keys.store(key.fingerprint);
  if (deliveries === undefined) return { key, intent, path };
  const blocked = await putInPlace(factsOf(change, key), ports, signal);
  if (blocked !== undefined) return blocked;
  const sending = { ...intent, postedAt: clock.now() };
  await open([], sending);
  return { key, intent: sending, path };
}

/** A create that may be sent. */
export interface OpenedCreate {
  readonly key: CreateKey;
  readonly intent: Intent;
  /** Of the private key, if it is ours. */
  readonly path: string | undefined;
}

/** The pass a create belongs to. */
export interface CreatePass {
  readonly revision: string;
  /** Ids that a listing of this pass showed. */
  readonly seen: ReadonlySet<ApplicationId>;
  readonly signal: AbortSignal;
}

interface CreateKey extends PublicKey {
  /** Whether the pair is ours. */
  readonly generated: boolean;
}

/** The manifest's own key; else the pair of the undecided create, or the one we hold; else a new one. */
async function keyOf(
  { manifest, intent, heldFingerprint }: CreateChange,
  { keys }: ReconcilePorts,
): Promise<CreateKey> {
  const { public_key: pem } = objectMember(manifest.spec, 'keys');
  if (typeof pem === 'string') return { pem, fingerprint: fingerprintOf(pem) ?? '', generated: false };
  for (const fingerprint of [intent?.fingerprint, heldFingerprint]) {
    const held = fingerprint === undefined ? undefined : await keys.find(fingerprint);
    if (held !== undefined) return { ...held, generated: true };
  }
  return { ...(await keys.generate()), generated: true };
}

/** As it was before: what an earlier POST of it did may still be open. */
function unsent({ postedAt: _notYet, ...intent }: Intent, before: Intent | undefined): Intent {
  const { postedAt, endedAt } = before ?? {};
  return {
    ...intent,
    ...(postedAt === undefined ? {} : { postedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/** What keeps the create from being sent, if the key cannot be put in place everywhere. */
async function putInPlace(key: KeyFacts, ports: ReconcilePorts, signal: AbortSignal): Promise<Outcome | undefined> {
  try {
    await prepareKey(key, ports, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) return { outcome: 'skipped', reason: 'stopped before it was sent' };
    if (!isKeyDelivery(error)) throw error;
    return { outcome: 'skipped', reason: error.message, skip: 'blocked', guard: 'key-delivery' };
  }
}

/** What a target is told of the key of a create. */
export function factsOf({ manifest, name }: CreateChange, { fingerprint }: CreateKey): KeyFacts {
  return { name, labels: manifest.labels, fingerprint };
}

function intentOf(change: CreateChange, key: CreateKey, revision: string, now: number): Intent {
  const { manifest, name, before } = change;
  return {
    fingerprint: key.fingerprint,
    name,
    keyGenerated: key.generated,
    openedAt: change.intent?.openedAt ?? now,
    postedAt: now, // from here on the process may die with the POST on its way
    before: change.intent?.before ?? before,
    file: manifest.place.file,
    revision,
    hash: manifest.hash,
    specHash: manifest.specHash,
    ...(manifest.deletionPolicy === undefined ? {} : { deletionPolicy: manifest.deletionPolicy }),
  };
}

/**
 * Earlier intents of the manifest with other keys, all decided by now: their key file was never written, the manifest brings a key
 * today, or it had another name. None may stay open beside the new one: one manifest, one open create.
 */
function superseded(
  { manifest, namesTakenByOthers = [] }: CreateChange,
  intent: Intent,
  { ledger, clock }: ReconcilePorts,
): readonly LedgerRecord[] {
  const at = clock.now();
  const earlier = (manifest.formerly ?? []).filter((name) => !namesTakenByOthers.includes(name));
  return intentsFor(ledger.current(), [manifest.name, ...earlier])
    .filter(
      (earlier) =>
        earlier.fingerprint !== intent.fingerprint || (!earlier.keyGenerated && earlier.name !== intent.name),
    )
    .map(({ fingerprint, name }) => ({ kind: 'intent-abandoned', fingerprint, name, at }));
}
