import type { ApplicationId } from '../application/application.ts';

/** A phone number of an account. */
export interface PhoneNumber {
  /** Its digits. */
  readonly msisdn: string;
  /** Every application that it is linked to, or that it calls back: none, one, or more than one. */
  readonly applications: readonly ApplicationId[];
}

/** What is known of an account's phone numbers. Times are milliseconds since 1970. An error is never read as no numbers. */
export type NumbersReading =
  | { readonly outcome: 'read'; readonly numbers: readonly PhoneNumber[]; readonly at: number }
  /** `reason`: a clause without secrets. */
  | { readonly outcome: 'unknown'; readonly reason: string; readonly at: number };
