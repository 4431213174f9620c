import { compareTexts } from '../compare.ts';
import { isJsonObject, type Json, type JsonObject, omitMembers } from '../json.ts';
import { type Pointer, pointerOf, pointerTokens, valueAt } from '../pointer.ts';
import { canonical } from './canonical.ts';
import type { Difference } from './diff.ts';
import { withoutNullMembers } from './null-members.ts';

/** A body as it is, and in the form in which it was compared. */
interface Side {
  readonly body: JsonObject;
  readonly form: JsonObject;
}

/**
 * Differences of canonical forms with the values that stand in the bodies themselves: the canonical form leaves out what equals a default,
 * which is right for comparing and would hide what is sent. What one body has and the other lacks as a whole, such as a webhook, is told with
 * every field it has. Keys stay fingerprints.
 */
export function spelledOut(
  differences: readonly Difference[],
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly Difference[] {
  const [old, wanted] = [sideOf(before), sideOf(after)];
  const told = new Map<Pointer, Difference>();
  for (const difference of differences) {
    for (const one of fieldsOf(difference, old, wanted)) told.set(one.path, one);
  }
  return [...told.values()].toSorted((one, other) => compareTexts(one.path, other.path));
}

function sideOf(body: JsonObject | undefined): Side | undefined {
  if (body === undefined) return undefined;
  const form = canonical(body);
  const { keys } = form;
  const others = omitMembers(withoutNullMembers(body), ['keys']);
  return { body: keys === undefined ? others : { ...others, keys }, form };
}

function fieldsOf(difference: Difference, old: Side | undefined, wanted: Side | undefined): readonly Difference[] {
  const { path } = difference;
  const whole = prefixesOf(path).find((prefix) => isIn(old, prefix) !== isIn(wanted, prefix));
  if (whole === undefined || whole === path) {
    const before = fieldAt(old, path, difference.before);
    const after = fieldAt(wanted, path, difference.after);
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  return [
    ...leavesOf(old, whole).map(([pointer, before]) => ({ path: pointer, before })),
    ...leavesOf(wanted, whole).map(([pointer, after]) => ({ path: pointer, after })),
  ];
}

/** Pointers of everything that holds the field, from the whole document to the field itself. */
function prefixesOf(path: Pointer): readonly Pointer[] {
  const tokens = pointerTokens(path);
  return [...tokens.map((_, index) => pointerOf(tokens.slice(0, index))), path];
}

function isIn(side: Side | undefined, pointer: Pointer): boolean {
  return side !== undefined && valueAt(side.form, pointer) !== undefined;
}

/** What stands there, unless it is an object: of that the comparison knows what counts. */
function fieldAt(side: Side | undefined, path: Pointer, compared: Json | undefined): Json | undefined {
  const value = side && valueAt(side.body, path);
  return value === undefined || isJsonObject(value) ? compared : value;
}

/** The fields below a pointer, without what counts as absent: an empty `webhooks`, and all of a webhook with an empty address. */
function leavesOf(side: Side | undefined, pointer: Pointer): readonly (readonly [Pointer, Json])[] {
  const value = side && valueAt(side.body, pointer);
  if (side === undefined || value === undefined) return [];
  if (!isJsonObject(value)) return [[pointer, value]];
  const compared = valueAt(side.form, pointer);
  if (!isJsonObject(compared)) return [];
  if (Object.keys(compared).length === 0) return [[pointer, compared]];
  return Object.keys(value).flatMap((member) => leavesOf(side, `${pointer}${pointerOf([member])}`));
}
