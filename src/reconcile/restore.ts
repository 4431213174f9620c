import type { LiveState } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { withoutMember } from '../core/ledger/restore.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import { listingSeen } from '../core/plan/listing-seen.ts';
import { type CreateChange, emptyPlan } from '../core/plan/plan.ts';
import type { ApplyResult } from '../core/plan/report.ts';
import type { Pointer } from '../core/pointer.ts';
import { applyPlan } from './apply.ts';
import type { ReconcilePorts } from './ports.ts';
import { recoveredCreate } from './recovered-create.ts';
import { mostLeftOut } from './replace-without-refused.ts';
import { settleIntents } from './settle.ts';

/** What a restore needs beside its ports. */
export interface RestoreRun {
  readonly change: CreateChange;
  /** The listing that was decided on. */
  readonly live: LiveState;
  /** Where the ledger's manifests come from. */
  readonly from: Pick<DesiredState, 'source' | 'root'>;
  readonly signal: AbortSignal;
  /** Called before the wait for a create whose response was lost, with its length in seconds. */
  readonly onWait: (seconds: number) => void;
}

/** How a restore ended. */
export interface Restored {
  readonly result: ApplyResult;
  /** Members the API does not take, left out. */
  readonly leftOut: readonly Pointer[];
}

/**
 * Creates a deleted application again, as a plan of one create: the very protocol of every create. What the API shows and does not
 * take back is left out; a create whose response is lost is waited for once.
 */
export async function restoreApplication(run: RestoreRun, ports: ReconcilePorts): Promise<Restored> {
  let { change } = run;
  const leftOut: Pointer[] = [];
  for (let round = 0; ; round += 1) {
    const result = await createOne(change, run, ports);
    const member = refusedMember(result);
    const reduced = member === undefined || round === mostLeftOut ? undefined : withoutMember(change, member);
    if (reduced === undefined || reduced.leftOut.length === 0)
      return { result: await decided(result, { ...run, change }, ports), leftOut };
    leftOut.push(...reduced.leftOut);
    change = reduced.change;
  }
}

async function createOne(
  change: CreateChange,
  { live, from, signal }: RestoreRun,
  ports: ReconcilePorts,
): Promise<ApplyResult> {
  const { serial } = ports.ledger.current();
  const plan = { ...emptyPlan, ...from, serial, changes: [change], listing: listingSeen(live) };
  let last: ApplyResult = { outcome: 'skipped', reason: 'stopped before it started', change, durationMs: 0 };
  for await (const result of applyPlan(plan, ports, signal)) last = result;
  return last;
}

function refusedMember(result: ApplyResult): string | undefined {
  if (result.outcome !== 'failed' || !(result.error instanceof ReconcilerError)) return undefined;
  const { unknownMember } = result.error.details;
  return typeof unknownMember === 'string' ? unknownMember : undefined;
}

/** A lost create that shows up in the listing is done, without a second write. */
async function decided(
  result: ApplyResult,
  { change, signal, onWait }: RestoreRun,
  ports: ReconcilePorts,
): Promise<ApplyResult> {
  if (result.outcome !== 'unknown' || signal.aborted) return result;
  const { clock, ledger, rules } = ports;
  const owned = new Set(ledger.current().entries.keys());
  const { settleSeconds } = rules.policy.creates;
  onWait(settleSeconds);
  await clock.sleep(settleSeconds * 1000, signal);
  await settleIntents(ports, signal);
  const found = [...ledger.current().entries.values()].find(({ id, name }) => name === change.name && !owned.has(id));
  return found === undefined
    ? result
    : recoveredCreate({ change, durationMs: result.durationMs }, found, ports, signal);
}
