import { Document, Scalar, visit } from 'yaml';
import type { ApplicationId } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { apiVersion, membersAt } from '../manifest/schema.ts';
import { isExactlyOnePlaceholder } from '../manifest/substitute.ts';
import { type Pointer, pointerOf, pointerTokens } from '../pointer.ts';
import { documentText } from '../render/document-text.ts';
import { escapeHidden } from '../render/visible.ts';
import type { Remark } from './declarable.ts';

/** What a manifest says, all texts as they are written: placeholders in it, `$${` escaped. */
export interface WrittenManifest {
  readonly name: string;
  readonly id: ApplicationId | undefined;
  readonly ignore: readonly Pointer[];
  readonly spec: JsonObject;
  readonly remarks: readonly Remark[];
}

/** The manifest as YAML: fields in the order of the schema, comments where fields would stand that say nothing new. */
export function manifestText({ name, id, ignore, spec, remarks }: WrittenManifest): string {
  const byParent = groupBy(remarks, ({ parent }) => parent);
  return [
    `apiVersion: ${apiVersion}`,
    'kind: Application',
    'metadata:',
    ...valueLines('name', name, '  '),
    ...(id === undefined ? [] : [`  id: ${id}`]),
    ...(ignore.length === 0 ? [] : valueLines('ignore', ignore, '  ')),
    ...memberLines('spec', spec, { pointer: '', indent: '', remarks: byParent }),
    '',
  ].join('\n');
}

interface At {
  /** Into the spec. */
  readonly pointer: Pointer;
  readonly indent: string;
  readonly remarks: ReadonlyMap<Pointer, readonly Remark[]>;
}

function memberLines(member: string, value: Json, at: At): readonly string[] {
  if (!isJsonObject(value)) return valueLines(member, value, at.indent);
  const key = `${at.indent}${keyText(member)}:`;
  const inner = { ...at, indent: `${at.indent}  ` };
  if (Object.keys(value).length > 0) return [key, ...objectLines(value, inner)];
  return [...objectLines(value, at), `${key} {}`]; // its comments stand before it, because nothing can stand inside
}

function objectLines(object: JsonObject, at: At): readonly string[] {
  const declared = Object.entries(object).map(([member, value]) => ({
    member,
    lines: memberLines(member, value, { ...at, pointer: `${at.pointer}${pointerOf([member])}` }),
  }));
  const commented = (at.remarks.get(at.pointer) ?? []).map(({ member, text }) => ({
    member,
    lines: [`${at.indent}# ${member}: ${text}`],
  }));
  const inOrder = byRank(at.pointer);
  // A comment below something indented further would be taken as a part of that, by people and by formatters.
  const isDeep = Object.values(object).some((value) => typeof value === 'object');
  const lines = isDeep
    ? [...commented.sort(inOrder), ...declared.sort(inOrder)]
    : [...declared, ...commented].sort(inOrder);
  return lines.flatMap((member) => member.lines);
}

interface MemberLines {
  readonly member: string;
  readonly lines: readonly string[];
}

/** The order of the schema; members that it does not know come last. */
function byRank(pointer: Pointer): (one: MemberLines, other: MemberLines) => number {
  const order = membersAt(['spec', ...pointerTokens(pointer)]);
  const rank = (member: string) => (order.includes(member) ? order.indexOf(member) : order.length);
  return (one, other) => rank(one.member) - rank(other.member) || compareTexts(one.member, other.member);
}

/** Text that means itself in YAML's core schema without quotes, wherever a value stands. */
const plain = /^(?!(?:true|false|null)$)[a-z](?:[\w./@%&=?+~-]|:(?=[\w/])| (?=[\w./-]))*$/i;

/** Whether a member can be written as its key and its value, as the library would write it. */
function meansItself(member: string, value: Json): boolean {
  if (typeof value === 'string') return plain.test(value);
  if (!plainKey.test(member)) return false;
  return typeof value === 'boolean' || (Number.isSafeInteger(value) && !Object.is(value, -0));
}

function valueLines(member: string, value: Json, indent: string): readonly string[] {
  // The library takes a good part of a millisecond, and what most manifests hold needs none of its care.
  if (meansItself(member, value)) return [`${indent}${keyText(member)}: ${value}`];
  const document = new Document({ [member]: value }, { aliasDuplicateObjects: false });
  visit(document, { Scalar: (_, node) => quotePlaceholder(node) });
  const lines = documentText(document).slice(0, -1).split('\n');
  return lines.map((line) => (line === '' ? line : `${indent}${line}`));
}

/** Without quotes its value would be read once more, and a secret of digits would be a number. */
function quotePlaceholder(node: Scalar): void {
  if (typeof node.value === 'string' && isExactlyOnePlaceholder(node.value)) node.type = Scalar.QUOTE_DOUBLE;
}

const plainKey = /^(?!(?:true|false|null)$)[a-z_][\w-]*$/i;

function keyText(member: string): string {
  return plainKey.test(member) ? member : escapeHidden(JSON.stringify(member));
}
