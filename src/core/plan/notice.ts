import type { ApplicationId } from '../application/application.ts';

/** Something a person should know that no change or skip says. */
export interface Notice {
  readonly kind:
    | 'no-ledger'
    | 'other-ledger'
    | 'unstable-listing'
    | 'unreadable-application'
    | 'uncounted-listing'
    | 'key-mismatch'
    | 'key-unproven'
    | 'key-delivery'
    | 'incomplete'
    | 'twin'
    | 'clock-skew'
    | 'source'
    | 'custody'
    | 'first-run'
    | 'approval'
    | 'linked-numbers';
  readonly message: string;
  readonly name?: string;
  /** With `twin`: the managed application, then its twin. */
  readonly ids?: readonly ApplicationId[];
}
