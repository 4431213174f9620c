import type { KeyPlace } from '../core/deliveries/key-place.ts';
import { keysAfter, sharedFiles } from '../core/deliveries/shared-files.ts';
import { tellDeliveries } from '../core/deliveries/tell-deliveries.ts';
import { awaitFirstApproval, type FirstRunFacts } from '../core/guards/first-run.ts';
import { guardPlan } from '../core/guards/guard.ts';
import type { GuardFacts } from '../core/guards/guards.ts';
import { planHashOf } from '../core/guards/plan-hash.ts';
import { tellWaiting } from '../core/guards/tell-waiting.ts';
import { needsNumbers } from '../core/in-use/needs-numbers.ts';
import { withLinked } from '../core/in-use/with-linked.ts';
import { recognizeIntents, withEntries } from '../core/ledger/intents.ts';
import { withLooks } from '../core/ledger/record.ts';
import { type RetryFacts, withRetry } from '../core/ledger/retry.ts';
import type { Plan } from '../core/plan/plan.ts';
import { planChanges } from '../core/plan/plan-changes.ts';
import type { PlanInput } from '../core/plan/plan-input.ts';
import type { ApplyResult, Report } from '../core/plan/report.ts';
import { withoutValues } from '../core/redact/shown-members.ts';
import { applyPlan } from './apply.ts';
import { deliverPending, undeliveredAfter } from './keys/deliver-pending.ts';
import { confirmation, showKeys } from './listing.ts';
import type { PassRules, PlanPorts, ReconcilePorts } from './ports.ts';
import { recordLooks, settleIntents } from './settle.ts';
import { tellRemovals } from './tell-removals.ts';

/**
 * What would make the account equal to its manifests. Reads only: by its types it cannot write. `earlier` is a plan of this process
 * whose looks at missing applications count although nobody recorded them.
 */
export async function makePlan(ports: PlanPorts, signal?: AbortSignal, earlier?: Plan): Promise<Plan> {
  const { source, api, ledger, clock, rules } = ports;
  const loaded = await ledger.load();
  const desired = await source.load({ signal, since: loaded.applied });
  const now = clock.now(); // before the listing: what settles while it is read is not settled yet
  const recorded = ledger.measured(withLooks(loaded, earlier?.looks ?? []), now);
  const began = clock.monotonic();
  const overrides = rules.approval?.overrides ?? rules.overrides;
  const listing = await api.list({ ...confirmation(desired, recorded, overrides), signal });
  const tookMs = clock.monotonic() - began;
  const listedAt = clock.now();
  const applications = await showKeys(listing.applications, recorded, api, desired.manifests);
  const live = { ...listing, applications, tookMs };
  const owned = withEntries(recorded, recognizeIntents(recorded, applications));
  const keyPlaces = ports.deliveries?.targets ?? [];
  const facts = { desired, live, owned, now, listedAt, keyPlaces, ...rules };
  const plan = await checkLinked(decidePlan(facts, rules), facts, ports, signal);
  const told = await tellRemovals(plan, { source, since: loaded.applied, signal });
  return withoutValues(told, desired.hiddenValues);
}

/** The plan with what the account's phone numbers say, which are asked for last, and only if a change that nothing else stops could cut one off. */
async function checkLinked(plan: Plan, facts: PlanFacts, ports: PlanPorts, signal?: AbortSignal): Promise<Plan> {
  if (ports.numbers === undefined || !needsNumbers(plan)) return plan;
  const numbers = await ports.numbers.read(signal);
  return withLinked(decidePlan({ ...facts, numbers }, ports.rules), numbers);
}

/**
 * The plan with all that guards it. Where a person has approved one by its hash, and allowed something for it, it is made with that; if
 * it is another one by now, it is made as if nobody had.
 */
function decidePlan(facts: PlanFacts, rules: PassRules): Plan {
  const { approval } = rules;
  if (approval !== undefined) {
    const plan = guardedPlan({ ...facts, overrides: approval.overrides, approved: true }, rules);
    if (plan.planHash === approval.planHash) return { ...plan, approved: true };
  }
  return guardedPlan(facts, rules);
}

type PlanFacts = PlanInput & GuardFacts & RetryFacts & FirstRunFacts & { readonly keyPlaces: readonly KeyPlace[] };

function guardedPlan(known: PlanFacts, { account, preview }: PassRules): Plan {
  const planned = planChanges(known);
  const facts = withSharedFiles(known, planned);
  const guarded = { ...guardPlan(planned, facts), planHash: planHashOf(planned, facts, account.hash) };
  const told = tellDeliveries(guarded, facts.owned, facts.keyPlaces);
  return withRetry(tellWaiting(awaitFirstApproval(told, planned, facts), account.name, preview), facts);
}

function withSharedFiles(facts: PlanFacts, { changes }: Plan): PlanFacts {
  const { owned, keyPlaces } = facts;
  if (keyPlaces.length === 0) return facts;
  return { ...facts, sharedKeyFiles: sharedFiles(keysAfter(owned, changes), keyPlaces) };
}

/** One pass: make the account equal to its manifests, as far as policy and guards allow. */
export async function reconcile(ports: ReconcilePorts, signal: AbortSignal): Promise<Report> {
  await settleIntents(ports, signal); // what a crash or a lost response left undecided
  const plan = await makePlan(ports, signal);
  await recordLooks(plan, ports);
  const results: ApplyResult[] = [];
  const { approved = false } = plan;
  if (approved) await ports.spendApproval?.();
  // Of what was approved nothing is made in another way than planned.
  const asPlanned = approved ? { ...ports, rules: { ...ports.rules, whenStale: 'refuse' as const } } : ports;
  await deliverPending(ports, signal); // keys in use that are not where they are used
  for await (const result of applyPlan(plan, asPlanned, signal)) results.push(result); // each one recorded before the next
  return { plan, results, ...undeliveredAfter(ports) };
}
