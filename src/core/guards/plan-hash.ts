import { compareTexts } from '../compare.ts';
import { hashJson } from '../hash.ts';
import type { Json } from '../json.ts';
import { type Change, type GuardId, isRepair, type Plan } from '../plan/plan.ts';
import { noOverrides } from '../plan/policy.ts';
import { guardPlan } from './guard.ts';
import { type GuardFacts, overridable } from './guards.ts';

/** Part of what is hashed: a later program may hash other facts. */
const format = 'vonage-gitops.plan-hash/1';

/** A change that a person can approve, with the guard that blocks it. */
interface Approvable {
  readonly change: Change;
  readonly guard?: GuardId | undefined;
}

/**
 * SHA-256 (hex) of all that a person can approve of a plan that no guard has looked at: its changes, those that wait, and those that
 * an override can let through. Drift that is healed anyhow is not in it, and neither are commit, serial and time: the same changes to
 * the same live state have the same hash, whichever commit they come from. Which guard blocks a change counts as if nobody had allowed
 * anything, so that an override alone makes no other hash. Phone numbers
 * count for nothing: not every plan asks for them. Undefined where there is nothing to approve.
 */
export function planHashOf(planned: Plan, facts: GuardFacts, accountHash: string): string | undefined {
  const approvable = approvableOf(guardPlan(planned, { ...facts, overrides: noOverrides, numbers: undefined }));
  if (approvable.length === 0) return undefined;
  const changes = approvable.map(identityOf).toSorted((one, other) => compareTexts(sortKey(one), sortKey(other)));
  return hashJson({ format, account: accountHash, changes: changes.map((change): Json => ({ ...change })) });
}

function approvableOf({ changes, skips }: Plan): readonly Approvable[] {
  const open = skips.flatMap(({ reason, guard, change }): readonly Approvable[] => {
    const isOpen = reason === 'waiting' || (guard !== undefined && overridable.has(guard));
    return isOpen && change !== undefined ? [{ change, guard }] : [];
  });
  return [...changes.filter((change) => !isRepair(change)).map((change) => ({ change })), ...open];
}

/** What makes a change this one. The manifest's hash says all of a create; what it takes the place of is not in the manifest. */
function identityOf({ change, guard }: Approvable) {
  const { action, name } = change;
  return {
    action,
    name,
    id: 'id' in change ? change.id : null,
    manifest: 'manifest' in change ? change.manifest.hash : null,
    base: 'base' in change ? change.base : null,
    difference: 'diffHash' in change ? change.diffHash : null,
    replaces: ('replaces' in change ? change.replaces : undefined) ?? null,
    guard: guard ?? null,
  };
}

function sortKey({ action, name, id }: ReturnType<typeof identityOf>): string {
  return JSON.stringify([action, name, id]);
}
