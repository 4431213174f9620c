import type { Json } from '../json.ts';
import type { MemberChange } from '../plan/plan.ts';
import { dottedPath } from '../pointer.ts';
import { columnWidth, padColumns, widthOf } from './columns.ts';
import { formatValue } from './format-value.ts';
import { indented, type Layout } from './layout.ts';
import { visible } from './visible.ts';
import { wrap } from './wrap.ts';

const signs = { create: '+', update: '~', delete: '-' } as const;
const widestAligned = 60;

interface Row {
  readonly kind: keyof typeof signs;
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The fields that differ, one a line, with paths and old values in columns. Where old and new value do not fit beside their path, they have a
 * line each below it.
 */
export function memberLines(members: readonly MemberChange[], layout: Layout): readonly string[] {
  const rows = members.map(rowOf);
  // When nothing had a value before, an arrow from "(absent)" on every line says nothing.
  return linesOf(rows, rows.every(({ kind }) => kind === 'create') ? ['after'] : ['before', 'after'], layout);
}

/** The fields of what is deleted as a whole: nothing comes after them. */
export function deletedLines(members: readonly MemberChange[], layout: Layout): readonly string[] {
  const rows = members.map(rowOf);
  return linesOf(rows, rows.every(({ kind }) => kind === 'delete') ? ['before'] : ['before', 'after'], layout);
}

function rowOf(member: MemberChange): Row {
  return {
    kind: kindOf(member),
    path: visible(dottedPath(member.path)),
    before: shown(member.before),
    after: shown(member.after),
  };
}

type Side = 'before' | 'after';

function linesOf(rows: readonly Row[], sides: readonly Side[], { paint, columns }: Layout): readonly string[] {
  const room = columns - 2;
  const unaligned = (row: Row) => `${row.path}  ${valuesOf(row, sides).join(' ')}`;
  const short = rows.filter((row) => widthOf(unaligned(row)) <= room);
  const pathWidth = columnWidth(
    short.map(({ path }) => path),
    widestAligned,
  );
  const beforeWidth =
    sides.length === 1
      ? 0
      : columnWidth(
          short.map(({ before }) => before),
          widestAligned,
        );
  return rows.flatMap((row) => {
    const sign = paint(row.kind, signs[row.kind]);
    const padded = { ...row, before: padColumns(row.before, beforeWidth) };
    const aligned = `${padColumns(row.path, pathWidth)}  ${valuesOf(padded, sides).join(' ')}`;
    const line = [aligned, unaligned(row)].find((one) => widthOf(one) <= room);
    if (line !== undefined) return [`${sign} ${line}`];
    const values = valuesOf(row, sides).flatMap((value) => wrap(value, room - 2));
    return [...wrap(row.path, room), ...indented(values, 2)].map((one, index) => `${index === 0 ? sign : ' '} ${one}`);
  });
}

/** The values, the second behind an arrow. */
function valuesOf(row: Row, sides: readonly Side[]): readonly string[] {
  return sides.map((side, index) => (index === 0 ? row[side] : `-> ${row[side]}`));
}

function kindOf(member: MemberChange): Row['kind'] {
  if (member.before === undefined) return 'create';
  return member.after === undefined ? 'delete' : 'update';
}

function shown(value: Json | undefined): string {
  return value === undefined ? '(absent)' : formatValue(value);
}
