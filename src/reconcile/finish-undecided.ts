import { elapsedSince } from '../core/elapsed.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import { settleMsOf } from '../core/plan/absence.ts';
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
  /** No wait begins that would end later than this from now, in milliseconds. */
  readonly timeoutMs: number;
  /** Called before each wait, with its length in seconds and the names it is for. */
  readonly onWait: (seconds: number, names: readonly string[]) => void;
}

/**
 * Waits for all creates whose responses were lost, then decides them and finishes what the plan held: those creates, round by round
 * while their responses are lost again and time is left, and then the deletes that waited for them, if nothing else went wrong.
 * Answers with the results as they are then; asked to stop, or when the API fails, with those there are: what was done must be told.
 */
export async function finishUndecided(
  report: Report,
  ports: ReconcilePorts,
  options: FinishOptions,
): Promise<readonly ApplyResult[]> {
  let latest = report.results;
  try {
    for await (const results of rounds(report, ports, options)) latest = results;
  } catch (error) {
    if (options.signal.aborted) return latest;
    if (!isOfTheApi(error) || latest.length === 0) throw error;
    ports.log.warn({ err: error }, 'undecided creates not resolved');
  }
  return latest;
}

function isOfTheApi(error: unknown): boolean {
  return error instanceof ReconcilerError && error.code.startsWith('E_API_');
}

/**
 * What the results are after each round, and after the deletes. A round waits for the settle time, reads what the account holds, and
 * sends what is still missing with the key it had: no POST leaves without a settle time and two listings before it.
 */
async function* rounds(
  { plan, results }: Report,
  ports: ReconcilePorts,
  options: FinishOptions,
): AsyncGenerator<readonly ApplyResult[], void, undefined> {
  const { signal, timeoutMs } = options;
  const deadline = ports.clock.monotonic() + timeoutMs;
  const names = undecidedNames(plan, results, ports);
  let open = names;
  let decided = results;
  let again: Plan | undefined;
  while (open.length > 0 && !signal.aborted && (await waitFor(open, deadline, ports, options))) {
    await settleIntents(ports, signal);
    again = await makePlan(ports, signal);
    await recordLooks(again, ports);
    const creates = changesFor(open, again);
    const carried = await carryOut({ ...again, changes: creates }, ports, signal);
    decided = await merged(decided, carried, ports);
    yield decided;
    open = lostCreates(carried); // what a round did not send again is for a person, or for the next run
  }
  if (again === undefined || !allElseDone(decided, names, ports)) return;
  const deletes = waitingDeletes(results, again);
  if (deletes.length === 0) return;
  yield merged(decided, await carryOut({ ...again, changes: deletes, notes: [] }, ports, signal), ports);
}

/** Waits until all open creates can be decided; false, without a wait, when that would be too late. */
async function waitFor(
  open: readonly string[],
  deadline: number,
  ports: ReconcilePorts,
  { signal, onWait }: FinishOptions,
): Promise<boolean> {
  const { clock } = ports;
  const waitMs = waitOf(ports);
  if (clock.monotonic() + waitMs > deadline) return false;
  onWait(Math.ceil(waitMs / 1000), open);
  await clock.sleep(waitMs, signal);
  const restMs = waitOf(ports); // a timer may be a little early
  if (restMs > 0) await clock.sleep(restMs, signal);
  return true;
}

function changesFor(names: readonly string[], { changes }: Plan): readonly Change[] {
  return changes.filter(({ action, name }) => action !== 'delete' && names.includes(name));
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
  const waiting = rules.whenStale === 'refuse' ? [] : plan.skips.filter(({ reason }) => reason === 'undecided');
  return [...lostCreates(results), ...waiting.map(({ name }) => name)];
}

function lostCreates(results: readonly ApplyResult[]): readonly string[] {
  return results.flatMap(({ outcome, change }) =>
    outcome === 'unknown' && change.action === 'create' ? [change.name] : [],
  );
}

/**
 * In milliseconds, at least a second after the last response was lost; never longer than the settle time, whatever a clock that
 * jumped has left in the ledger.
 */
function waitOf({ ledger, clock, rules }: ReconcilePorts): number {
  const settleMs = settleMsOf(rules.policy);
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
  const { change, durationMs, outcome } = result;
  const entry = [...ports.ledger.current().entries.values()].find(({ name }) => name === change.name);
  if (outcome !== 'unknown' || change.action !== 'create' || entry === undefined) return result;
  return recoveredCreate({ change, durationMs }, entry, ports);
}
