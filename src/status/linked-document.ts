import type { ApplicationId } from '../core/application/application.ts';
import { linkedTo } from '../core/in-use/linked-to.ts';
import type { NumbersReading } from '../core/in-use/numbers-reading.ts';
import { numbersText } from '../core/in-use/numbers-text.ts';
import type { Explanation } from './documents.ts';

/** What is known of the phone numbers that are linked to an application: masked, and as of when. */
export function linkedDocument(
  id: ApplicationId | undefined,
  reading: NumbersReading | undefined,
): Explanation['linkedNumbers'] {
  if (id === undefined || reading === undefined) return null;
  const at = new Date(reading.at).toISOString();
  if (reading.outcome === 'unknown') return { count: null, message: `not checked: ${reading.reason}`, at };
  const numbers = linkedTo(reading.numbers, [id]);
  return { count: numbers.length, message: numbersText(numbers), at };
}
