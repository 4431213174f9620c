import { didYouMean } from './mistakes/suggest.ts';
import type { z } from './zod.ts';

/**
 * What a schema without words of its own says: pass it to a parse as `error`. Values are not quoted, for one may be a secret in the wrong
 * place.
 */
export function schemaWords(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown: ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join('; ');
  const expected = expectedBy(issue);
  if (issue.input === undefined) return `missing: expected ${expected}`;
  if (issue.code === 'invalid_type') return `expected ${expected}, found ${kindOf(issue.input)}`;
  const near = issue.code === 'invalid_value' ? didYouMean(String(issue.input), issue.values.map(String)) : '';
  return `expected ${expected}${near}`;
}

/** What a string's schema says of a value that is none: pass it to the schema as `error`. */
export function typeWords(expected: string): (issue: z.core.$ZodRawIssue) => string {
  return ({ input }) =>
    input === undefined ? `missing: expected ${expected}` : `expected ${expected}, found ${kindOf(input)}`;
}

function expectedBy(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wordOf(issue.expected);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return Array.isArray(issue.options) ? oneOf(issue.options) : wordOf('another');
    case 'too_small':
      if (issue.origin === 'string') return 'text';
      return issue.origin === 'array' ? 'at least one item' : `a number, ${issue.minimum} or more`;
    case 'too_big':
      return mostBy(issue.origin, issue.maximum);
    default:
      return wordOf('another');
  }
}

function mostBy(origin: string, maximum: number | bigint): string {
  if (origin === 'string') return `a text of at most ${maximum} characters`;
  return origin === 'array' ? `at most ${maximum} items` : `a number, ${maximum} or less`;
}

const words: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['null', 'nothing'],
]);

function wordOf(kind: string): string {
  return words.get(kind) ?? 'something else';
}

function kindOf(value: unknown): string {
  if (value === null) return wordOf('null');
  return wordOf(Array.isArray(value) ? 'array' : typeof value);
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value)).join(', ');
  return values.length === 1 ? texts : `one of ${texts}`;
}
