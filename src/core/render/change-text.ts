import type { Json, JsonObject } from '../json.ts';
import type { AdoptChange, Change, MemberChange } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { dottedPath, isWithin, withValueAt } from '../pointer.ts';
import { padColumns, widthOf } from './columns.ts';
import { formatValue } from './format-value.ts';
import { type Paint, paintWith } from './paint.ts';
import { quoted, visible } from './visible.ts';
import { explainReason, whereOf } from './words.ts';
import { yamlText } from './yaml-text.ts';

const symbols = { create: '+', adopt: '<=', update: '~', delete: '-' } as const;
const widestAligned = 60;

/** One line: symbol, action, name, place, id. */
export function changeHeadline(change: Change, paint: Paint): string {
  const symbol = paint(change.action, symbols[change.action].padStart(2));
  const id = change.action === 'create' ? '' : `  ${change.id}`;
  return `${symbol} ${change.action} ${paint('strong', quoted(change.name))}  ${visible(whereOf(change))}${id}`;
}

/** A change in full: its headline, then indented the members with old and new value, what is unchanged, and the reason. */
export function changeLines(change: Change, paint: Paint): readonly string[] {
  return [changeHeadline(change, paint), ...changeBody(change, paint).map((line) => `      ${line}`)];
}

/** A change in full without colors, for other formats. */
export function plainChangeLines(change: Change): readonly string[] {
  return changeLines(change, paintWith(false));
}

/** What stands below a change's headline. */
export function changeBody(change: Change, paint: Paint): readonly string[] {
  return [
    ...memberLines(change.members, paint),
    ...(change.unchanged === 0 ? [] : [paint('faint', unchangedLine(change.unchanged))]),
    ...lossLines(change),
    `why: ${explainReason(change)}`,
    ...(change.action === 'create' && change.replaces !== undefined
      ? [`replaces: ${change.replaces}, which no longer exists`]
      : []),
  ];
}

function unchangedLine(count: number): string {
  return `(${plural(count, 'unchanged field')})`;
}

function lossLines(change: Change): readonly string[] {
  if (change.action !== 'adopt' || change.losses.length === 0) return [];
  return [
    ...change.losses.map((pointer) => `would be lost: ${visible(dottedPath(pointer))}`),
    'to keep it, add to spec:',
    ...declaration(change).map((line) => `    ${line}`),
  ];
}

/** What an adoption would remove, as it is declared in a manifest. A secret in it stays for the reader to fill in. */
function declaration({ members, losses }: AdoptChange): readonly string[] {
  const lost = members.filter(({ path }) => losses.some((loss) => isWithin(path, loss)));
  const spec = lost.reduce<JsonObject>((declared, { path, before }) => withValueAt(declared, path, before), {});
  return yamlText(spec).trimEnd().split('\n');
}

/** The members that differ, one a line, with paths and old values in columns. */
export function memberLines(members: readonly MemberChange[], paint: Paint): readonly string[] {
  const rows = members.map((member) => ({
    kind: kindOf(member),
    path: visible(dottedPath(member.path)),
    before: shown(member.before),
    after: shown(member.after),
  }));
  const pathWidth = columnWidth(rows.map((row) => row.path));
  // When nothing had a value before, an arrow from "(absent)" on every line says nothing.
  if (rows.every((row) => row.kind === 'create')) {
    return rows.map((row) => `${paint(row.kind, symbols[row.kind])} ${padColumns(row.path, pathWidth)}  ${row.after}`);
  }
  const beforeWidth = columnWidth(rows.map((row) => row.before));
  return rows.map(
    (row) =>
      `${paint(row.kind, symbols[row.kind])} ${padColumns(row.path, pathWidth)}  ${padColumns(row.before, beforeWidth)} -> ${row.after}`,
  );
}

function kindOf(member: MemberChange): 'create' | 'update' | 'delete' {
  if (member.before === undefined) return 'create';
  return member.after === undefined ? 'delete' : 'update';
}

function shown(value: Json | undefined): string {
  return value === undefined ? '(absent)' : formatValue(value);
}

/** Width of the widest text, leaving out those so wide that aligning to them would push the rest off the screen. */
function columnWidth(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf).filter((width) => width <= widestAligned));
}
