import type { LiveState } from '../application/application.ts';
import type { Difference } from '../application/diff.ts';
import { hashJson } from '../hash.ts';
import { sameFieldRecords, wholeBody } from '../ledger/field-records.ts';
import type { FieldRecords, LedgerEntry, LedgerRecord, Normalised, Unproven } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { settleMsOf } from './absence.ts';
import type { Policy } from './policy.ts';

/** What a difference between an owned application and its manifest means. */
export type Verdict =
  /** Drift, or what a changed manifest asks for. */
  | 'ordinary'
  /** Written so lately that a read may still show what was before. */
  | 'unproven'
  /** Written once, and a later read shows another value: the response or the read may have been an old one, so it is written once more. */
  | 'not kept'
  /** What the server makes of the field: not written until something changes. */
  | 'normalised';

/** An owned application and its manifest. */
interface Owned {
  readonly entry: LedgerEntry;
  readonly manifest: Manifest;
}

/** A reading of the account, and when it began. */
export interface Reading {
  readonly live: Pick<LiveState, 'stable' | 'unreadable'>;
  readonly policy: Policy;
  /** When it began: milliseconds since 1970. */
  readonly now: number;
}

/**
 * Whether a reading proves what became of the last write of an application: it began at least the settle time after it. A write in
 * the future counts as made now.
 */
export function isProof({ writtenAt }: LedgerEntry, { live, policy, now }: Reading): boolean {
  return live.stable && (writtenAt === undefined || now - writtenAt >= settleMsOf(policy));
}

/** What one difference means; `proof` says whether the reading proves anything. */
export function verdictOf({ path, before, after }: Difference, { entry, manifest }: Owned, proof: boolean): Verdict {
  const sent = hashJson(after ?? null);
  const live = hashJson(before ?? null);
  if (entry.normalised.some((known) => known.path === path && known.sent === sent && known.echoed === live))
    return 'normalised';
  const record = entry.unproven.find((known) => known.path === path && known.sent === sent);
  if (record !== undefined) return proof ? provenVerdict(record, live) : 'unproven';
  if (!entry.unproven.some((known) => isWholeOf(known, manifest))) return 'ordinary';
  return proof ? 'not kept' : 'unproven';
}

/** One write is enough where the response showed already what the server made of it, and that is not what was there before. */
function provenVerdict({ sent, echoed, before, read, writes }: Unproven, live: string): Verdict {
  if (live === echoed && echoed !== sent && before !== undefined && live !== before) return 'normalised';
  if (writes === 1) return 'not kept';
  return live === read ? 'normalised' : 'ordinary';
}

function isWholeOf({ path, sent }: Unproven, { hash }: Manifest): boolean {
  return path === wholeBody && sent === hash;
}

/** What is known of an application's fields after a reading that found these differences. */
export function fieldsAfterReading(owned: Owned, differences: readonly Difference[], reading: Reading): FieldRecords {
  const { entry, manifest } = owned;
  if (!isProof(entry, reading)) return entry;
  const paths = new Set(differences.map(({ path }) => path));
  const isRecorded = new Set(entry.unproven.map(({ path }) => path));
  const judged = differences.map((difference) => ({ difference, verdict: verdictOf(difference, owned, true) }));
  const found = judged.flatMap(({ difference, verdict }): readonly Normalised[] =>
    verdict === 'normalised' && isRecorded.has(difference.path) ? [normalisedNow(difference, reading)] : [],
  );
  const isOpen = judged.some(({ difference, verdict }) => verdict === 'not kept' && !isRecorded.has(difference.path));
  const isFound = (path: string) => found.some((one) => one.path === path);
  return {
    normalised: [...entry.normalised.filter(({ path }) => paths.has(path)), ...found],
    unproven: entry.unproven.filter((known) =>
      known.path === wholeBody ? isOpen && isWholeOf(known, manifest) : paths.has(known.path) && !isFound(known.path),
    ),
  };
}

function normalisedNow({ path, before, after }: Difference, { now }: Reading): Normalised {
  return { path, sent: hashJson(after ?? null), echoed: hashJson(before ?? null), since: now, triedAt: now };
}

/** What a writing pass records of a reading; no record where it taught nothing. */
export function proofRecords(
  owned: Owned,
  differences: readonly Difference[],
  reading: Reading,
): readonly LedgerRecord[] {
  const { id, normalised, unproven, writtenAt } = owned.entry;
  const seen = { normalised, unproven };
  const proof = fieldsAfterReading(owned, differences, reading);
  const isAhead = writtenAt !== undefined && writtenAt > reading.now;
  if (!isAhead && sameFieldRecords(seen, proof)) return [];
  const { normalised: after, unproven: open } = proof;
  const restamp = isAhead ? { writtenAt: reading.now } : {};
  return [{ kind: 'proven', id, seen, proof: { normalised: after, unproven: open }, ...restamp }];
}
