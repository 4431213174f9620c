import { isJsonObject, type Json, type JsonObject, mapMembers } from '../json.ts';

/** Fields that hold a time where they are numbers: in milliseconds since 1970, as in the state directory. */
const timeField = /^(at|from|since|until|[a-z]+At)$/;
/** Source: ECMAScript, time values and time range. */
const furthestMs = 8.64e15;

/** A document with its times as text, ISO 8601 in UTC, at every depth. */
export function readableTimes(document: JsonObject): JsonObject {
  return mapMembers(document, (name, value) => {
    const isTime = typeof value === 'number' && timeField.test(name) && Math.abs(value) <= furthestMs;
    return isTime ? new Date(value).toISOString() : readable(value);
  });
}

function readable(value: Json): Json {
  if (Array.isArray(value)) return value.map(readable);
  return isJsonObject(value) ? readableTimes(value) : value;
}
