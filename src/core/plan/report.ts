import type { ApplicationId } from '../application/application.ts';
import type { UndeliveredKey } from '../deliveries/undelivered-keys.ts';
import type { Pointer } from '../pointer.ts';
import type { Change, GuardId, Plan } from './plan.ts';

/** Result of one change. */
export type Outcome =
  | {
      readonly outcome: 'applied';
      readonly id: ApplicationId;
      /** Fingerprint of the key pair, and the path of the private key, when it is one of ours. */
      readonly key?: { readonly fingerprint: string; readonly path: string };
      /** Fields in which the response to the write differs from what was sent. */
      readonly normalised: readonly Pointer[];
      /** Undeclared members the server would not take back, left out of the write. */
      readonly leftOut: readonly Pointer[];
    }
  | { readonly outcome: 'failed'; readonly error: unknown }
  /**
   * `skip`: what it would have been in a plan made now. `paused`: a person paused it since; `missing`: a GET right before says that it
   * does not exist, and a second look decides; `blocked`: by this guard.
   */
  | {
      readonly outcome: 'skipped';
      readonly reason: string;
      readonly skip?: 'paused' | 'missing' | 'blocked';
      readonly guard?: GuardId;
    }
  | { readonly outcome: 'stale'; readonly reason: string }
  /** It may have taken effect. */
  | { readonly outcome: 'unknown'; readonly error: unknown };

/** A change and how it ended. */
export type ApplyResult = Outcome & { readonly change: Change; readonly durationMs: number };

/** A pass and what came of it. */
export interface Report {
  readonly plan: Plan;
  readonly results: readonly ApplyResult[];
  /** Private keys in use that are not delivered everywhere after it; absent when there is none. */
  readonly undelivered?: readonly UndeliveredKey[];
}

/** An application that an earlier run created without learning so, found by its key. */
export interface FoundCreate {
  readonly id: ApplicationId;
  readonly name: string;
}
