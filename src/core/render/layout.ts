import { type Paint, paintWith } from './paint.ts';

/** How text is laid out. */
export interface Layout {
  readonly paint: Paint;
  /** Widest line; infinite where lines are not broken. */
  readonly columns: number;
}

/** Neither colors nor broken lines. */
export const plainLayout: Layout = { paint: paintWith(false), columns: Number.POSITIVE_INFINITY };

/** The layout of what is indented by so many spaces. */
export function inside({ paint, columns }: Layout, indent: number): Layout {
  return { paint, columns: columns - indent };
}

/** Lines indented by so many spaces. */
export function indented(lines: readonly string[], indent: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(indent)}${line}`);
}
