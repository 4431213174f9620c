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

/** Bytes as people read them. */
export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** How long ago in the largest whole unit; what is ahead of this machine's clock is not negative. */
export function ageText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const;
  const unit = units.find(([, length]) => ms >= length);
  return unit === undefined ? `${Math.max(0, Math.floor(ms / 1000))} s` : `${Math.floor(ms / unit[1])} ${unit[0]}`;
}
