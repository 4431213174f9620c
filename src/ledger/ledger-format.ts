import { randomBytes, timingSafeEqual } from 'node:crypto';
import { compareTexts } from '../core/compare.ts';
import type { CommitInfo } from '../core/git/commit-info.ts';
import { sha256 } from '../core/hash.ts';
import type { Delivery } from '../core/ledger/deliveries.ts';
import type {
  AppliedSource,
  DeleteRecord,
  Intent,
  Ledger,
  LedgerEntry,
  Normalised,
  Orphaning,
  RetiredKey,
  Unproven,
} from '../core/ledger/ledger.ts';

/** The ledger file's schema this program reads and writes. */
export const ledgerSchema = 4;

/** Whose ledger it is: the API key is there only as a salted hash. */
export interface AccountMark {
  readonly salt: string;
  /** SHA-256 (hex) of salt, API key, a line feed and the API's host. */
  readonly hash: string;
  readonly host: string;
}

/** What a ledger file holds. */
export interface LedgerDocument {
  readonly account: AccountMark;
  readonly ledger: Ledger;
}

/** The text of a ledger file: one line for each entry, in the order of names, so that two versions can be compared line by line. */
export function formatLedger({ account, ledger }: LedgerDocument): string {
  const entries = [...ledger.entries.values()].sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.id, b.id));
  const members = [
    `"format": "vonage-gitops.ledger"`,
    `"schema": ${ledgerSchema}`,
    `"serial": ${ledger.serial}`,
    `"account": ${JSON.stringify({ salt: account.salt, hash: account.hash, host: account.host })}`,
    ...(ledger.root === undefined ? [] : [`"root": ${JSON.stringify(ledger.root)}`]),
    `"sources": ${JSON.stringify(ledger.sources)}`,
    ...(ledger.applied === undefined ? [] : [`"applied": ${JSON.stringify(appliedInOrder(ledger.applied))}`]),
    `"entries": ${lines(entries.map(entryInOrder))}`,
    `"intents": ${lines(ledger.intents.map(intentInOrder))}`,
    `"deletes": ${lines(ledger.deletes.map(deleteInOrder))}`,
    `"retired": ${lines(ledger.retired.map(retiredInOrder))}`,
    `"deliveries": ${lines(ledger.deliveries.map(deliveryInOrder))}`,
  ];
  return `{\n  ${members.join(',\n  ')}\n}\n`;
}

function lines(items: readonly object[]): string {
  if (items.length === 0) return '[]';
  return `[\n    ${items.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`;
}

/** Every member of `T`, so that a member added to the type and forgotten here does not compile. */
type Every<T> = { readonly [M in keyof Required<T>]: T[M] | undefined };

function entryInOrder(one: LedgerEntry): Every<LedgerEntry> {
  return {
    id: one.id,
    name: one.name,
    origin: one.origin,
    deletionPolicy: one.deletionPolicy,
    paused: one.paused,
    keyFingerprint: one.keyFingerprint,
    keyGenerated: one.keyGenerated,
    nextKeyFingerprint: one.nextKeyFingerprint,
    file: one.file,
    revision: one.revision,
    appliedHash: one.appliedHash,
    specHash: one.specHash,
    appliedAt: one.appliedAt,
    boundAt: one.boundAt,
    writtenAt: one.writtenAt,
    missingAt: one.missingAt,
    namesakes: one.namesakes,
    keyUnproven: one.keyUnproven,
    orphaned: one.orphaned && orphaningInOrder(one.orphaned),
    normalised: one.normalised.map(normalisedInOrder),
    unproven: one.unproven.map(unprovenInOrder),
    healed: one.healed.map((each) => ({ path: each.path, at: each.at })),
  };
}

function normalisedInOrder({ path, sent, echoed, since, triedAt }: Normalised): Normalised {
  return { path, sent, echoed, since, triedAt };
}

function unprovenInOrder({ path, sent, echoed, before, read, writes }: Unproven): Unproven {
  return {
    path,
    sent,
    echoed,
    ...(before === undefined ? {} : { before }),
    ...(read === undefined ? {} : { read }),
    writes,
  };
}

function orphaningInOrder({ at, policy, cause, removedIn }: Orphaning): Orphaning {
  return {
    at,
    policy,
    ...(cause === undefined ? {} : { cause }),
    ...(removedIn === undefined ? {} : { removedIn: commitInOrder(removedIn) }),
  };
}

function commitInOrder({ id, author, signer, subject, at }: CommitInfo): CommitInfo {
  return { id, author, ...(signer === undefined ? {} : { signer }), subject, at };
}

function appliedInOrder({ source, commit, content }: AppliedSource): Every<AppliedSource> {
  return { source, commit, content };
}

function intentInOrder(one: Intent): Every<Intent> {
  return {
    fingerprint: one.fingerprint,
    name: one.name,
    keyGenerated: one.keyGenerated,
    openedAt: one.openedAt,
    postedAt: one.postedAt,
    endedAt: one.endedAt,
    before: one.before,
    file: one.file,
    revision: one.revision,
    hash: one.hash,
    specHash: one.specHash,
    deletionPolicy: one.deletionPolicy,
    orphaned: one.orphaned && orphaningInOrder(one.orphaned),
  };
}

function deleteInOrder(one: DeleteRecord): Every<DeleteRecord> {
  return { id: one.id, name: one.name, at: one.at, keyFingerprint: one.keyFingerprint };
}

function retiredInOrder(one: RetiredKey): Every<RetiredKey> {
  return { fingerprint: one.fingerprint, id: one.id, name: one.name, at: one.at, reason: one.reason };
}

function deliveryInOrder(one: Delivery): Every<Delivery> {
  return {
    fingerprint: one.fingerprint,
    target: one.target,
    name: one.name,
    id: one.id,
    phase: one.phase,
    at: one.at,
    file: one.file,
    failed: one.failed && { at: one.failed.at, reason: one.failed.reason },
  };
}

/** A new mark for the account with this API key at this host; the key cannot be read from it. */
export function markAccount(apiKey: string, host: string): AccountMark {
  const salt = randomBytes(16).toString('hex');
  return { salt, hash: hashAccount(salt, apiKey, host), host };
}

/** Whether the mark is that of the account with this API key at this host. */
export function isMarkOf(mark: AccountMark, apiKey: string, host: string): boolean {
  const expected = Buffer.from(hashAccount(mark.salt, apiKey, host));
  const found = Buffer.from(mark.hash);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function hashAccount(salt: string, apiKey: string, host: string): string {
  return sha256(`${salt}${apiKey}\n${host}`);
}
