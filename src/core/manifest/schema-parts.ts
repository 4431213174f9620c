import { z } from '../zod.ts';

/** What a schema allows, in words: `expected <words>, found ...`. Kept beside the schemas so that it stays out of the JSON Schema. */
export const expectations = z.registry<{ readonly expected: string }>();

function leaf<T extends z.ZodType>(schema: T, expected: string, description: string, more: z.GlobalMeta = {}): T {
  // Not by meta(), which makes a second schema: there are hundreds, and every command that reads manifests makes them all.
  z.globalRegistry.add(schema, { description, ...more });
  expectations.add(schema, { expected });
  return schema;
}

// Schemas with their checks from the start. Each `.min()` makes the whole schema once more, and making schemas is a good part of a start.
function stringOf(...checks: readonly z.core.$ZodCheck<string>[]) {
  return new z.ZodString({ type: 'string', checks: [...checks] });
}

function wholeNumberOf(...checks: readonly z.core.$ZodCheck<number>[]) {
  return new z.ZodNumberFormat({
    type: 'number',
    check: 'number_format',
    format: 'safeint',
    abort: false,
    checks: [...checks],
  });
}

/** A string that is not empty. */
export function text(description: string, expected = 'text') {
  return leaf(stringOf(z.minLength(1)), expected, description);
}

/** `true` or `false`. */
export function flag(description: string) {
  return leaf(z.boolean(), 'true or false', description);
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number, description: string, more: z.GlobalMeta = {}) {
  return leaf(wholeNumberOf(z.gte(min), z.lte(max)), `a whole number from ${min} to ${max}`, description, more);
}

/** A whole number that is not negative; what the server makes of it is not agreed on between its documents. */
export function count(description: string) {
  return leaf(wholeNumberOf(z.gte(0)), 'a whole number, 0 or more', description);
}

/** One of these strings. */
export function choice<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  const words = values.map((value) => `"${value}"`).join(', ');
  return leaf(z.enum(values), values.length === 1 ? words : `one of ${words}`, description);
}

/** An http or https address. Whether the rest of it is a URL is checked beyond the schema. */
export function url(description: string) {
  return leaf(stringOf(z.regex(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/./)), 'an http or https URL', description);
}

/** An object with exactly these members. */
export function group<T extends z.ZodRawShape>(shape: T, description: string) {
  return leaf(z.strictObject(shape), 'an object', description);
}

/** A list. */
export function list<T extends z.ZodType>(item: T, description: string) {
  return leaf(z.array(item), 'a list', description);
}

/** An object from any text to text. */
export function textMap(description: string) {
  return leaf(z.record(z.string(), text('Value of the label.')), 'an object', description);
}

/** Any JSON value, kept as it is. */
export function anything(description: string) {
  return leaf(z.unknown(), 'any value', description);
}
