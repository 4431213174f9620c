import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { hashJson } from '../hash.ts';
import type { JsonObject } from '../json.ts';
import type { Pointer } from '../pointer.ts';
import { wholeBody, wholeRecord } from './field-records.ts';
import type { FieldRecords, Normalised, Unproven } from './ledger.ts';

/** One POST or PUT, and what came back. */
export interface Write {
  /** What was known before it. */
  readonly known: FieldRecords;
  /** The body it replaced; undefined for a create. */
  readonly before: JsonObject | undefined;
  readonly sent: JsonObject;
  readonly response: JsonObject;
  /** The body the manifest wants, over that of the response. */
  readonly wanted: JsonObject;
  readonly manifestHash: string;
  /** Whether the manifest was applied before, so that what is written anew is drift or was not kept. */
  readonly sameVersion: boolean;
  /** When it ended, in milliseconds since 1970. */
  readonly now: number;
}

/** A field that was written, or that the response shows otherwise. The values are hashes. */
interface Field {
  readonly path: Pointer;
  readonly sent: string;
  readonly before: string;
  readonly echoed: string;
}

/** Fields in which a response differs from what the manifest wants. */
export function deviatingPaths(response: JsonObject, wanted: JsonObject): readonly Pointer[] {
  return diff(canonical(response), canonical(wanted)).members.map(({ path }) => path);
}

/**
 * What is known of an application's fields after a write. Nothing is proven by it: a response may be an old one. What was proven to
 * stick before and is healed leaves a record only where the response shows a third value, so that another writer who brings his
 * value back is met as drift, not taken for the server.
 */
export function fieldsAfterWrite(write: Write): FieldRecords {
  const fields = fieldsOf(write);
  const isTouched = (path: Pointer) => fields.some((field) => field.path === path);
  const { normalised, unproven } = write.known;
  const kept = unproven.filter(({ path, sent }) =>
    path === wholeBody ? sent === write.manifestHash : !isTouched(path),
  );
  const after = fields.map((field) => fieldAfterWrite(field, write));
  return {
    normalised: [
      ...normalised.filter(({ path }) => !isTouched(path)),
      ...after.flatMap(({ normalised }) => normalised ?? []),
    ],
    unproven: [
      ...kept,
      ...(write.before === undefined ? [wholeRecord(write.manifestHash)] : []),
      ...after.flatMap(({ unproven }) => unproven ?? []),
    ],
  };
}

function fieldsOf({ before, sent, response, wanted }: Write): readonly Field[] {
  const absent = hashJson(null);
  const fields = new Map<Pointer, Field>();
  if (before !== undefined) {
    for (const { path, before: live, after } of diff(canonical(before), canonical(sent)).members) {
      const value = hashJson(after ?? null);
      fields.set(path, { path, sent: value, before: hashJson(live ?? null), echoed: value });
    }
  }
  for (const { path, before: shown, after } of diff(canonical(response), canonical(wanted)).members) {
    const value = hashJson(after ?? null);
    const known = fields.get(path) ?? { path, sent: value, before: before === undefined ? absent : value };
    fields.set(path, { ...known, echoed: hashJson(shown ?? null) });
  }
  return [...fields.values()];
}

interface After {
  readonly normalised?: Normalised;
  readonly unproven?: Unproven;
}

function fieldAfterWrite(field: Field, write: Write): After {
  const { path, sent } = field;
  const { known, now } = write;
  const isSame = (one: { readonly path: Pointer; readonly sent: string }) => one.path === path && one.sent === sent;
  const rewritten = known.normalised.find(isSame);
  if (rewritten !== undefined) return rewrittenAfterWrite(rewritten, field, now);
  return unknownAfterWrite(field, known.unproven.find(isSame), write);
}

/** A field that the server was known to keep otherwise than it was sent. */
function rewrittenAfterWrite(rewritten: Normalised, field: Field, now: number): After {
  const { before, sent } = field;
  if (before === sent || before === rewritten.echoed) return { normalised: { ...rewritten, triedAt: now } };
  return { unproven: { ...field, read: rewritten.echoed, writes: 2 } };
}

/** A field of which nothing is known but, perhaps, that it was written before. */
function unknownAfterWrite(field: Field, open: Unproven | undefined, write: Write): After {
  const { sent, before, echoed } = field;
  const { known, before: replaced, sameVersion, manifestHash } = write;
  const isChanged = before !== sent;
  if (open !== undefined && !isChanged) return { unproven: { ...open, echoed, before } };
  const isWhole = known.unproven.some((one) => one.path === wholeBody && one.sent === manifestHash);
  if (open !== undefined || (isWhole && isChanged)) return { unproven: { ...field, read: before, writes: 2 } };
  if (replaced === undefined || (isChanged && !sameVersion)) return { unproven: { ...field, writes: 1 } };
  return echoed === sent || echoed === before ? {} : { unproven: { ...field, writes: 2 } };
}
