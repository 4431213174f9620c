import { elapsedSince } from '../core/elapsed.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { Change, Plan } from '../core/plan/plan.ts';
import type { ApplyResult, Report } from '../core/plan/report.ts';
import { applyPlan } from './apply.ts';
import type { ReconcilePorts } from './ports.ts';
import { makePlan } from './reconcile.ts';
import { recoveredCreate } from './recovered-create.ts';
import { recordLooks, settleIntents } from './settle.ts';

/** How undecided creates are waited for. */
export interface FinishOptions {
  readonly signal: AbortSignal;
  /** Called once before the wait, with its length in seconds and the names it is for. */
  readonly onWait: (seconds: number, names: readonly string[]) => void;
}

/**
 * Waits once for all creates whose responses were lost, then decides them and finishes what the plan held: those creates, and then
 * the deletes that waited for them, if nothing else went wrong. Answers with the results as they are then; asked to stop, with those
 * there are: what was done must be told.
 */
export async function finishUndecided(
  report: Report,
  ports: ReconcilePorts,
  options: FinishOptions,
): Promise<readonly ApplyResult[]> {
  try {
    return await finish(report, ports, options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    return report.results;
  }
}

async function finish(
  { plan, results }: Report,
  ports: ReconcilePorts,
  { signal, onWait }: FinishOptions,
): Promise<readonly ApplyResult[]> {
  const names = undecidedNames(plan, results, ports);
  if (names.length === 0 || signal.aborted) return results;
  const waitMs = waitOf(ports);
  onWait(Math.ceil(waitMs / 1000), names);
  await ports.clock.sleep(waitMs, signal);
  const restMs = waitOf(ports); // a timer may be a little early
  if (restMs > 0) await ports.clock.sleep(restMs, signal);
  await settleIntents(ports, signal);
  const again = await makePlan(ports, signal);
  await recordLooks(again, ports);
  const creates = again.changes.filter(({ action, name }) => action !== 'delete' && names.includes(name));
  const decided = await merged(results, await carryOut({ ...again, changes: creates }, ports, signal), ports);
  const deletes = allElseDone(decided, names, ports) ? waitingDeletes(results, again) : [];
  if (deletes.length === 0) return decided;
  return merged(decided, await carryOut({ ...again, changes: deletes, notes: [] }, ports, signal), ports);
}

/** The plan as a report shows it: creates that were undecided when it was made, and are owned now, need nobody any more. */
export function withoutDecided(plan: Plan, { entries }: Ledger): Plan {
  const owned = new Set([...entries.values()].map(({ name }) => name));
  return { ...plan, skips: plan.skips.filter(({ reason, name }) => reason !== 'undecided' || !owned.has(name)) };
}

async function carryOut(
  { retry: _done, ...plan }: Plan,
  ports: ReconcilePorts,
  signal: AbortSignal,
): Promise<readonly ApplyResult[]> {
  const results: ApplyResult[] = [];
  for await (const result of applyPlan(plan, ports, signal)) results.push(result);
  return results;
}

/** Creates that this run lost, and those an earlier one lost, unless only what a saved plan holds may be done. */
function undecidedNames(plan: Plan, results: readonly ApplyResult[], { rules }: ReconcilePorts): readonly string[] {
  const lost = results.filter(({ outcome, change }) => outcome === 'unknown' && change.action === 'create');
  const waiting = rules.whenStale === 'refuse' ? [] : plan.skips.filter(({ reason }) => reason === 'undecided');
  return [...lost.map(({ change }) => change.name), ...waiting.map(({ name }) => name)];
}

/** In milliseconds; never longer than the settle time, whatever a clock that jumped has left in the ledger. */
function waitOf({ ledger, clock, rules }: ReconcilePorts): number {
  const settleMs = rules.policy.creates.settleSeconds * 1000;
  const now = clock.now();
  const ended = ledger.measured(ledger.current(), now).intents.flatMap(({ endedAt }) => endedAt ?? []);
  return Math.max(0, ...ended.map((at) => settleMs - elapsedSince(at, now)));
}

function allElseDone(results: readonly ApplyResult[], names: readonly string[], { ledger }: ReconcilePorts): boolean {
  const owned = new Set([...ledger.current().entries.values()].map(({ name }) => name));
  return (
    names.every((name) => owned.has(name)) &&
    results.every(({ change, outcome }) => change.action === 'delete' || outcome === 'applied')
  );
}

/** Deletes that waited for the creates, each only if its application is still what the plan saw. */
function waitingDeletes(results: readonly ApplyResult[], again: Plan): readonly Change[] {
  const waited = results.flatMap(({ change, outcome }) =>
    change.action === 'delete' && outcome === 'skipped' ? [change] : [],
  );
  return again.changes.filter(
    (change) => change.action === 'delete' && waited.some(({ id, base }) => id === change.id && base === change.base),
  );
}

function keyOf(change: Change): string {
  return change.action === 'create' ? `create ${change.name}` : `${change.action} ${change.id}`;
}

/** The last word on each change: a lost create that was found in the listing is applied, without a second write. */
async function merged(
  before: readonly ApplyResult[],
  after: readonly ApplyResult[],
  ports: ReconcilePorts,
): Promise<readonly ApplyResult[]> {
  const latest = new Map(after.map((result) => [keyOf(result.change), result]));
  const repeated = new Set(before.map(({ change }) => keyOf(change)));
  const kept = before.map(async (result) => latest.get(keyOf(result.change)) ?? (await asFound(result, ports)));
  const added = after.filter(({ change }) => !repeated.has(keyOf(change)));
  return [...(await Promise.all(kept)), ...added];
}

async function asFound(result: ApplyResult, ports: ReconcilePorts): Promise<ApplyResult> {
  const entry = [...ports.ledger.current().entries.values()].find(({ name }) => name === result.change.name);
  return result.outcome !== 'unknown' || entry === undefined ? result : recoveredCreate(result, entry, ports);
}
