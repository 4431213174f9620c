/** Any value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object, read only. */
export interface JsonObject {
  readonly [member: string]: Json;
}

/** Tell a JSON object from every other JSON value, arrays and null included. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members of an object, none for anything else. */
export function membersOf(value: Json | undefined): readonly (readonly [string, Json])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** Rebuild an object with each member's value changed; `undefined` removes the member. */
export function mapMembers(value: JsonObject, change: (name: string, member: Json) => Json | undefined): JsonObject {
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const changed = change(name, member);
    if (changed !== undefined) members.push([name, changed]);
  }
  return Object.fromEntries(members);
}

/** Apply a JSON merge patch: null removes, objects merge, all else replaces. Source: RFC 7396. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, Json>(membersOf(target));
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), change));
  }
  return Object.fromEntries(merged);
}
