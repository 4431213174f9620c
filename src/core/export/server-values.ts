import { type Json, jsonEquals } from '../json.ts';
import type { Pointer } from '../pointer.ts';

/** What the server adds to an application that does not say so. Source: docs/api-notes.md, "What the server adds" */
const added: ReadonlyMap<Pointer, readonly Json[]> = new Map<Pointer, readonly Json[]>([
  ['/privacy', [{ improve_ai: false }, { improve_ai: true }]],
  ['/privacy/improve_ai', [false, true]],
  ['/capabilities/voice/signed_callbacks', [true]],
  ['/capabilities/voice/conversations_ttl', [48]],
  ['/capabilities/voice/leg_persistence_time', [2, 7]],
  ['/capabilities/rtc/signed_callbacks', [true]],
  ['/capabilities/messages/version', ['v1']],
  ['/capabilities/verify/version', ['v2']],
]);

/** Whether the server may have filled this value in by itself. */
export function fillsIn(pointer: Pointer, value: Json): boolean {
  return added.get(pointer)?.some((one) => jsonEquals(one, value)) ?? false;
}
