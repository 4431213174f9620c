import type { ApplyResult, Change, Plan, Report } from '../core/plan.ts';
import { applyPlan } from './apply.ts';
import type { ReconcilePorts } from './ports.ts';
import { makePlan } from './reconcile.ts';
import { settleIntents } from './settle.ts';

/** How undecided creates are waited for. */
export interface FinishOptions {
  readonly signal: AbortSignal;
  /** Called once before the wait, with its length in seconds and the names it is for. */
  readonly onWait: (seconds: number, names: readonly string[]) => void;
}

/**
 * Waits once for all creates whose answers were lost, then decides them and finishes what the plan held: those creates, and the
 * deletes that waited for them. Answers with the results as they are then.
 */
export async function finishUndecided(
  { plan, results }: Report,
  ports: ReconcilePorts,
  { signal, onWait }: FinishOptions,
): Promise<readonly ApplyResult[]> {
  const names = undecidedNames(plan, results);
  if (names.length === 0 || signal.aborted) return results;
  const { ledger, clock, rules } = ports;
  const settleMs = rules.policy.creates.settleSeconds * 1000;
  const ended = ledger.current().intents.map((intent) => intent.endedAt ?? intent.postedAt ?? 0);
  const waitMs = Math.max(0, Math.max(...ended) + settleMs - clock.now());
  onWait(Math.ceil(waitMs / 1000), names);
  await clock.sleep(waitMs, signal);
  await settleIntents(ports, signal);
  const again = await makePlan(ports, signal);
  const wanted = new Set(plan.changes.map(keyOf));
  const changes = again.changes.filter((change) => names.includes(change.name) || wanted.has(keyOf(change)));
  const finished: ApplyResult[] = [];
  for await (const result of applyPlan({ ...again, changes }, ports, signal)) finished.push(result);
  return merged(results, finished, ports);
}

function undecidedNames(plan: Plan, results: readonly ApplyResult[]): readonly string[] {
  const lost = results.filter(({ outcome, change }) => outcome === 'unknown' && change.action === 'create');
  const waiting = plan.skips.filter(({ reason }) => reason === 'undecided');
  return [...lost.map(({ change }) => change.name), ...waiting.map(({ name }) => name)];
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

async function asFound(result: ApplyResult, { ledger, keys }: ReconcilePorts): Promise<ApplyResult> {
  const { change, durationMs, outcome } = result;
  const entry = [...ledger.current().entries.values()].find(({ name }) => name === change.name);
  if (outcome !== 'unknown' || entry === undefined) return result;
  const { id, keyFingerprint: fingerprint, keyGenerated } = entry;
  const applied = { outcome: 'applied', id, normalised: [], leftOut: [], change, durationMs } as const;
  if (fingerprint === undefined || !keyGenerated) return applied;
  return { ...applied, key: { fingerprint, path: await keys.deliver(fingerprint) } };
}
