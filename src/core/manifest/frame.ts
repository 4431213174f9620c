import type { Scrub } from '../redact/scrubber.ts';

/** A part of a text, from offset to offset, that must not be shown. */
export interface HiddenRange {
  readonly from: number;
  readonly to: number;
}

const width = 100;
const linesAround = 2;

/** The lines of a text with every character of the hidden ranges replaced, one for one, so that columns stay true. */
export function shownLines(text: string, ranges: readonly HiddenRange[]): readonly string[] {
  const parts: string[] = [];
  let end = 0;
  for (const { from, to } of [...ranges].sort((one, other) => one.from - other.from)) {
    if (to <= end) continue;
    const start = Math.max(from, end);
    parts.push(text.slice(end, start), text.slice(start, to).replace(/[^\r\n]/g, '…'));
    end = to;
  }
  return [...parts, text.slice(end)].join('').split(/\r?\n/);
}

/**
 * The lines around a place with a marker below the column. `lines` are the file's, with everything that must not be shown hidden;
 * long lines are cut to what is around the column.
 */
export function codeFrame(
  lines: readonly string[],
  place: { readonly line: number; readonly column: number },
  show: Scrub,
): string {
  const first = Math.max(1, place.line - linesAround);
  const last = Math.min(lines.length, place.line + linesAround);
  const digits = String(last).length;
  const start = place.column > width - 20 ? place.column - Math.floor(width / 2) : 0;
  const frame: string[] = [];
  for (const [index, line] of lines.slice(first - 1, last).entries()) {
    const number = first + index;
    const marked = number === place.line;
    const cut = show(line.slice(start, start + width).replaceAll('\t', '→'));
    frame.push(`${marked ? '>' : ' '} ${String(number).padStart(digits)} | ${cut}`.trimEnd());
    if (marked) frame.push(`  ${' '.repeat(digits)} | ${' '.repeat(place.column - 1 - start)}^`);
  }
  return frame.join('\n');
}
