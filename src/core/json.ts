/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object whose members are not known beforehand. */
export interface JsonObject {
  readonly [member: string]: Json;
}

/** Whether a value is a JSON object: not null, not an array. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of that name; undefined when the object itself has none, whatever its prototype holds under that name. */
export function ownMember(object: JsonObject, member: string): Json | undefined {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}

/** The object member of that name, or an empty object when it is absent or something else. */
export function objectMember(object: JsonObject, member: string): JsonObject {
  const value = ownMember(object, member);
  return isJsonObject(value) ? value : {};
}

/** A copy of the object with other values; undefined leaves the member out. */
export function mapMembers(object: JsonObject, replace: (member: string, value: Json) => Json | undefined): JsonObject {
  const members: [string, Json][] = [];
  for (const [member, value] of Object.entries(object)) {
    const replaced = replace(member, value);
    if (replaced !== undefined) members.push([member, replaced]);
  }
  return Object.fromEntries(members);
}

/** A copy of the object without the named members. */
export function omitMembers(object: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => !members.includes(member)));
}

/** JSON text with the members of every object in code-point order, so that equal values have equal texts. */
export function stableStringify(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((member) => `${JSON.stringify(member)}:${stableStringify(value[member] ?? null)}`).join(',')}}`;
}

/** Whether two JSON values are equal; the order of object members means nothing. */
export function jsonEquals(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, index) => jsonEquals(item, other[index]))
    );
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  const members = Object.keys(one);
  if (members.length !== Object.keys(other).length) return false;
  return members.every((member) => Object.hasOwn(other, member) && jsonEquals(one[member], other[member]));
}
