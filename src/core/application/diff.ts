import { compareTexts } from '../compare.ts';
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownMember } from '../json.ts';
import { type Pointer, pointerOf } from '../pointer.ts';

/** One member in which two bodies differ; an absent side is undefined. Holds real values: not for people, not for logs. */
export interface Difference {
  readonly path: Pointer;
  readonly before?: Json;
  readonly after?: Json;
}

/** How two bodies differ. */
export interface Differences {
  /** In the order of their paths. */
  readonly members: readonly Difference[];
  /** How many members (leaves) are equal. */
  readonly unchanged: number;
}

/** Every leaf in which two canonical bodies differ. Arrays and empty objects are leaves: their whole is the value. */
export function diff(before: JsonObject, after: JsonObject): Differences {
  const members: Difference[] = [];
  const unchanged = compare(before, after, '', members);
  return { members: members.sort((one, other) => compareTexts(one.path, other.path)), unchanged };
}

/** Adds what differs to `found` and answers with the number of equal leaves. */
function compare(before: Json | undefined, after: Json | undefined, path: Pointer, found: Difference[]): number {
  if (before === after && !isJsonObject(before)) return 1;
  if (hasMembers(before) || hasMembers(after)) return compareMembers(before, after, path, found);
  if (jsonEquals(before, after)) return 1;
  found.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
  return 0;
}

function compareMembers(before: Json | undefined, after: Json | undefined, path: Pointer, found: Difference[]): number {
  if (before !== undefined && after !== undefined && !(isJsonObject(before) && isJsonObject(after))) {
    found.push({ path, before, after });
    return 0;
  }
  const one = isJsonObject(before) ? before : {};
  const other = isJsonObject(after) ? after : {};
  let unchanged = 0;
  for (const member of new Set([...Object.keys(one), ...Object.keys(other)])) {
    unchanged += compare(ownMember(one, member), ownMember(other, member), `${path}${pointerOf([member])}`, found);
  }
  return unchanged;
}

function hasMembers(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length > 0;
}
