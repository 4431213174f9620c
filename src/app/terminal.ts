import type { CliContext, ColorChoice, Output } from './context.ts';

type Environment = CliContext['environment'];

/** Whether text for this output is colored: as asked, else on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says no. */
export function isColored(choice: ColorChoice, output: Output, environment: Environment): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isNoColor(environment)) return false;
  if (environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '')
    return environment['FORCE_COLOR'] !== '0';
  return canRedraw(output, environment);
}

/**
 * Whether a line that was written may be drawn again in its place. Terminals without escape sequences cannot, and people who set
 * NO_COLOR often read through a program that shows them as text.
 */
export function canRedraw(output: Output, environment: Environment): boolean {
  return output.isTTY === true && environment['TERM'] !== 'dumb' && !isNoColor(environment);
}

function isNoColor({ NO_COLOR: noColor }: Environment): boolean {
  return noColor !== undefined && noColor !== '';
}
