import type { Application, ApplicationId, LiveState } from '../../src/core/application/application.ts';
import { guardPlan } from '../../src/core/guards/guard.ts';
import type { GuardFacts } from '../../src/core/guards/guards.ts';
import type { Ledger } from '../../src/core/ledger/ledger.ts';
import { withLooks } from '../../src/core/ledger/record.ts';
import type { DesiredState, Manifest } from '../../src/core/manifest/manifest.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { planChanges } from '../../src/core/plan/plan-changes.ts';
import { defaultPolicy, everything, noOverrides, type Overrides, type Policy } from '../../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aLiveState } from '../builders.ts';

/** What a plan is made from, with only what matters named. */
export interface Given {
  readonly manifests?: readonly Manifest[];
  readonly applications?: readonly Application[];
  readonly owned?: Ledger;
  readonly desired?: Partial<DesiredState>;
  readonly live?: {
    readonly uncounted?: true;
    readonly unreadable?: NonNullable<LiveState['unreadable']>;
    readonly stable?: boolean;
    readonly missing?: Iterable<ApplicationId>;
    readonly unconfirmed?: Iterable<ApplicationId>;
    readonly serverTime?: number;
  };
  /** Owned applications that an earlier look, a settle time ago, found missing, and that are missing now. */
  readonly gone?: readonly ApplicationId[];
  readonly policy?: Partial<Policy>;
  readonly overrides?: Partial<Overrides>;
  readonly selection?: Partial<GuardFacts['selection']>;
  /** When the listing began; 0 if not given. */
  readonly now?: number;
  /** When it ended; as it began if not given. */
  readonly listedAt?: number;
  readonly keyCustody?: GuardFacts['keyCustody'];
  readonly adoptionCustody?: GuardFacts['adoptionCustody'];
  readonly movingNames?: readonly string[];
  readonly otherLedger?: string;
  readonly paused?: GuardFacts['paused'];
}

function factsOf(given: Given): GuardFacts {
  const { manifests = [], applications = [], movingNames = [], gone = [], now = 0 } = given;
  const live: LiveState = aLiveState({
    applications,
    ...given.live,
    missing: [...(given.live?.missing ?? []), ...gone],
  });
  const owned = lookedAt(given.owned ?? aLedger(), gone, now - defaultPolicy.creates.settleSeconds * 1000);
  return {
    desired: aDesiredState({ manifests, ...given.desired }),
    live,
    owned,
    policy: { ...defaultPolicy, ...given.policy },
    overrides: { ...noOverrides, ...given.overrides },
    selection: { ...everything, ...given.selection },
    now,
    keyCustody: given.keyCustody ?? 'safe',
    adoptionCustody: given.adoptionCustody ?? 'safe',
    movingNames: new Set(movingNames),
    ...(given.paused === undefined ? {} : { paused: given.paused }),
  };
}

function lookedAt(owned: Ledger, gone: readonly ApplicationId[], missingAt: number): Ledger {
  const records = gone.map((id) => ({ kind: 'missing', id, at: missingAt }) as const);
  return withLooks(owned, records);
}

/** The plan before its guards and after them, and what it was made from. */
export function plannedOf(given: Given): {
  readonly planned: Plan;
  readonly guarded: Plan;
  readonly facts: GuardFacts;
} {
  const facts = factsOf(given);
  const { listedAt = facts.now, otherLedger } = given;
  const planned = planChanges({ ...facts, listedAt, otherLedger });
  return { planned, guarded: guardPlan(planned, facts), facts };
}

/** The plan with its guards. */
export function planOf(given: Given): Plan {
  return plannedOf(given).guarded;
}

/** Every change and skip in a few words: `update Support`, `conflict Support`, `blocked (empty) Support`. */
export function summaryOf({ changes, skips }: Plan): readonly string[] {
  const left = skips.map(({ reason, guard, name }) => `${reason}${guard === undefined ? '' : ` (${guard})`} ${name}`);
  return [...changes.map(({ action, name }) => `${action} ${name}`), ...left];
}
