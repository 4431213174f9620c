import type { Application, ApplicationId } from '../application/application.ts';
import { fingerprintOf } from '../application/key-fingerprint.ts';
import { elapsedSince } from '../elapsed.ts';
import { objectMember } from '../json.ts';
import { wholeRecord } from './field-records.ts';
import type { Intent, Ledger, LedgerEntry, LedgerRecord } from './ledger.ts';
import { closesIntent } from './record.ts';

/** Undecided creates whose manifest is gone are given up after this many milliseconds; the key is kept. */
export const intentMemoryMs = 7 * 24 * 60 * 60 * 1000;

/** The fingerprint of an application's public key; undefined when it has none, or the listing does not show keys. */
export function liveFingerprint(application: Application): string | undefined {
  const { public_key: publicKey } = objectMember(application.body, 'keys');
  return typeof publicKey === 'string' ? fingerprintOf(publicKey) : undefined;
}

/**
 * The entries of applications that are what an undecided create asked for: not owned, exactly one with the intent's key, and not
 * seen before the first POST. A key that the manifest brings may be shared, so then the name must be right, too.
 */
export function recognizeIntents(ledger: Ledger, applications: readonly Application[]): readonly LedgerEntry[] {
  if (ledger.intents.length === 0) return [];
  const unowned = applications.filter(({ id }) => !ledger.entries.has(id));
  return ledger.intents.flatMap((intent) => {
    const [application, ...others] = unowned.filter((candidate) => isAnswerTo(intent, candidate));
    return application === undefined || others.length > 0
      ? []
      : [entryOfIntent(intent, application.id, application.name)];
  });
}

/** The ledger as it will be once these entries are recorded. */
export function withEntries(ledger: Ledger, entries: readonly LedgerEntry[]): Ledger {
  if (entries.length === 0) return ledger;
  return {
    ...ledger,
    entries: new Map([...ledger.entries, ...entries.map((entry) => [entry.id, entry] as const)]),
    intents: ledger.intents.filter((intent) => !entries.some((entry) => closesIntent(entry, intent))),
  };
}

function isAnswerTo(intent: Intent, application: Application): boolean {
  if (intent.before.includes(application.id) || liveFingerprint(application) !== intent.fingerprint) return false;
  return intent.keyGenerated || application.name === intent.name;
}

/**
 * What the ledger says of an application whose create was confirmed. A key found without any record of its purpose outlived its
 * ledger, and what that ledger said of deletion is lost: the application counts as adopted, so that nothing deletes it unasked.
 */
export function entryOfIntent(intent: Intent, id: ApplicationId, name: string): LedgerEntry {
  return {
    id,
    name: intent.name ?? name,
    origin: intent.name === undefined ? 'adopted' : 'created',
    ...(intent.deletionPolicy === undefined ? {} : { deletionPolicy: intent.deletionPolicy }),
    ...(intent.orphaned === undefined ? {} : { orphaned: intent.orphaned }),
    paused: false,
    keyFingerprint: intent.fingerprint,
    keyGenerated: intent.keyGenerated,
    ...(intent.before.length === 0 ? {} : { namesakes: intent.before }),
    file: intent.file,
    revision: intent.revision,
    ...(intent.hash === '' ? {} : { appliedHash: intent.hash, specHash: intent.specHash }),
    normalised: [],
    unproven: intent.hash === '' ? [] : [wholeRecord(intent.hash)],
    healed: [],
  };
}

/**
 * Whether a create's response is still open: it may have worked, and the application may still appear in the listing. One that ended in
 * the future ended now.
 */
export function isUndecided(intent: Intent, now: number, settleMs: number): boolean {
  if (intent.postedAt === undefined) return false;
  return intent.endedAt === undefined || elapsedSince(intent.endedAt, now) < settleMs;
}

/** When a create whose response is open can be decided, in milliseconds since 1970: the settle time after its POST ended. */
export function nextDecisionAt({ endedAt = Number.POSITIVE_INFINITY }: Intent, now: number, settleMs: number): number {
  return Math.min(endedAt, now) + settleMs;
}

/** The intents of these names; a manifest is asked for under its earlier names as well, because it may have been renamed since. */
export function intentsFor(ledger: Ledger, names: readonly string[]): readonly Intent[] {
  return ledger.intents.filter((intent) => intent.name !== undefined && names.includes(intent.name));
}

/**
 * What settling writes: entries of what was found, and the time from which a create whose process died counts as ended. One that
 * ended in the future ended when `measured` says: the clock was set back, and the settle time would not be over before it has caught
 * up. `measured` is the same ledger with its stamps as old as they are.
 */
export function settlementRecords(
  ledger: Ledger,
  measured: Ledger,
  found: readonly LedgerEntry[],
  now: number,
): readonly LedgerRecord[] {
  const ended = ledger.intents.flatMap((intent, index): readonly LedgerRecord[] => {
    const { postedAt, endedAt = Number.POSITIVE_INFINITY } = intent;
    if (postedAt === undefined || endedAt <= now || found.some((entry) => closesIntent(entry, intent))) return [];
    return [{ kind: 'intent', intent: { ...intent, endedAt: Math.min(now, measured.intents[index]?.endedAt ?? now) } }];
  });
  return [...found.map((entry): LedgerRecord => ({ kind: 'entry', entry: { ...entry, boundAt: now } })), ...ended];
}
