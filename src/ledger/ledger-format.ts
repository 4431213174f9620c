import { z } from 'zod';
import { type ApplicationId, parseApplicationId } from '../core/application.ts';
import type { DeleteRecord, Intent, Ledger, LedgerEntry, RetiredKey } from '../core/ledger.ts';

/** The ledger file's schema this program reads and writes. */
export const ledgerSchema = 1;

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

const id = z.string().transform((text, context): ApplicationId => {
  const parsed = parseApplicationId(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected an application id' });
  return z.NEVER;
});
const time = z.number().int().min(0);
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const path = z.string();

const entry = z.strictObject({
  id,
  name: z.string(),
  origin: z.enum(['created', 'adopted']),
  deletionPolicy: z.enum(['delete', 'orphan', 'protect']).exactOptional(),
  paused: z.boolean(),
  keyFingerprint: fingerprint.exactOptional(),
  keyGenerated: z.boolean(),
  nextKeyFingerprint: fingerprint.exactOptional(),
  file: z.string(),
  revision: z.string(),
  appliedHash: z.string().exactOptional(),
  specHash: z.string().exactOptional(),
  appliedAt: time.exactOptional(),
  orphaned: z.strictObject({ at: time, policy: z.enum(['create-only', 'upsert', 'sync']) }).exactOptional(),
  normalised: z.array(z.strictObject({ path, sent: z.string(), echoed: z.string() })),
  healed: z.array(z.strictObject({ path, at: time })),
});

const intent = z.strictObject({
  fingerprint,
  name: z.string().exactOptional(),
  keyGenerated: z.boolean(),
  openedAt: time,
  postedAt: time.exactOptional(),
  endedAt: time.exactOptional(),
  before: z.array(id),
  file: z.string(),
  revision: z.string(),
  hash: z.string(),
  specHash: z.string(),
  deletionPolicy: z.enum(['delete', 'orphan', 'protect']).exactOptional(),
});

const deleteRecord = z.strictObject({ id, name: z.string(), at: time, keyFingerprint: fingerprint.exactOptional() });

const retiredKey = z.strictObject({
  fingerprint,
  id: id.exactOptional(),
  name: z.string().exactOptional(),
  at: time,
  reason: z.enum(['rotated', 'deleted', 'released', 'abandoned', 'refused']),
});

const document = z.strictObject({
  format: z.literal('vonage-gitops.ledger'),
  schema: z.literal(ledgerSchema),
  serial: z.number().int().min(0),
  account: z.strictObject({ salt: z.string(), hash: z.string(), host: z.string() }),
  root: z.string().exactOptional(),
  entries: z.array(entry),
  intents: z.array(intent),
  deletes: z.array(deleteRecord),
  retired: z.array(retiredKey),
});

const header = z.object({ format: z.literal('vonage-gitops.ledger'), schema: z.number().int().min(1) });

/** What reading a ledger file's text gave. */
export type ParsedLedger =
  | { readonly outcome: 'read'; readonly document: LedgerDocument }
  | { readonly outcome: 'newer'; readonly schema: number }
  | { readonly outcome: 'corrupt'; readonly reason: string };

/** Reads a ledger file's text. Members it does not know make it corrupt: writing it again would lose them. */
export function parseLedger(text: string): ParsedLedger {
  const json = parseJson(text);
  if (json.outcome === 'corrupt') return json;
  const head = header.safeParse(json.value);
  if (head.success && head.data.schema > ledgerSchema) return { outcome: 'newer', schema: head.data.schema };
  const parsed = document.safeParse(json.value);
  if (!parsed.success) return { outcome: 'corrupt', reason: firstIssue(parsed.error) };
  const { serial, account, root, entries, intents, deletes, retired } = parsed.data;
  const byId = new Map(entries.map((one) => [one.id, one]));
  if (byId.size !== entries.length) return { outcome: 'corrupt', reason: 'two entries have the same id' };
  const rootMember = root === undefined ? {} : { root };
  const ledger: Ledger = { serial, ...rootMember, known: true, entries: byId, intents, deletes, retired };
  return { outcome: 'read', document: { account, ledger } };
}

type ParsedJson =
  | { readonly outcome: 'read'; readonly value: unknown }
  | { readonly outcome: 'corrupt'; readonly reason: string };

function parseJson(text: string): ParsedJson {
  try {
    return { outcome: 'read', value: JSON.parse(text) };
  } catch {
    // The parser's own message quotes the text around the fault.
    return { outcome: 'corrupt', reason: text.trim() === '' ? 'the file is empty' : 'not JSON, or cut short' };
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'invalid' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

/** The text of a ledger file: one line for each entry, in the order of names, so that two versions can be compared line by line. */
export function formatLedger({ account, ledger }: LedgerDocument): string {
  const entries = [...ledger.entries.values()].sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  const members = [
    `"format": "vonage-gitops.ledger"`,
    `"schema": ${ledgerSchema}`,
    `"serial": ${ledger.serial}`,
    `"account": ${JSON.stringify({ salt: account.salt, hash: account.hash, host: account.host })}`,
    ...(ledger.root === undefined ? [] : [`"root": ${JSON.stringify(ledger.root)}`]),
    `"entries": ${lines(entries.map(entryInOrder))}`,
    `"intents": ${lines(ledger.intents.map(intentInOrder))}`,
    `"deletes": ${lines(ledger.deletes.map(deleteInOrder))}`,
    `"retired": ${lines(ledger.retired.map(retiredInOrder))}`,
  ];
  return `{\n  ${members.join(',\n  ')}\n}\n`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
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
    orphaned: one.orphaned && { at: one.orphaned.at, policy: one.orphaned.policy },
    normalised: one.normalised.map((each) => ({ path: each.path, sent: each.sent, echoed: each.echoed })),
    healed: one.healed.map((each) => ({ path: each.path, at: each.at })),
  };
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
  };
}

function deleteInOrder(one: DeleteRecord): Every<DeleteRecord> {
  return { id: one.id, name: one.name, at: one.at, keyFingerprint: one.keyFingerprint };
}

function retiredInOrder(one: RetiredKey): Every<RetiredKey> {
  return { fingerprint: one.fingerprint, id: one.id, name: one.name, at: one.at, reason: one.reason };
}
