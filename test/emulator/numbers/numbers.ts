import type { OwnedNumber } from '../../../src/emulator/numbers/owned-number.ts';
import { type Answer, at } from '../client.ts';

/** A number of an account; the nth differs from all others. */
export function aNumber(nth: number, over: Partial<OwnedNumber> = {}): OwnedNumber {
  return {
    country: 'GB',
    msisdn: `4477009${String(nth).padStart(5, '0')}`,
    type: 'mobile-lvn',
    features: ['VOICE', 'SMS'],
    ...over,
  };
}

/** So many numbers. */
export function someNumbers(count: number): OwnedNumber[] {
  return Array.from({ length: count }, (_, index) => aNumber(index + 1));
}

/** The numbers in an answer, in its order; none where it has no such member. */
export function msisdnsOf({ body }: Answer): unknown[] {
  const numbers = body['numbers'];
  return Array.isArray(numbers) ? numbers.map((number) => at(number, 'msisdn')) : [];
}
