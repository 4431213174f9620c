import type { Place } from './problem.ts';

/** By code units: an order must not depend on the machine's language. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

interface Placed {
  readonly place: Place;
}

/** By file, line and column. */
export function byPlace({ place: one }: Placed, { place: other }: Placed): number {
  return compareTexts(one.file, other.file) || one.line - other.line || one.column - other.column;
}
