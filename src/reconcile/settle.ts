import { recognizeIntents, settlementRecords } from '../core/ledger/intents.ts';
import { knownFingerprints, type Ledger, type LedgerRecord } from '../core/ledger/ledger.ts';
import { futureStampRecords } from '../core/ledger/stamps.ts';
import type { Plan } from '../core/plan/plan.ts';
import { showKeys } from './listing.ts';
import type { ReconcilePorts } from './ports.ts';
import { settleRotations } from './rotate-key.ts';

/**
 * Decides what a crash or a lost response left open, as far as the listing shows it. Reads the API and writes the ledger only: a
 * create is repeated by a plan alone, with today's manifest. */
export async function settleIntents(ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  const { api, ledger, clock, log } = ports;
  const ahead = futureStampRecords(await ledger.load(), clock.now());
  if (ahead.length > 0) await ledger.record(ahead, { durable: true });
  await claimStrayKeys(ports);
  await settleRotations(ports, signal);
  const before = ledger.current();
  if (before.intents.length === 0) return;
  const now = clock.now();
  const measured = ledger.measured(before, now);
  const { applications } = await api.list({ confirm: [], signal });
  const found = recognizeIntents(before, await showKeys(applications, before, api));
  const records = settlementRecords(before, measured, found, now);
  if (records.length > 0) await ledger.record(records, { durable: true });
  for (const { id, name } of found) ports.onFound?.({ id, name });
  for (const { id, name, keyFingerprint, keyGenerated } of found) {
    if (keyGenerated && keyFingerprint !== undefined) await ports.keys.label(keyFingerprint, { name, id });
    log.info({ action: 'create', application: name, applicationId: id }, 'lost create found');
  }
}

/** Records what a plan found missing or live again, at once: it holds whatever the pass may or may not write. */
export async function recordLooks({ looks }: Plan, { ledger }: Pick<ReconcilePorts, 'ledger'>): Promise<void> {
  if (looks.length > 0) await ledger.record(looks, { durable: true });
}

/** A private key nobody mentions was made by a run whose ledger is lost: it may belong to an application that exists. */
async function claimStrayKeys({ keys, ledger, clock, log }: ReconcilePorts): Promise<void> {
  const stray = strayKeys(await keys.list(), ledger.current());
  if (stray.length === 0) return;
  const now = clock.now();
  await ledger.record(
    stray.map((fingerprint) => strayIntent(fingerprint, now)),
    { durable: true },
  );
  log.warn({ fingerprints: stray }, 'private keys without a record found');
}

function strayKeys(fingerprints: readonly string[], ledger: Ledger): readonly string[] {
  const known = knownFingerprints(ledger);
  return fingerprints.filter((fingerprint) => !known.has(fingerprint));
}

function strayIntent(fingerprint: string, now: number): LedgerRecord {
  const nothingKnown = { before: [], file: '', revision: '', hash: '', specHash: '' };
  const intent = { fingerprint, keyGenerated: true, openedAt: now, postedAt: now, endedAt: now, ...nothingKnown };
  return { kind: 'intent', intent };
}
