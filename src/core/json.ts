/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object whose members are not known beforehand. */
export interface JsonObject {
  readonly [member: string]: Json;
}

/** The JSON value of a text, or undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // the one thing JSON.parse throws for
  }
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

/** The object with other values; undefined leaves the member out. It is the object itself when every value stays. */
export function mapMembers(object: JsonObject, replace: (member: string, value: Json) => Json | undefined): JsonObject {
  const members: [string, Json][] = [];
  let changed = false;
  for (const [member, value] of Object.entries(object)) {
    const replaced = replace(member, value);
    if (replaced !== value) changed = true;
    if (replaced !== undefined) members.push([member, replaced]);
  }
  return changed ? Object.fromEntries(members) : object;
}

/** The object with another value of one object member; the object itself when it has none of that name, or when the value stays. */
export function mapObjectMember(
  object: JsonObject,
  member: string,
  replace: (value: JsonObject) => JsonObject,
): JsonObject {
  const value = ownMember(object, member);
  if (!isJsonObject(value)) return object;
  const replaced = replace(value);
  return replaced === value ? object : { ...object, [member]: replaced };
}

/** A copy of the object without the named members. */
export function omitMembers(object: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => !members.includes(member)));
}

/** JSON text with the members of every object in code-point order, so that equal values have equal texts. */
export function stableStringify(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  let text = ''; // grows member by member: every manifest and every listed application comes through here
  for (const member of Object.keys(value).sort()) {
    const separator = text === '' ? '{' : ',';
    text += `${separator}${JSON.stringify(member)}:${stableStringify(value[member] ?? null)}`;
  }
  return text === '' ? '{}' : `${text}}`;
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
