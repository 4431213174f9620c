import { isJsonObject, type Json, type JsonObject, mapMembers, mapObjectMember } from '../json.ts';

/**
 * An application's body without members that are null: in a response of the API that is another way to say that there is nothing. Only a
 * capability with nothing but nulls in it stays as it is: it counts as absent, but may be switched on, and goes back as it came.
 */
export function withoutNullMembers(body: JsonObject): JsonObject {
  return mapMembers(mapObjectMember(body, 'capabilities', withoutNullCapabilities), (member, value) =>
    member === 'capabilities' && isJsonObject(value) ? value : withoutNulls(value),
  );
}

/** Whether a capability has members, and all of them are null, at any depth. */
export function isBlankCapability(capability: Json | undefined): boolean {
  if (!isJsonObject(capability) || Object.keys(capability).length === 0) return false;
  return Object.values(capability).every((value) => value === null || isBlankCapability(value));
}

function withoutNullCapabilities(capabilities: JsonObject): JsonObject {
  return mapMembers(capabilities, (_, capability) =>
    isBlankCapability(capability) ? capability : withoutNulls(capability),
  );
}

/** Undefined for null. A null in an array is an item of it, and stays. */
function withoutNulls(value: Json): Json | undefined {
  if (value === null) return undefined;
  return isJsonObject(value) ? mapMembers(value, (_, inner) => withoutNulls(inner)) : value;
}
