import { type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import { type ObjectId, parseObjectId } from '../core/git/object-id.ts';
import { parseJson } from '../core/json.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import { schemaWords } from '../core/schema-words.ts';
import { z } from '../core/zod.ts';
import { type LedgerDocument, ledgerSchema } from './ledger-format.ts';
import { ledgerFrom1 } from './ledger-v1.ts';
import { ledgerFrom2 } from './ledger-v2.ts';
import { ledgerFrom3 } from './ledger-v3.ts';

const id = z.string().transform((text, context): ApplicationId => {
  const parsed = parseApplicationId(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected an application id' });
  return z.NEVER;
});
const time = z.number().int().min(0);
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const path = z.string();

const commitId = z.string().transform((text, context): ObjectId => {
  const parsed = parseObjectId(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected the id of a commit' });
  return z.NEVER;
});

const commit = z.strictObject({
  id: commitId,
  author: z.string(),
  signer: z.string().exactOptional(),
  subject: z.string(),
  at: z.number().int(),
});

const orphaning = z.strictObject({
  at: time,
  policy: z.enum(['create-only', 'upsert', 'sync']),
  cause: z.enum(['removed', 'rewound', 'moved']).exactOptional(),
  removedIn: commit.exactOptional(),
});

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
  boundAt: time.exactOptional(),
  writtenAt: time.exactOptional(),
  missingAt: time.exactOptional(),
  namesakes: z.array(id).exactOptional(),
  keyUnproven: z.boolean().exactOptional(),
  orphaned: orphaning.exactOptional(),
  normalised: z.array(z.strictObject({ path, sent: z.string(), echoed: z.string(), since: time, triedAt: time })),
  unproven: z.array(
    z.strictObject({
      path,
      sent: z.string(),
      echoed: z.string(),
      before: z.string().exactOptional(),
      read: z.string().exactOptional(),
      writes: z.union([z.literal(1), z.literal(2)]),
    }),
  ),
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
  orphaned: orphaning.exactOptional(),
});

const deleteRecord = z.strictObject({ id, name: z.string(), at: time, keyFingerprint: fingerprint.exactOptional() });

const retiredKey = z.strictObject({
  fingerprint,
  id: id.exactOptional(),
  name: z.string().exactOptional(),
  at: time,
  reason: z.enum(['rotated', 'deleted', 'released', 'abandoned', 'refused']),
});

const delivery = z.strictObject({
  fingerprint,
  target: z.string(),
  name: z.string(),
  id: id.exactOptional(),
  phase: z.enum(['preparing', 'prepared', 'active', 'former']),
  at: time,
  file: z.string().exactOptional(),
  failed: z.strictObject({ at: time, reason: z.string() }).exactOptional(),
});

const document = z.strictObject({
  format: z.literal('vonage-gitops.ledger'),
  schema: z.literal(ledgerSchema),
  serial: z.number().int().min(0),
  account: z.strictObject({ salt: z.string(), hash: z.string(), host: z.string() }),
  root: z.string().exactOptional(),
  sources: z.array(z.string()),
  applied: z.strictObject({ source: z.string(), commit: z.string(), content: z.string() }).exactOptional(),
  entries: z.array(entry),
  intents: z.array(intent),
  deletes: z.array(deleteRecord),
  retired: z.array(retiredKey),
  deliveries: z.array(delivery),
});

const header = z.object({ format: z.literal('vonage-gitops.ledger'), schema: z.number().int().min(1) });

/** What reading a ledger file's text gave. */
export type ParsedLedger =
  /** `schema`: the format the text has; the document is in today's. */
  | { readonly outcome: 'read'; readonly document: LedgerDocument; readonly schema: number }
  | { readonly outcome: 'newer'; readonly schema: number }
  | { readonly outcome: 'corrupt'; readonly reason: string };

/** Reads a ledger file's text. Members it does not know make it corrupt: writing it again would lose them. */
export function parseLedger(text: string): ParsedLedger {
  const json = parseJson(text);
  if (json === undefined)
    return { outcome: 'corrupt', reason: text.trim() === '' ? 'the file is empty' : 'not JSON, or truncated' };
  const head = header.safeParse(json);
  const schema = head.success ? head.data.schema : ledgerSchema;
  if (schema > ledgerSchema) return { outcome: 'newer', schema };
  const parsed = parseDocument(json, schema);
  if (parsed instanceof z.ZodError) return { outcome: 'corrupt', reason: firstIssue(parsed) };
  const { account, entries, format: _format, schema: _schema, ...others } = parsed;
  const byId = new Map(entries.map((one) => [one.id, one]));
  if (byId.size !== entries.length) return { outcome: 'corrupt', reason: 'two entries have the same id' };
  const ledger: Ledger = { ...others, known: true, entries: byId };
  return { outcome: 'read', document: { account, ledger }, schema };
}

/** What turns each earlier format into the one after it, by the number it reads. */
const readers: ReadonlyMap<number, (json: unknown) => unknown> = new Map([
  [1, ledgerFrom1],
  [2, ledgerFrom2],
  [3, ledgerFrom3],
]);

function parseDocument(json: unknown, schema: number): z.infer<typeof document> | z.ZodError {
  try {
    let current = json;
    for (let version = schema; version < ledgerSchema; version += 1) current = readers.get(version)?.(current);
    return document.parse(current, { error: schemaWords });
  } catch (error) {
    if (error instanceof z.ZodError) return error;
    throw error;
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'invalid' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}
