import type { ColorChoice } from './choices.ts';
import type { Output, World } from './world.ts';

/** Whether text for this output is coloured: as asked, else on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says no. */
export function isColored(choice: ColorChoice, output: Output, { environment }: World): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false;
  if (environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '') return environment.FORCE_COLOR !== '0';
  return output.isTTY === true && environment.TERM !== 'dumb';
}
