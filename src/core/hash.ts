import { createHash } from 'node:crypto';
import { type Json, stableStringify } from './json.ts';

/** SHA-256 (hex) of a JSON value; the order of object members makes no difference. */
export function hashJson(value: Json): string {
  return createHash('sha256').update(stableStringify(value)).digest('hex');
}
