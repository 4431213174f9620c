import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** An RFC 6901 JSON pointer, such as `/capabilities/voice/region`; the empty text is the whole document. */
export type Pointer = string;

/** The reference tokens of a pointer, unescaped (RFC 6901, section 4). */
export function pointerTokens(pointer: Pointer): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer made of these reference tokens. */
export function pointerOf(tokens: readonly (string | number)[]): Pointer {
  return tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A pointer as people read it: `capabilities.voice.region`. */
export function dottedPath(pointer: Pointer): string {
  return pointerTokens(pointer).join('.');
}

/** Whether `pointer` is `ancestor` or lies below it. */
export function isWithin(pointer: Pointer, ancestor: Pointer): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`);
}

/** The value a pointer names inside nested objects, or undefined when nothing is there. */
export function valueAt(document: JsonObject, pointer: Pointer): Json | undefined {
  let value: Json | undefined = document;
  for (const token of pointerTokens(pointer)) {
    if (!isJsonObject(value) || !Object.hasOwn(value, token)) return undefined;
    value = value[token];
  }
  return value;
}

/**
 * A copy of the document in which the pointer's value is `value`; undefined removes it. Objects on the way are made only when
 * there is a value to hold.
 */
export function withValueAt(document: JsonObject, pointer: Pointer, value: Json | undefined): JsonObject {
  const [token, ...rest] = pointerTokens(pointer);
  if (token === undefined) return document;
  const { [token]: current, ...others } = document;
  if (rest.length === 0) return value === undefined ? others : { ...document, [token]: value };
  if (!isJsonObject(current) && value === undefined) return document;
  return { ...document, [token]: withValueAt(isJsonObject(current) ? current : {}, pointerOf(rest), value) };
}
