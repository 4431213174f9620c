import type { ErrorDetails } from './error-details.ts';

/** Errors of private keys on their way to where they are used; see errors.ts. */
export const keyErrors = {
  E_KEY_DELIVERY: {
    exit: 3,
    explain: (d: ErrorDetails) =>
      `"${d.application}": its private key was not delivered to ${d.target}: ${d.reason}. It is tried again with the same key by the next run`,
  },
} as const;
