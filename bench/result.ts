/** One figure with the limit it must keep. */
export interface Result {
  readonly what: string;
  /** The quotient, in the unit that `limit` is in. */
  readonly value: number;
  readonly limit: number;
  /** Whether the value must not exceed the limit, must not fall below it, or must equal it. */
  readonly rule: 'at most' | 'at least' | 'exactly';
  /** What the quotient was made from, for people. */
  readonly measured: string;
}

/** Whether the limit is kept. */
export function isMet({ value, limit, rule }: Result): boolean {
  switch (rule) {
    case 'at most':
      return value <= limit;
    case 'at least':
      return value >= limit;
    case 'exactly':
      return value === limit;
  }
}

/** The middle one; of an even number the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('no values');
  return middle;
}

/** The middle half: what lies between the quarters, as text. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN);
  return `${at(0.5)} ms (${at(0.25)} to ${at(0.75)})`;
}

/** The results as a table that is Markdown and readable without it. */
export function table(results: readonly Result[]): string {
  const rows = [
    ['what', 'ratio', 'limit', 'met', 'measured'],
    ...results.map((result) => [
      result.what,
      number(result.value),
      `${result.rule} ${number(result.limit)}`,
      isMet(result) ? 'yes' : 'NO',
      result.measured,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 0.1 ? 3 : 2);
}
