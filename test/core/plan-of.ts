import type { Application, ApplicationId, LiveState } from '../../src/core/application.ts';
import { type GuardFacts, guardPlan } from '../../src/core/guard.ts';
import type { Ledger } from '../../src/core/ledger.ts';
import type { DesiredState, Manifest } from '../../src/core/manifest/manifest.ts';
import type { Plan } from '../../src/core/plan.ts';
import { planChanges } from '../../src/core/plan-changes.ts';
import { defaultPolicy, everything, noOverrides, type Overrides, type Policy } from '../../src/core/policy.ts';
import { aDesiredState, aLedger, aLiveState } from '../builders.ts';

/** What a plan is made from, with only what matters named. */
export interface Given {
  readonly manifests?: readonly Manifest[];
  readonly applications?: readonly Application[];
  readonly owned?: Ledger;
  readonly desired?: Partial<DesiredState>;
  readonly live?: { readonly stable?: boolean; readonly missing?: Iterable<ApplicationId> };
  readonly policy?: Partial<Policy>;
  readonly overrides?: Partial<Overrides>;
  readonly selection?: Partial<GuardFacts['selection']>;
  readonly now?: number;
  readonly keyCustody?: GuardFacts['keyCustody'];
  readonly movingNames?: readonly string[];
  readonly paused?: GuardFacts['paused'];
}

function factsOf(given: Given): GuardFacts {
  const { manifests = [], applications = [], owned = aLedger(), movingNames = [] } = given;
  const live: LiveState = aLiveState({ applications, ...given.live });
  return {
    desired: aDesiredState({ manifests, ...given.desired }),
    live,
    owned,
    policy: { ...defaultPolicy, ...given.policy },
    overrides: { ...noOverrides, ...given.overrides },
    selection: { ...everything, ...given.selection },
    now: given.now ?? 0,
    keyCustody: given.keyCustody ?? 'safe',
    movingNames: new Set(movingNames),
    ...(given.paused === undefined ? {} : { paused: given.paused }),
  };
}

/** The plan with its guards. */
export function planOf(given: Given): Plan {
  const facts = factsOf(given);
  return guardPlan(planChanges(facts), facts);
}

/** Every change and skip in a few words: `update Support`, `conflict Support`, `blocked (empty) Support`. */
export function summaryOf({ changes, skips }: Plan): readonly string[] {
  const left = skips.map(({ reason, guard, name }) => `${reason}${guard === undefined ? '' : ` (${guard})`} ${name}`);
  return [...changes.map(({ action, name }) => `${action} ${name}`), ...left];
}
