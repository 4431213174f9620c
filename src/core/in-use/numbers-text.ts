import { plural } from '../plural.ts';
import { maskNumber } from './mask-number.ts';
import type { PhoneNumber } from './numbers-reading.ts';

/** How many numbers are shown of one application. */
const mostShown = 5;

/** How many and which: `2 linked numbers (*********001, *********002)`, each masked but for its last three digits, five at most. */
export function numbersText(numbers: readonly PhoneNumber[]): string {
  const count = plural(numbers.length, 'linked number');
  if (numbers.length === 0) return count;
  const shown = numbers.slice(0, mostShown).map(({ msisdn }) => maskNumber(msisdn));
  const more = numbers.length > mostShown ? `, and ${numbers.length - mostShown} more` : '';
  return `${count} (${shown.join(', ')}${more})`;
}
