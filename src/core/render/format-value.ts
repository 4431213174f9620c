import { sha256 } from '../hash.ts';
import type { Json } from '../json.ts';
import { sensitive } from '../redact/patterns.ts';
import { isLong, quoted, shorten, visible } from './visible.ts';

/** A member's value on one line; long texts are shortened with their length and hash, so that two different ones look different. */
export function formatValue(value: Json): string {
  if (value === sensitive) return sensitive;
  if (typeof value === 'string') return `${quoted(value)}${measure(value)}`;
  const text = JSON.stringify(value);
  return `${visible(shorten(text))}${measure(text)}`;
}

function measure(text: string): string {
  if (!isLong(text)) return '';
  return ` (${text.length} characters, SHA-256 ${sha256(text).slice(0, 12)})`;
}
