import type { Application, ApplicationId } from '../core/application/application.ts';
import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { overlay } from '../core/application/overlay.ts';
import { ReconcilerError } from '../core/errors.ts';
import { type JsonObject, objectMember } from '../core/json.ts';
import { noFieldRecords } from '../core/ledger/field-records.ts';
import { deviatingPaths, fieldsAfterWrite } from '../core/ledger/fields-after-write.ts';
import { entryOfIntent, intentsFor } from '../core/ledger/intents.ts';
import type { Intent, LedgerRecord } from '../core/ledger/ledger.ts';
import type { CreateChange } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import { appliedEntry } from './applied-entry.ts';
import { judgeCreated } from './judge-created.ts';
import type { CreateOutcome, PublicKey, ReconcilePorts } from './ports.ts';
import { unlessLockLost } from './unless-lock-lost.ts';

/**
 * Creates an application exactly once. The public key is the token by which a create whose response is lost is recognized, so the
 * order matters: the intent with the key's fingerprint is on the disk before the private key, the private key before the POST.
 */
export async function applyCreate(change: CreateChange, ports: ReconcilePorts, pass: CreatePass): Promise<Outcome> {
  const { api, keys, ledger, clock } = ports;
  const key = await keyOf(change, ports);
  const intent = intentOf(change, key, pass.revision, clock.now());
  await ledger.record([...superseded(change, intent, ports), { kind: 'intent', intent }], { durable: true });
  const path = key.generated ? await keys.store(key.fingerprint) : undefined;
  const body = { ...overlay(change.manifest, undefined, ports.rules.policy), keys: { public_key: key.pem } };
  const answer = await api.create(body);
  if (answer.outcome !== 'created') return recordFailure(intent, answer, ports);
  const created = await judgeCreated(
    answer.application,
    { name: change.name, pem: key.pem, keyGenerated: key.generated, seen: pass.seen },
    ports,
  );
  if (created.verdict === 'unproven') return recordFailure(intent, { outcome: 'unknown', error: created.error }, ports);
  const { application, keyUnproven } = created;
  const wanted = overlay(change.manifest, application.body, ports.rules.policy);
  await recordCreated(change, { intent, application, keyUnproven, sent: body, wanted }, ports, pass.revision);
  return {
    outcome: 'applied',
    id: application.id,
    ...(path === undefined ? {} : { key: { fingerprint: key.fingerprint, path } }),
    normalised: deviatingPaths(application.body, wanted),
    leftOut: [],
  };
}

/** The pass a create belongs to. */
export interface CreatePass {
  readonly revision: string;
  /** Ids that a listing of this pass showed. */
  readonly seen: ReadonlySet<ApplicationId>;
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

/** A create that was confirmed. */
interface Created {
  readonly intent: Intent;
  readonly application: Application;
  /** The API showed no public key. */
  readonly keyUnproven: boolean;
  readonly sent: JsonObject;
  /** The body the manifest wants, over that of the response. */
  readonly wanted: JsonObject;
}

async function recordCreated(
  change: CreateChange,
  { intent, application, keyUnproven, sent, wanted }: Created,
  { ledger, keys, clock }: ReconcilePorts,
  revision: string,
): Promise<void> {
  const { manifest } = change;
  const now = clock.now();
  const fields = fieldsAfterWrite({
    known: noFieldRecords,
    before: undefined,
    sent,
    response: application.body,
    wanted,
    manifestHash: manifest.hash,
    sameVersion: false,
    now,
  });
  const bound = {
    ...entryOfIntent(intent, application.id, change.name),
    boundAt: now,
    ...(keyUnproven ? { keyUnproven } : {}),
  };
  const entry = appliedEntry(bound, {
    manifest,
    revision,
    now,
    fields,
    written: true,
    healed: [],
  });
  const records: LedgerRecord[] = [{ kind: 'entry', entry }];
  if (change.replaces !== undefined) records.unshift({ kind: 'released', id: change.replaces, at: now });
  await ledger.record(records, { durable: false });
  if (!intent.keyGenerated) return;
  await unlessLockLost(() => keys.label(intent.fingerprint, { name: change.name, id: application.id }));
}

async function recordFailure(
  intent: Intent,
  { outcome, error }: Exclude<CreateOutcome, { outcome: 'created' }>,
  { ledger, clock }: ReconcilePorts,
): Promise<Outcome> {
  const at = clock.now();
  switch (outcome) {
    case 'refused':
      await ledger.record([{ kind: 'intent-refused', fingerprint: intent.fingerprint, name: intent.name, at }], {
        durable: false,
      });
      return { outcome: 'failed', error };
    case 'not-sent': {
      const { postedAt: _never, ...unsent } = intent;
      await ledger.record([{ kind: 'intent', intent: unsent }], { durable: false });
      return { outcome: 'failed', error };
    }
    case 'unknown':
      await unlessLockLost(() =>
        ledger.record([{ kind: 'intent', intent: { ...intent, endedAt: at } }], { durable: true }),
      );
      return {
        outcome: 'unknown',
        error: isUndecidedError(error)
          ? error
          : new ReconcilerError('E_CREATE_UNDECIDED', { application: intent.name }, { cause: error }),
      };
  }
}

function isUndecidedError(error: Error): boolean {
  return error instanceof ReconcilerError && error.code === 'E_CREATE_UNDECIDED';
}
