import type { ApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Change, Plan } from '../core/plan/plan.ts';
import type { ApplyResult, Outcome } from '../core/plan/report.ts';
import { commitText } from '../core/render/words.ts';
import { applyCreate } from './apply-create.ts';
import { applyDelete } from './apply-delete.ts';
import { applyUpdate } from './apply-update.ts';
import { LinkedNumbers } from './linked-numbers.ts';
import { type Confirmation, confirmListing } from './listing.ts';
import { outsideLedger } from './outside-ledger.ts';
import type { ReconcilePorts } from './ports.ts';
import { retryNormalised } from './retry-normalised.ts';
import { runConcurrently } from './run-concurrently.ts';
import { unlessLockLost } from './unless-lock-lost.ts';

/** Changes in progress at once. How fast requests leave is the client's business. */
const changesInFlight = 4;

/** How long after the plan the manifests are read again before anything is deleted, in milliseconds. */
const secondReadingMs = 1_000;

/**
 * Carries out a plan and yields how each change ended, recorded. Renames run first, deletes last and only if all else succeeded.
 * After `signal` aborts no further change starts; those in flight are finished. A state directory that cannot be written stops
 * everything: what is not recorded must not be done.
 */
export async function* applyPlan(
  plan: Plan,
  ports: ReconcilePorts,
  signal: AbortSignal,
): AsyncGenerator<ApplyResult, void, undefined> {
  const run = new Run(plan, ports, signal);
  await run.prepare();
  for (const phase of phasesOf(plan)) {
    if (phase.some(({ action }) => action === 'delete')) await run.readManifestsAgain();
    yield* runConcurrently(phase, changesInFlight, (change) => run.attempt(change));
  }
  await run.retry();
  await run.finish();
}

function phasesOf({ changes }: Plan): readonly (readonly Change[])[] {
  const isRename = (change: Change) => 'previousName' in change && change.previousName !== undefined;
  const renames = changes.filter(isRename);
  const deletes = changes.filter(({ action }) => action === 'delete');
  return [renames, changes.filter((change) => !isRename(change) && change.action !== 'delete'), deletes];
}

/** What the changes of one plan share while they are carried out. */
class Run {
  readonly #plan: Plan;
  readonly #ports: ReconcilePorts;
  readonly #signal: AbortSignal;
  readonly #linkedNumbers: LinkedNumbers;
  #confirmation: Confirmation;
  /** Why nothing further may start. */
  #stopped: string | undefined;
  #unfinished = 0;
  /** Why no delete may start. */
  #restless: string | undefined;

  constructor(plan: Plan, ports: ReconcilePorts, signal: AbortSignal) {
    this.#plan = plan;
    this.#confirmation = { refuse: () => undefined, seen: plan.listing.ids };
    this.#ports = plan.outside === undefined ? ports : { ...ports, ledger: outsideLedger(ports.ledger, plan.outside) };
    this.#signal = signal;
    this.#linkedNumbers = new LinkedNumbers(ports, plan.approved === true, signal);
  }

  /** Before the first write: the ledger is writable, keys are being made, and the listing holds. */
  async prepare(): Promise<void> {
    const { changes } = this.#plan;
    if (changes.length === 0) return;
    const { ledger, keys } = this.#ports;
    keys.prepare(changes.filter((change) => change.action === 'create' && needsNewKey(change)).length);
    const { root = this.#plan.root, sources } = ledger.current();
    const [source = this.#plan.source] = sources;
    await ledger.record([{ kind: 'source', source, root }], { durable: true });
    const arrivals = changes.some(({ action }) => action === 'create' || action === 'adopt');
    if (arrivals) this.#confirmation = await confirmListing(this.#plan, this.#ports, this.#signal);
  }

  /** After the changes, if all of them succeeded: what the server rewrites is sent again, where the plan says so. */
  async retry(): Promise<void> {
    const { retry, revision } = this.#plan;
    if (retry === undefined || this.#signal.aborted || this.#stopped !== undefined || this.#unfinished > 0) return;
    await retryNormalised(retry, this.#ports, revision);
  }

  /** A file that an editor or git is replacing is not there for a moment: before anything is deleted its absence is looked at twice. */
  async readManifestsAgain(): Promise<void> {
    const { clock, source } = this.#ports;
    try {
      await clock.sleep(secondReadingMs, this.#signal);
      const { revision, complete } = await source.load({ signal: this.#signal });
      if (complete && revision.content === this.#plan.content) return;
      this.#restless = 'the manifests changed since the plan was made, so no manifest counts as removed';
    } catch (error) {
      if (!this.#signal.aborted && !(error instanceof ReconcilerError)) throw error;
      this.#restless = 'the manifests cannot be read again, so no manifest counts as removed';
    }
  }

  /** After the last write: what the plan noted and what the changes recorded is on the disk. */
  async finish(): Promise<void> {
    if (this.#stopped !== undefined) return; // that it cannot be written is told by the change that found out
    const { notes } = this.#plan;
    const { ledger, rules } = this.#ports;
    await unlessLockLost(async () => {
      const isDue = rules.policy.onCommit !== 'plan' && notes.length > 0 && ledger.current().known; // changes begin a ledger, notes do not
      if (isDue) await ledger.record(notes, { durable: true });
      await ledger.flush();
    });
  }

  /** Carries out one change; never throws. */
  async attempt(change: Change): Promise<ApplyResult> {
    const started = this.#ports.clock.now();
    const outcome = this.#obstacle(change) ?? (await this.#carryOut(change));
    if (outcome.outcome !== 'applied' && change.action !== 'delete') this.#unfinished += 1;
    if (outcome.outcome === 'failed') this.#stopped ??= stopReason(outcome.error);
    const result = { ...outcome, change, durationMs: this.#ports.clock.now() - started };
    logResult(result, this.#ports);
    return result;
  }

  #obstacle(change: Change): Outcome | undefined {
    if (this.#signal.aborted) return { outcome: 'skipped', reason: 'stopped before it started' };
    if (this.#stopped !== undefined) return { outcome: 'skipped', reason: this.#stopped };
    if (change.action === 'delete' && this.#unfinished > 0) {
      return { outcome: 'skipped', reason: `${this.#unfinished} other changes did not succeed, and deletes come last` };
    }
    if (change.action === 'delete' && this.#restless !== undefined) return { outcome: 'stale', reason: this.#restless };
    if (change.action !== 'create' && change.action !== 'adopt') return undefined;
    const doubt = this.#confirmation.refuse(change.action === 'create' ? change : undefined);
    return doubt === undefined ? undefined : { outcome: 'stale', reason: doubt };
  }

  async #carryOut(change: Change): Promise<Outcome> {
    try {
      const ofPlan = { revision: this.#plan.revision, seen: this.#confirmation.seen, signal: this.#signal };
      return await this.#throughGate(
        change,
        async () => (await this.#linkedNumbers.refuse(change)) ?? carryOut(change, this.#ports, ofPlan),
      );
    } catch (error) {
      return isUncertain(error) ? { outcome: 'unknown', error } : { outcome: 'failed', error };
    }
  }

  /** The gate takes its time, so what may stand against the change is looked at once more. */
  async #throughGate(change: Change, work: () => Promise<Outcome>): Promise<Outcome> {
    const { gate } = this.#ports;
    if (gate === undefined) return work();
    const entry = await gate.enter(change);
    if (entry.outcome === 'held') return { outcome: 'skipped', reason: entry.reason, skip: 'paused' };
    try {
      return this.#obstacle(change) ?? (await work());
    } finally {
      entry.leave();
    }
  }
}

/** Of the plan that a change belongs to. */
interface OfPlan {
  readonly revision: string;
  readonly seen: ReadonlySet<ApplicationId>;
  readonly signal: AbortSignal;
}

function carryOut(change: Change, ports: ReconcilePorts, ofPlan: OfPlan): Promise<Outcome> {
  switch (change.action) {
    case 'create':
      return applyCreate(change, ports, ofPlan);
    case 'adopt':
    case 'update':
      return applyUpdate(change, ports, ofPlan);
    case 'delete':
      return applyDelete(change, ports);
  }
}

function needsNewKey({ manifest, intent, heldFingerprint }: Change & { action: 'create' }): boolean {
  return manifest.spec.keys === undefined && intent === undefined && heldFingerprint === undefined;
}

/** A PUT or DELETE that was sent, and whose response does not say what came of it. */
function isUncertain(error: unknown): boolean {
  return error instanceof ReconcilerError && error.code === 'E_API_NO_RESPONSE';
}

/** Why nothing further may start after this error; undefined when something may. */
function stopReason(error: unknown): string | undefined {
  if (!(error instanceof ReconcilerError)) return undefined;
  if (error.code === 'E_LOCK_LOST') return 'the lock was lost';
  const unwritable = error.code.startsWith('E_STATE') || error.code.startsWith('E_LEDGER');
  return unwritable ? 'the state directory cannot be written' : undefined;
}

function logResult(result: ApplyResult, { log }: ReconcilePorts): void {
  const { change, durationMs, outcome } = result;
  const id = outcome === 'applied' ? result.id : 'id' in change ? change.id : undefined;
  const why = { reason: change.reason, ...whatOf(change) };
  const fields = { action: change.action, application: change.name, applicationId: id, ...why, durationMs };
  switch (outcome) {
    case 'applied':
      log.info(fields, 'change applied');
      if ('replaces' in change && change.replaces !== undefined)
        log.warn(
          { application: change.name, applicationId: id, replaces: change.replaces },
          `application ${change.action === 'create' ? 'created again' : 'adopted instead'} with a new id: linked numbers must be linked again`,
        );
      break;
    case 'skipped':
    case 'stale':
      log.warn({ ...fields, outcome, problem: result.reason }, 'change not applied');
      break;
    case 'failed':
      log.error({ ...fields, err: result.error }, 'change failed');
      break;
    case 'unknown':
      log.error({ ...fields, err: result.error }, 'outcome of change unknown');
      break;
  }
}

/** Paths that a line of the log names at most. */
const mostPaths = 10;

/** What is told of a change beside its reason. */
function whatOf(change: Change): object {
  if (change.action === 'create') return {};
  if (change.action !== 'delete') return { changed: changedPaths(change) };
  return change.removedIn === undefined ? {} : { removedIn: commitText(change.removedIn) };
}

/** Where the differences are, without their values: those may be nobody's business. */
function changedPaths({ members }: Change): readonly string[] {
  const paths = members.map(({ path }) => path);
  return paths.length <= mostPaths ? paths : [...paths.slice(0, mostPaths), `and ${paths.length - mostPaths} more`];
}
