import { Document, Scalar, visit } from 'yaml';
import type { Json, JsonObject } from '../json.ts';
import { isExactlyOnePlaceholder } from '../manifest/substitute.ts';

/** Texts as values of a manifest's file. */
export type Style = 'block' | 'flow' | 'json';

/** A value that is neither a list nor an object. */
export type ScalarValue = null | boolean | number | string;

export function isScalarValue(value: Json): value is ScalarValue {
  return typeof value !== 'object' || value === null;
}

/** A scalar as it is written where another one stood: quoted as that was, as far as it can be. */
export function scalarText(value: ScalarValue, before: string | undefined, style: Style): string {
  if (typeof value !== 'string') return String(value);
  if (style === 'json' || before === Scalar.QUOTE_DOUBLE) return JSON.stringify(value);
  if (before === Scalar.QUOTE_SINGLE && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return isPlain(value, style) ? value : JSON.stringify(value);
}

/** Whether a text can stand without quotes and is the same text when it is read. */
function isPlain(text: string, style: Style): boolean {
  if (isExactlyOnePlaceholder(text)) return false; // what is filled in without quotes may become a number
  if (style === 'flow' && /[,[\]{}]|:$/.test(text)) return false;
  return new Document(text).toString({ lineWidth: 0 }) === `${text}\n`;
}

/** A value on one line. */
export function flowText(value: Json | JsonObject, style: 'flow' | 'json'): string {
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, style)).join(', ')}]`;
  if (isScalarValue(value)) return scalarText(value, undefined, style);
  const members = Object.entries(value).map(([name, inner]) => memberText(name, flowText(inner, style), style));
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A member with its value as text. */
export function memberText(name: string, value: string, style: Style): string {
  return `${scalarText(name, undefined, style)}: ${value}`;
}

/** A member as lines of block style, without indentation. */
export function blockLines(name: string, value: Json, unit: number): readonly string[] {
  const document = new Document({ [name]: value });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && isExactlyOnePlaceholder(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, indent: unit, blockQuote: 'literal' }).trimEnd().split('\n');
}
