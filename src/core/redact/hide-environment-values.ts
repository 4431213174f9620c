import { type Json, stableStringify } from '../json.ts';
import type { Change, MemberChange, Plan, Skip } from '../plan/plan.ts';
import { sensitive } from './redact-value.ts';

/** Shortest value that is looked for: shorter ones occur in ordinary text by chance. */
const shortestValue = 8;

/**
 * The plan without live values that hold the value of an environment variable which manifests may use. Where a manifest uses it now,
 * that is known by its place; a manifest that is gone, or has dropped the placeholder, leaves its value behind in the live state.
 */
export function withoutValues(plan: Plan, values: readonly string[] = []): Plan {
  const unseen = unseenOf(values);
  if (unseen.length === 0) return plan;
  return {
    ...plan,
    changes: plan.changes.map((change) => withMembers(change, unseen)),
    skips: plan.skips.map((skip) => hideInSkip(skip, unseen)),
  };
}

/** Whether a live value holds one of these values, at any depth. */
export function holdsValue(value: Json, values: readonly string[] = []): boolean {
  return holds(value, unseenOf(values));
}

function hideInSkip(skip: Skip, unseen: readonly string[]): Skip {
  const { change, members } = skip;
  return {
    ...skip,
    ...(change === undefined ? {} : { change: withMembers(change, unseen) }),
    ...(members === undefined ? {} : { members: members.map((member) => hideLive(member, unseen)) }),
  };
}

function withMembers(change: Change, unseen: readonly string[]): Change {
  return { ...change, members: change.members.map((member) => hideLive(member, unseen)) };
}

function hideLive(member: MemberChange, unseen: readonly string[]): MemberChange {
  return member.before !== undefined && holds(member.before, unseen) ? { ...member, before: sensitive } : member;
}

/** As the values stand inside JSON text. */
function unseenOf(values: readonly string[]): readonly string[] {
  return values.filter(({ length }) => length >= shortestValue).map((value) => JSON.stringify(value).slice(1, -1));
}

function holds(value: Json, unseen: readonly string[]): boolean {
  if (unseen.length === 0) return false;
  const text = stableStringify(value);
  return unseen.some((one) => text.includes(one));
}
