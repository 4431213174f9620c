import type { DesiredState } from '../manifest/manifest.ts';
import type { Plan, Retry, Skip } from '../plan/plan.ts';
import type { Policy, Selection } from '../plan/policy.ts';
import { isSelected, type PausedByPerson, pauseMessage } from '../plan/selection.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

/** How long what the server rewrites is left alone before the daemon sends it again, in milliseconds. */
export const retryAfterMs = 24 * 60 * 60 * 1000;

/** What decides whether something is sent again. */
export interface RetryFacts {
  readonly desired: DesiredState;
  readonly owned: Ledger;
  readonly policy: Policy;
  readonly selection: Selection;
  readonly paused?: PausedByPerson;
  readonly whenStale: 'replan' | 'refuse';
  /** Whether what has been left alone for a day is sent again; else only what stands beside a changed manifest. */
  readonly retryNormalised?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Candidate {
  readonly retry: Retry;
  readonly entry: LedgerEntry;
}

/**
 * The guarded plan with at most one application whose rewritten fields are sent once more. That is no change of the plan, so whatever
 * keeps an account or an application from being written keeps it from this as well.
 */
export function withRetry(plan: Plan, facts: RetryFacts): Plan {
  if (!mayRetry(plan, facts)) return plan;
  const [first] = plan.skips
    .flatMap((skip) => candidate(skip, plan, facts))
    .filter((one) => isDue(one, facts))
    .toSorted((one, other) => tried(one, facts) - tried(other, facts)); // the order of skips decides between equals
  return first === undefined ? plan : { ...plan, retry: first.retry };
}

function mayRetry({ guards }: Plan, { policy, whenStale }: RetryFacts): boolean {
  const { policy: writes, onCommit, onDrift } = policy;
  const isAllowed = writes !== 'create-only' && onCommit === 'apply' && onDrift === 'heal';
  return guards.length === 0 && isAllowed && whenStale === 'replan';
}

function candidate(skip: Skip, plan: Plan, facts: RetryFacts): readonly Candidate[] {
  const { reason, id, members = [] } = skip;
  if (reason !== 'normalized' || id === undefined) return [];
  const entry = facts.owned.entries.get(id);
  const manifest = facts.desired.manifests.find((one) => one.name === skip.name && (one.id ?? id) === id);
  const others = [...plan.changes, ...plan.skips].filter((one) => one !== skip && 'id' in one && one.id === id);
  if (entry === undefined || manifest === undefined || others.length > 0) return [];
  const retry = { name: skip.name, id, manifest, paths: members.map(({ path }) => path) };
  return isFree(retry, facts) ? [{ retry, entry }] : [];
}

function isFree(retry: Retry, { selection, paused }: RetryFacts): boolean {
  const { manifest } = retry;
  const isPaused = paused !== undefined && pauseMessage(retry, paused) !== undefined;
  return manifest.reconcile === 'enabled' && isSelected(selection, manifest, retry.id) && !isPaused;
}

function isDue({ retry, entry }: Candidate, { now, retryNormalised }: RetryFacts): boolean {
  if (retry.manifest.hash !== entry.appliedHash) return true;
  // a time in the future was told by a clock that has been set back since
  return (
    retryNormalised === true && entry.normalised.some(({ triedAt }) => now - triedAt >= retryAfterMs || triedAt > now)
  );
}

/** When the longest untried of its fields was last sent; what was found only now was sent now. */
function tried({ entry: { normalised } }: Candidate, { now }: RetryFacts): number {
  return Math.min(now, ...normalised.map(({ triedAt }) => triedAt));
}
