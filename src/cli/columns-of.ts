import type { CliContext, Output } from '../app/context.ts';

/** Of terminals that say they have none. */
const usualColumns = 80;

/** How wide lines may be: as wide as the terminal; elsewhere as COLUMNS says, and without it lines are not broken. */
export function columnsOf(output: Output, { environment }: CliContext): number | undefined {
  if (output.isTTY === true) return output.columns || usualColumns;
  const asked = environment['COLUMNS'] ?? '';
  return /^[1-9]\d{0,4}$/.test(asked) ? Number(asked) : undefined;
}
