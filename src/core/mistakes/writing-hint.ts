import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';

/** What is known of a place where another value was found than is expected. */
interface WrongValue {
  readonly found: Json;
  /** In words. */
  readonly expected: string;
  /** Fields that are allowed there, if an object is. */
  readonly fields: readonly string[];
}

/** How the expected value is written, where what was found shows what is meant; else nothing. */
export function writingHint({ found, expected, fields }: WrongValue): string {
  switch (expected) {
    case 'an object':
      return objectHint(found, fields);
    case 'a list':
      return typeof found === 'string' ? '. Write it as a list: [ ... ]' : '';
    case 'text':
      return typeof found === 'number' || typeof found === 'boolean' ? '. Quote it' : '';
    case 'true or false':
      return flagHint(found);
    default:
      return '';
  }
}

function objectHint(found: Json, fields: readonly string[]): string {
  if (found === null || found === true) return '. Use {} for an empty one';
  if (typeof found === 'string' && fields.includes('address')) return '. Write it as { address: URL }';
  if (!Array.isArray(found)) return '';
  const names = found.map((item) => (isJsonObject(item) ? Object.keys(item)[0] : item));
  const name = names.find((item) => typeof item === 'string' && fields.includes(item));
  return name === undefined ? '' : `. Write fields without dashes and brackets: ${String(name)}: {}`;
}

/** Words that were flags before YAML 1.2. */
function flagHint(found: Json): string {
  if (typeof found !== 'string') return '';
  if (/^(yes|on)$/i.test(found)) return ' (did you mean true?)';
  return /^(no|off)$/i.test(found) ? ' (did you mean false?)' : '';
}
