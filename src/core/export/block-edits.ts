import type { Pair, YAMLMap } from 'yaml';
import type { Json, JsonObject } from '../json.ts';
import {
  colonEnd,
  contentEnd,
  isBlock,
  isFlowObject,
  keyStart,
  nameOf,
  namesOf,
  pairEnd,
  pairStart,
  remarkOf,
} from './pair-region.ts';
import type { Splice, TextLines } from './text-lines.ts';
import { blockLines, flowText, memberText } from './yaml-text.ts';

/** The lines of a file, and by how many spaces they are indented. */
export interface Layout {
  readonly lines: TextLines;
  readonly unit: number;
}

/** What becomes of the members of a mapping: some go, some come. The order is that of the schema. */
export interface MemberEdits {
  readonly map: YAMLMap;
  readonly removed: readonly Pair[];
  readonly added: JsonObject;
  readonly order: readonly string[];
}

/** Removes and adds members of a mapping that is written over lines. At least one member stays. */
export function blockEdits({ map, removed, added, order }: MemberEdits, layout: Layout): readonly Splice[] {
  const { lines } = layout;
  const kept = map.items.filter((pair) => !removed.includes(pair));
  const column = lines.columnOf(keyStart(map.items[0] as Pair));
  const isFlow = kept.length > 0 && kept.every(isFlowObject);
  const taken = removed.map((pair) => removal(map, pair, lines));
  const put = Object.entries(added).map(([name, value]) => {
    const own = isFlow ? [memberText(name, flowText(value, 'flow'), 'block')] : blockLines(name, value, layout.unit);
    return addition({ map, kept, order }, { name, text: indented(own, column, lines.newline) }, lines);
  });
  return [...put, ...taken];
}

function indented(texts: readonly string[], column: number, newline: string): string {
  return texts.map((line) => (line === '' ? line : ' '.repeat(column) + line)).join(newline);
}

function removal(map: YAMLMap, pair: Pair, lines: TextLines): Splice {
  const start = keyStart(pair);
  const next = map.items[map.items.indexOf(pair) + 1];
  if (!lines.beginsLine(start) && next !== undefined) return { from: start, to: keyStart(next), text: '' };
  const others = namesOf(map).filter((name) => name !== nameOf(pair));
  return { from: pairStart(pair, lines, others), to: pairEnd(pair, lines), text: '' };
}

interface Siblings {
  readonly map: YAMLMap;
  readonly kept: readonly Pair[];
  readonly order: readonly string[];
}

interface NewMember {
  readonly name: string;
  /** Indented, without a line break at its end. */
  readonly text: string;
}

function addition({ map, kept, order }: Siblings, { name, text }: NewMember, lines: TextLines): Splice {
  const { newline } = lines;
  const remark = remarkOf(map, name, lines);
  if (remark !== undefined) return { from: remark, to: lines.breakOf(remark), text };
  const before = precedingOf(kept, name, order);
  const [first] = kept;
  if (before === undefined && first !== undefined && lines.beginsLine(keyStart(first))) {
    const at = pairStart(first, lines, []);
    return { from: at, to: at, text: `${text}${newline}` };
  }
  const at = pairEnd(before ?? (first as Pair), lines);
  const isLast = lines.text.slice(0, at).endsWith('\n');
  return { from: at, to: at, text: isLast ? `${text}${newline}` : `${newline}${text}` };
}

/** The last of the members that come before it in the schema. */
export function precedingOf(kept: readonly Pair[], name: string, order: readonly string[]): Pair | undefined {
  const rank = (member: string) => (order.includes(member) ? order.indexOf(member) : order.length);
  return kept.findLast((pair) => rank(nameOf(pair)) <= rank(name));
}

/** Writes another value in the place of one, in a mapping that is written over lines; undefined where it cannot be done. */
export function blockValue(pair: Pair, value: Json, { lines, unit }: Layout): readonly Splice[] | undefined {
  const from = colonEnd(pair, lines);
  if (from === undefined) return undefined;
  const column = lines.columnOf(keyStart(pair));
  const [head = '', ...below] = blockLines('x', value, unit);
  const inline = head.slice('x:'.length);
  const tail = below.length === 0 ? '' : `${lines.newline}${indented(below, column, lines.newline)}`;
  if (!isBlock(pair.value)) {
    const to = contentEnd(pair, lines);
    const end = lines.breakOf(to);
    return [
      { from, to, text: inline },
      { from: end, to: end, text: tail },
    ];
  }
  const end = pairEnd(pair, lines);
  const last = lines.text.slice(0, end).replace(/\r?\n$/, '').length;
  return [
    { from, to: from, text: inline },
    { from: lines.breakOf(from), to: last, text: tail },
  ];
}
