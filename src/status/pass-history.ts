import type { JsonObject } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import { countProblems } from '../core/problem.ts';
import { commitDocument, removalOf } from '../core/render/json.ts';
import { countResults, whyOf } from '../core/render/report.ts';
import { commitText, countPlan } from '../core/render/words.ts';
import type { EventStore } from '../pass/account.ts';
import type { PassEnded, PassFailed } from '../pass/event.ts';
import { hasInvalid, passCode, passResult } from '../pass/pass-result.ts';
import type { Log } from '../reconcile/ports.ts';

/** What a pass did, for the history: undefined for one that found nothing to do and nothing new to say. */
function passRecord(event: PassEnded | PassFailed): JsonObject {
  const { at, pass, reasons, found, durationMs } = event;
  const noted = found.length === 0 ? {} : { found: found.map(({ id, name }) => ({ id, name })) };
  const base = { at, event: 'pass', pass, reasons: [...reasons], durationMs, ...noted };
  if (event.kind === 'failed') {
    const { code, message, exitCode } = event.error;
    return { ...base, exitCode, error: { code, message } };
  }
  const { plan, results, mode } = event.end;
  return {
    ...base,
    exitCode: passCode(event.end),
    mode,
    revision: plan.revision,
    ...commitOf(plan),
    ...approvalOf(event.end),
    problems: countProblems(plan.problems).errors,
    results: results.map((result) => ({
      action: result.change.action,
      name: result.change.name,
      ...('id' in result.change ? { id: result.change.id } : {}), // two applications may have one name
      reason: result.change.reason,
      ...(result.change.action === 'delete' ? removalOf(result.change) : {}),
      outcome: result.outcome,
      ...(result.outcome === 'applied' ? { id: result.id } : { message: whyOf(result) }),
    })),
    guards: plan.guards.map(({ guard, message }) => ({ guard, message })),
  };
}

/** Who approved what the pass did. */
function approvalOf({ approved, approval }: PassEnded['end']): JsonObject {
  if (approved !== true || approval === undefined) return {};
  const { planHash, by, reason } = approval;
  return { approved: { planHash, by, reason } };
}

/** The commit of a git source, as documents show it. */
function commitOf({ commit }: Plan): JsonObject {
  return commit === undefined || !('author' in commit) ? {} : { commit: { ...commitDocument(commit) } };
}

/**
 * The history of passes of one account. A pass that is like the one before it (same manifests, same outcome, nothing done) is only
 * counted, and the count is written before the next one that is not.
 */
export class PassHistory {
  readonly #store: EventStore;
  #like: string | undefined;
  #last: Promise<void> = Promise.resolve();
  #folded: { readonly from: number; readonly to: number; readonly passes: number } | undefined;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** @throws {ReconcilerError} E_STATE_UNUSABLE */
  async add(event: PassEnded | PassFailed): Promise<void> {
    const record = passRecord(event);
    const {
      at,
      pass: _pass,
      reasons: _reasons,
      durationMs: _ms,
      revision: _revision,
      commit: _commit,
      ...outcome
    } = record;
    const content = event.kind === 'failed' ? '' : event.end.plan.content;
    const like = JSON.stringify({ ...outcome, content });
    const nothingDone = event.found.length === 0 && (event.kind === 'failed' || event.end.results.length === 0);
    if (nothingDone && like === this.#like) {
      const { from = event.at, passes = 0 } = this.#folded ?? {};
      this.#folded = { from, to: event.at, passes: passes + 1 };
      return;
    }
    this.#like = like;
    await this.#append([...this.#takeFolded(), record]);
  }

  /** Writes the count that is still in memory. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async flush(): Promise<void> {
    const folded = this.#takeFolded();
    if (folded.length > 0) await this.#append(folded);
  }

  /** Newest last, the count in memory included. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async read(): Promise<readonly JsonObject[]> {
    await this.#last;
    const folded = this.#folded === undefined ? [] : [foldedRecord(this.#folded)];
    return [...(await this.#store.read()), ...folded];
  }

  #append(events: readonly JsonObject[]): Promise<void> {
    const appended = this.#store.append(events);
    this.#last = appended.catch(() => undefined); // who added them has the error
    return appended;
  }

  #takeFolded(): readonly JsonObject[] {
    const folded = this.#folded === undefined ? [] : [foldedRecord(this.#folded)];
    this.#folded = undefined;
    return folded;
  }
}

function foldedRecord({ from, to, passes }: { readonly from: number; readonly to: number; readonly passes: number }) {
  return { at: to, event: 'same', from, passes };
}

/** One line for a pass: debug when nothing was done and nothing is wrong, because nobody wants to read that every five minutes. */
export function logPass(log: Log, event: PassEnded | PassFailed, news: boolean): void {
  const { pass, reasons, durationMs } = event;
  if (event.kind === 'failed') {
    log.error({ pass, reasons, durationMs, code: event.error.code, err: event.error }, 'pass failed');
    return;
  }
  const { plan, results, mode } = event.end;
  const { skips } = countPlan(plan);
  const left = Object.fromEntries(Object.entries(skips).filter(([, count]) => count > 0));
  const commit = plan.commit === undefined ? {} : { commit: commitText(plan.commit) };
  const fields = { pass, reasons, revision: plan.revision, ...commit, durationMs, mode, ...left };
  if (results.length > 0) log.info({ ...fields, ...countResults(results) }, 'pass ended');
  else if (news && passResult(event.end) === 'succeeded') log.info({ ...fields, code: 0 }, 'pass ended');
  else if (news) log.warn({ ...fields, ...brokenFields(event), code: passCode(event.end) }, 'pass ended');
  else log.debug(fields, 'pass ended');
  if (news && hasInvalid(plan)) logProblems(log, event);
}

/** What is in force instead of manifests that cannot be used. */
function brokenFields({ end: { plan } }: PassEnded): object {
  const problems = countProblems(plan.problems).errors;
  return problems === 0 ? {} : { problems, lastValid: plan.enforcedRevision };
}

function logProblems(log: Log, { end }: PassEnded): void {
  for (const { severity, place, path, message } of end.plan.problems.slice(0, 20)) {
    if (severity === 'error')
      log.warn({ file: place.file, line: place.line, path, problem: message }, 'manifest invalid');
  }
}
