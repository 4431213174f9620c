import { hash } from 'node:crypto';
import { type Json, stableStringify } from './json.ts';

/** SHA-256 (hex) of a text in UTF-8, or of bytes. */
export function sha256(content: string | Buffer): string {
  return hash('sha256', content, 'hex');
}

/** SHA-256 (hex) of a JSON value; the order of object members makes no difference. */
export function hashJson(value: Json): string {
  return sha256(stableStringify(value));
}
