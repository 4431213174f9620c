import type { LiveState } from '../application/application.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { DesiredState } from '../manifest/manifest.ts';
import type { Overrides, Policy, Selection } from './policy.ts';

/** All a plan depends on. */
export interface PlanInput {
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly policy: Policy;
  readonly selection: Selection;
  readonly overrides: Overrides;
  /** What is to be said of another ledger of this account. */
  readonly otherLedger?: string | undefined;
  /** When the listing began, in milliseconds since 1970. */
  readonly now: number;
  /** When it ended. */
  readonly listedAt: number;
}
