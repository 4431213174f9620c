import { fieldsAfterWrite } from '../core/ledger/fields-after-write.ts';
import type { LedgerEntry } from '../core/ledger/ledger.ts';
import { differencesOf } from '../core/plan/live-change.ts';
import type { Retry } from '../core/plan/plan.ts';
import { appliedEntry } from './applied-entry.ts';
import { replaceApplication } from './apply-update.ts';
import type { ReconcilePorts } from './ports.ts';
import { unlessLockLost } from './unless-lock-lost.ts';

/**
 * Sends an application's rewritten fields once more, in case the server keeps them by now. It changes nothing else: where anything
 * else differs it does nothing, and the next plan sees it. A failure is logged, and counts as a try. @throws {ReconcilerError} E_STATE_*
 */
export async function retryNormalised(retry: Retry, ports: ReconcilePorts, revision: string): Promise<void> {
  const { ledger, log } = ports;
  const { name, id, paths } = retry;
  const entry = ledger.current().entries.get(id);
  if (entry === undefined) return;
  const fields = { application: name, applicationId: id, paths };
  try {
    const after = await throughGate(retry, ports, () => sentAgain(retry, entry, ports, revision));
    if (after === undefined) return;
    await ledger.record([{ kind: 'entry', entry: after }], { durable: false });
    log.info(fields, 'normalized fields sent again');
  } catch (error) {
    await unlessLockLost(() => ledger.record([{ kind: 'entry', entry: tried(entry, ports) }], { durable: false }));
    log.warn({ ...fields, err: error }, 'normalized fields not sent again');
  }
}

/** A person may have paused it since it was planned. */
async function throughGate(
  retry: Retry,
  { gate }: ReconcilePorts,
  work: () => Promise<LedgerEntry | undefined>,
): Promise<LedgerEntry | undefined> {
  const entered = await gate?.enter(retry);
  if (entered?.outcome === 'held') return undefined;
  try {
    return await work();
  } finally {
    entered?.leave();
  }
}

/** The entry after the write; undefined when there was none, because the application is not what the plan saw. */
async function sentAgain(
  retry: Retry,
  entry: LedgerEntry,
  ports: ReconcilePorts,
  revision: string,
): Promise<LedgerEntry | undefined> {
  const { id, manifest, paths } = retry;
  const { api, clock, rules } = ports;
  const application = await api.get(id);
  if (application === undefined) return undefined;
  const { members, wanted } = differencesOf(manifest, application, rules.policy);
  if (members.length === 0 || members.some(({ path }) => !paths.includes(path))) return undefined;
  const written = await replaceApplication({ id, manifest, body: wanted }, application, ports);
  if (written === 'gone') return undefined;
  const now = clock.now();
  const { hash } = manifest;
  const sameVersion = entry.appliedHash === hash;
  const fields = fieldsAfterWrite({ known: entry, ...written, manifestHash: hash, sameVersion, now });
  return appliedEntry(entry, { manifest, revision, now, fields, written: true, healed: entry.healed });
}

/** The write may have taken effect. */
function tried(entry: LedgerEntry, { clock }: ReconcilePorts): LedgerEntry {
  const now = clock.now();
  return {
    ...entry,
    writtenAt: now,
    normalised: entry.normalised.map((known) => ({ ...known, triedAt: now })),
  };
}
