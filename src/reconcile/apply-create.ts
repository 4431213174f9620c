import type { Application } from '../core/application/application.ts';
import { overlay } from '../core/application/overlay.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { noFieldRecords } from '../core/ledger/field-records.ts';
import { deviatingPaths, fieldsAfterWrite } from '../core/ledger/fields-after-write.ts';
import { entryOfIntent } from '../core/ledger/intents.ts';
import type { Intent, LedgerRecord } from '../core/ledger/ledger.ts';
import type { CreateChange } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import { appliedEntry } from './applied-entry.ts';
import { judgeCreated } from './judge-created.ts';
import { activateKey } from './keys/deliver-keys.ts';
import { type CreatePass, factsOf, openCreate } from './open-create.ts';
import type { CreateOutcome, ReconcilePorts } from './ports.ts';
import { unlessLockLost } from './unless-lock-lost.ts';

/**
 * Creates an application exactly once. The public key is the token by which a create whose response is lost is recognized, so the
 * order matters: the intent with the key's fingerprint is on the disk before the private key, the private key before the POST, and
 * where private keys are delivered to, it is there before the POST, too.
 */
export async function applyCreate(change: CreateChange, ports: ReconcilePorts, pass: CreatePass): Promise<Outcome> {
  const { api } = ports;
  const opened = await openCreate(change, ports, pass);
  if ('outcome' in opened) return opened;
  const { key, intent, path } = opened;
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
  const { id } = application;
  // The create is done whatever comes of this: a later pass goes on with it.
  if (path !== undefined) await activateKey({ ...factsOf(change, key), id }, ports, pass.signal);
  return {
    outcome: 'applied',
    id,
    ...(path === undefined ? {} : { key: { fingerprint: key.fingerprint, path } }),
    normalised: deviatingPaths(application.body, wanted),
    leftOut: [],
  };
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
