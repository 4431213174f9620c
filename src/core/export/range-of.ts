import type { Node, Range } from 'yaml';

/** Where a node stands: its beginning, the end of its value, and the end of what follows it. A value that is not there stands nowhere. */
export function rangeOf(node: unknown): Range {
  const { range }: Partial<Node> = Object(node);
  return range ?? [0, 0, 0];
}
