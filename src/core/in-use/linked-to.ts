import type { ApplicationId } from '../application/application.ts';
import type { PhoneNumber } from './numbers-reading.ts';

/** The numbers that use one of these applications. */
export function linkedTo(numbers: readonly PhoneNumber[], ids: readonly ApplicationId[]): readonly PhoneNumber[] {
  return numbers.filter(({ applications }) => applications.some((id) => ids.includes(id)));
}
