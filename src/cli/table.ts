import { padColumns, widthOf } from '../core/render/columns.ts';
import { visible } from '../core/render/visible.ts';

/** Rows under headings, in columns two spaces apart; what a terminal would act on is escaped. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [headings, ...rows].map((row) => row.map(visible));
  const widths = headings.map((_, column) => Math.max(...shown.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => padColumns(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return shown.map((row) => `${line(row)}\n`).join('');
}

/** A time in milliseconds since 1970 as people read it, in UTC. */
export function dateText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
