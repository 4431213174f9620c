import type { JsonObject } from '../core/json.ts';

/** Events of a history as they are told: with times as text, where the file on disk has numbers. */
export function readableEvents(events: readonly JsonObject[]): readonly JsonObject[] {
  return events.map((event) => ({ ...event, ...readable(event, 'at'), ...readable(event, 'from') }));
}

function readable(event: JsonObject, field: 'at' | 'from'): JsonObject {
  const at = event[field];
  return typeof at === 'number' && Number.isFinite(new Date(at).getTime())
    ? { [field]: new Date(at).toISOString() }
    : {};
}
