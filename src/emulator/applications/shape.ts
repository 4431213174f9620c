/** What a JSON value in a request may look like. */
export type Shape =
  | { readonly kind: 'string' | 'boolean' | 'url' | 'name' | 'public-key' | 'id' | 'any' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'array'; readonly of: Shape }
  | {
      readonly kind: 'object';
      readonly members: Readonly<Record<string, Shape>>;
      /** Members of which one at most may be there. */
      readonly exclusive?: readonly string[];
      /** null counts as absent. */
      readonly nullable?: true;
    };

/** Any text. */
export const text: Shape = { kind: 'string' };
/** An http or https URL, or nothing between the quotes (a webhook not set). */
export const url: Shape = { kind: 'url' };
/** true or false. */
export const flag: Shape = { kind: 'boolean' };
/** Anything at all. */
export const anything: Shape = { kind: 'any' };

/** One of these words. */
export function word(...values: readonly string[]): Shape {
  return { kind: 'enum', values };
}

/** A whole number in a range, both ends included. */
export function integer(min: number, max: number): Shape {
  return { kind: 'integer', min, max };
}

/** A list. */
export function listOf(of: Shape): Shape {
  return { kind: 'array', of };
}

/** An object with these members and no others. */
export function object(members: Readonly<Record<string, Shape>>): Extract<Shape, { kind: 'object' }> {
  return { kind: 'object', members };
}
