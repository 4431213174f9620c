import type { ApplicationId, LiveState } from '../application/application.ts';
import type { Ledger, LedgerEntry, LedgerRecord } from '../ledger/ledger.ts';
import type { Policy } from './policy.ts';

/**
 * What is known of an owned application that a listing does not show:
 *
 * | absence       | what happened                                                                             |
 * |---------------|-------------------------------------------------------------------------------------------|
 * | `unconfirmed` | the listing was not complete or not counted, or the GET brought no verdict: no look       |
 * | `young`       | bound or written less than the settle time ago: reads may lag behind, so this is no look  |
 * | `missing`     | the API says it does not exist, and no earlier look is old enough to agree                |
 * | `gone`        | a second look, the settle time after the first, says so again                             |
 *
 * One look is no proof: an outage, a lagging replica and another account's credentials look the same.
 */
export type Absence = 'unconfirmed' | 'young' | 'missing' | 'gone';

/** Owned applications that the listing does not show. */
export type Absences = ReadonlyMap<ApplicationId, Absence>;

/** What absences are told from. Times are milliseconds since 1970. */
export interface AbsenceInput {
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly policy: Policy;
  /** When the listing began. */
  readonly now: number;
  /** When it ended. */
  readonly listedAt: number;
}

/** A look agrees with an earlier one only if that one ended at most this many milliseconds ago. */
const lookMemoryMs = 24 * 60 * 60 * 1000;

/** How long the API's reads may lag behind its writes, in milliseconds: at least a second, whatever is configured. */
export function settleMsOf({ creates }: Policy): number {
  return Math.max(1_000, creates.settleSeconds * 1_000);
}

/** What is known of each owned application that the listing does not show. */
export function absencesOf(input: AbsenceInput): Absences {
  const listed = new Set(input.live.applications.map(({ id }) => id));
  const absent = [...input.owned.entries.values()].filter(({ id }) => !listed.has(id));
  return new Map(absent.map((entry) => [entry.id, absenceOf(entry, input)]));
}

function absenceOf(entry: LedgerEntry, input: AbsenceInput): Absence {
  const { live, policy, now } = input;
  if (!live.stable || live.uncounted === true || !live.missing.has(entry.id)) return 'unconfirmed';
  if (isYoung(entry, input)) return 'young';
  const look = earlierLook(entry, now);
  return look !== undefined && now - look >= settleMsOf(policy) ? 'gone' : 'missing';
}

/** Whether the API's reads may still lag behind our last write. A time in the future is no evidence: the looks decide then. */
export function isYoung(
  { boundAt, writtenAt }: LedgerEntry,
  { policy, now }: Pick<AbsenceInput, 'policy' | 'now'>,
): boolean {
  const last = Math.max(boundAt ?? Number.NEGATIVE_INFINITY, writtenAt ?? Number.NEGATIVE_INFINITY);
  return last <= now && now - last < settleMsOf(policy);
}

/** When the first look ended, if it still counts; one in the future does not: a clock was set. */
function earlierLook({ missingAt }: LedgerEntry, now: number): number | undefined {
  if (missingAt === undefined || missingAt > now || now - missingAt > lookMemoryMs) return undefined;
  return missingAt;
}

/** What to record of this look, at once and whatever else a pass may do: what it found missing first, and what is there again. */
export function looksOf(absences: Absences, { live, owned, now, listedAt }: AbsenceInput): readonly LedgerRecord[] {
  const entries = [...owned.entries.values()];
  const found = new Set(live.applications.map(({ id }) => id));
  const first = entries.filter(
    (entry) => absences.get(entry.id) === 'missing' && earlierLook(entry, now) === undefined,
  );
  const again = entries.filter(({ id, missingAt }) => missingAt !== undefined && found.has(id));
  return [
    ...first.map(({ id }): LedgerRecord => ({ kind: 'missing', id, at: listedAt })),
    ...again.map(({ id }): LedgerRecord => ({ kind: 'seen', id })),
  ];
}

/** When the next look can decide something about this entry; undefined when no look will. */
export function nextLookAt(entry: LedgerEntry, absence: Absence | undefined, input: AbsenceInput): number | undefined {
  switch (absence) {
    case 'missing':
      return secondLookAt(entry, input);
    case 'young':
      return Math.max(entry.boundAt ?? 0, entry.writtenAt ?? 0) + settleMsOf(input.policy);
    case 'unconfirmed':
    case 'gone':
    case undefined:
      return undefined;
  }
}

/** When a look may agree with the first one. */
function secondLookAt(entry: LedgerEntry, { policy, now, listedAt }: AbsenceInput): number {
  return (earlierLook(entry, now) ?? listedAt) + settleMsOf(policy);
}

/** Why nothing follows yet from an owned application that is not listed, and what will decide it. */
export function missingMessage(entry: LedgerEntry, absence: Absence | undefined, input: AbsenceInput): string {
  const seconds = Math.ceil(settleMsOf(input.policy) / 1000);
  switch (absence) {
    case 'missing':
      return `it is not listed and the API says that it does not exist. One check is not enough: a second check, ${seconds} s after the first, decides (at ${new Date(secondLookAt(entry, input)).toISOString()} or later)`;
    case 'young':
      return `it was bound or written less than ${seconds} s ago and may not be visible yet: no action is taken`;
    default:
      if (isUnreadable(entry, input.live)) return 'the listing shows it, but it cannot be read: no action is taken';
      return 'it is not listed, and the API did not confirm that it does not exist, or was not asked because too many are missing: no action is taken';
  }
}

function isUnreadable({ id }: LedgerEntry, { unreadable = [] }: LiveState): boolean {
  return unreadable.some((application) => application.id === id);
}

/** How much of what is owned a listing does not show. Entries bound or written within the settle time are not counted. */
export interface Vanished {
  /** Entries that an unpaused, readable manifest means. */
  readonly meant: number;
  /** Those of them that are missing or gone. */
  readonly missing: number;
  /** Those of them that are not listed, and of which the API said nothing or was not asked. */
  readonly unconfirmed: number;
  /** All entries. */
  readonly known: number;
  /** Those of them that are live. */
  readonly live: number;
}

/** Counts what a listing does not show; `meant` are the ids that unpaused, readable manifests mean. */
export function vanishedOf(absences: Absences, meant: ReadonlySet<ApplicationId>, input: AbsenceInput): Vanished {
  const old = [...input.owned.entries.values()].filter((entry) => !isYoung(entry, input)).map(({ id }) => id);
  const counted = old.filter((id) => meant.has(id));
  const isMissing = (id: ApplicationId) => absences.get(id) === 'missing' || absences.get(id) === 'gone';
  return {
    meant: counted.length,
    missing: counted.filter(isMissing).length,
    unconfirmed: counted.filter((id) => absences.get(id) === 'unconfirmed').length,
    known: old.length,
    live: old.filter((id) => !absences.has(id)).length,
  };
}
