import type { Pair } from 'yaml';
import { isJsonObject, type Json } from '../json.ts';
import { type MemberEdits, precedingOf } from './block-edits.ts';
import { colonEnd, keyStart, valueEnd } from './pair-region.ts';
import type { Splice, TextLines } from './text-lines.ts';
import { flowText, memberText } from './yaml-text.ts';

/** How objects in brackets are written in a file. */
export interface FlowLayout {
  readonly lines: TextLines;
  readonly unit: number;
  readonly style: 'flow' | 'json';
}

/** Removes and adds members of an object in brackets. At least one member stays. */
export function flowEdits({ map, removed, added, order }: MemberEdits, layout: FlowLayout): readonly Splice[] {
  const { lines } = layout;
  const kept = map.items.filter((pair) => !removed.includes(pair));
  const put = Object.entries(added).map(([name, value]) => {
    const [first] = kept as [Pair];
    const isOver = lines.beginsLine(keyStart(first));
    const indent = lines.indentOf(keyStart(first));
    const text = memberText(name, valueText(value, indent, isOver, layout), layout.style);
    const gap = isOver ? `${lines.newline}${indent}` : ' ';
    const before = precedingOf(kept, name, order);
    if (before === undefined) return insertion(keyStart(first), `${text},${gap}`);
    const next = map.items[map.items.indexOf(before) + 1];
    if (next !== undefined && kept.includes(next)) return insertion(keyStart(next), `${text},${gap}`);
    return insertion(valueEnd(before, lines), `,${gap}${text}`);
  });
  return [...put, ...removed.flatMap((pair) => removal(map.items, kept, pair, lines))];
}

function insertion(at: number, text: string): Splice {
  return { from: at, to: at, text };
}

function valueText(value: Json, indent: string, isOver: boolean, { lines, unit, style }: FlowLayout): string {
  if (!isOver || style === 'flow' || !hasParts(value)) return flowText(value, style);
  return JSON.stringify(value, null, unit).replaceAll('\n', `${lines.newline}${indent}`);
}

function hasParts(value: Json): boolean {
  return Array.isArray(value) ? value.length > 0 : isJsonObject(value) && Object.keys(value).length > 0;
}

function removal(items: readonly Pair[], kept: readonly Pair[], pair: Pair, lines: TextLines): readonly Splice[] {
  const index = items.indexOf(pair);
  const next = items[index + 1];
  const from = keyStart(pair);
  const isAfterAll = items.slice(index).every((one) => !kept.includes(one));
  if (!isAfterAll && next !== undefined) {
    const end = lines.endOf(valueEnd(pair, lines));
    const isWholeLines =
      lines.beginsLine(from) && lines.beginsLine(keyStart(next)) && end <= lines.startOf(keyStart(next));
    if (isWholeLines) return [{ from: lines.startOf(from), to: end, text: '' }];
    return [{ from, to: keyStart(next), text: '' }];
  }
  const previous = valueEnd(items[index - 1] as Pair, lines);
  const comma = lines.text.indexOf(',', previous);
  const to = valueEnd(pair, lines);
  const lineBreak = lines.breakOf(comma);
  if (from < lineBreak) return [{ from: comma, to, text: '' }];
  return [
    { from: comma, to: comma + 1, text: '' },
    { from: lineBreak, to, text: '' },
  ];
}

/** Writes another value in the place of one, inside brackets; undefined where it cannot be done. */
export function flowValue(pair: Pair, value: Json, layout: FlowLayout): readonly Splice[] | undefined {
  const { lines } = layout;
  const from = colonEnd(pair, lines);
  if (from === undefined) return undefined;
  const isOver = lines.beginsLine(keyStart(pair));
  const text = valueText(value, lines.indentOf(keyStart(pair)), isOver, layout);
  return [{ from, to: valueEnd(pair, lines), text: ` ${text}` }];
}
