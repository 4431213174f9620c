import { heldBackText, type PauseOverride, recordIgnored } from '../../../app/bound-by-pauses.ts';
import { confirm } from '../../../app/confirm.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountLabel, documentContext } from '../../../app/document-context.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { type AccountPorts, selectedDirectory } from '../../../app/open-account.ts';
import { countErrors, showProblems } from '../../../app/report-error.ts';
import { oneAccount, openSession, type Session } from '../../../app/session.ts';
import { type FetchOptions, fetchSources } from '../../../app/source/fetch-sources.ts';
import { withWriterLock } from '../../../app/writer-lock.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, planCode, reportCode, worstCode } from '../../../core/exit-codes.ts';
import type { Plan } from '../../../core/plan/plan.ts';
import type { ApplyResult, Report } from '../../../core/plan/report.ts';
import { reportToJson } from '../../../core/render/json.ts';
import { renderReport } from '../../../core/render/report.ts';
import { renderPlan } from '../../../core/render/text.ts';
import { jsonText, quoted } from '../../../core/render/visible.ts';
import { applyPlan } from '../../../reconcile/apply.ts';
import { finishUndecided, withoutDecided } from '../../../reconcile/finish-undecided.ts';
import { deliverPending, undeliveredAfter } from '../../../reconcile/keys/deliver-pending.ts';
import { makePlan } from '../../../reconcile/reconcile.ts';
import { decidedPlan } from '../../../reconcile/second-look.ts';
import { recordLooks, settleIntents } from '../../../reconcile/settle.ts';
import { columnsOf } from '../../columns-of.ts';
import { overridesOf, type SelectionOptions, selectionOf } from '../../command-options.ts';
import { type Progress, startProgress } from '../../progress.ts';
import { refuseEmptySelection } from '../../refuse-empty-selection.ts';
import { waitLine } from '../../wait-line.ts';
import { eachOpenAccount } from '../plan/each-open-account.ts';
import { questionOf } from './question.ts';
import {
  approved,
  readSavedPlan,
  refuseOtherAccount,
  type SavedPlanFile,
  staleCode,
  staleLine,
  subjectWords,
} from './saved-plan-file.ts';

/** Options of `apply`. */
export interface ApplyOptions extends SelectionOptions, PauseOverride, FetchOptions {
  readonly format: 'text' | 'json';
  readonly yes?: boolean;
  /** What a person has approved: nothing else is applied, and nobody is asked. */
  readonly planHash?: string;
  readonly keepGoing?: boolean;
  /** Waiting for a second look at what is missing or undecided; --no-wait makes it false. */
  readonly wait: boolean;
  /** Longest wait for creates whose responses are lost, in seconds. */
  readonly waitTimeout: number;
  /** In seconds. */
  readonly lockTimeout: number;
}

/** Makes the accounts equal to their manifests, or carries out exactly a saved plan. */
export async function applyCommand(
  target: string | undefined,
  options: ApplyOptions,
  context: CliContext,
): Promise<number> {
  const saved = readSavedPlan(target, context);
  if (saved !== undefined && options.planHash !== undefined)
    throw new ReconcilerError('E_USAGE', { message: 'a saved plan is what was approved: leave out --plan-hash' });
  const directory = saved === undefined ? target : saved.plan.root;
  const session = await openSession({ context, options, directory });
  if (saved === undefined) checkGivenDirectory(target, 'apply', context, session.accounts);
  if (saved !== undefined || options.planHash !== undefined) oneAccount(session);
  const selected = saved === undefined ? selectedDirectory(session, target) : undefined;
  const overrides = overridesOf(options);
  const rules = {
    selection: selectionOf(options, selected),
    overrides,
    approval: options.planHash === undefined ? undefined : { planHash: options.planHash, overrides },
    whenStale: isPlanGiven(saved, options) ? 'refuse' : 'replan',
  } as const;
  const assertFetched = await fetchSources(session, options);
  await refuseEmptySelection(session, rules.selection);
  return eachOpenAccount(session, { ...options, rules, assertFetched }, (account, reading) => {
    const apply = (stop: AbortSignal) => applyAccount({ session, account, options, saved, reading, stop });
    return withWriterLock(session, account, options.lockTimeout, apply);
  });
}

/** Whether it is settled what may be done: then nothing is done in another way, and nothing else. */
function isPlanGiven(saved: SavedPlanFile | undefined, { planHash }: ApplyOptions): boolean {
  return saved !== undefined || planHash !== undefined;
}

interface ApplyRun {
  readonly session: Session;
  readonly account: AccountPorts;
  readonly options: ApplyOptions;
  readonly saved: SavedPlanFile | undefined;
  /** Shown until the plan is. */
  readonly reading: Progress;
  /** Aborts when no further change may start. */
  readonly stop: AbortSignal;
}

async function applyAccount(run: ApplyRun): Promise<number> {
  const { session, account, options, saved } = run;
  const { context } = session;
  refuseOtherAccount(saved, account);
  await refuseInvalid(run);
  const { serial } = await account.ledger.load();
  const fresh = await planToApply(run);
  run.reading.stop();
  const { plan, done, stale } = approved(fresh, saved, serial);
  const talk = options.format === 'json' ? context.stderr : context.stdout;
  if (isPlanShown(plan, run)) talk.write(planText(plan, stale.length, run));
  for (const change of done) talk.write(`Already done: ${subjectWords(change)}\n`);
  for (const change of stale) talk.write(`${staleLine(change)}\n`);
  context.stderr.write(heldBackText(plan));
  refuseOther(plan, run);
  const results = isAccountPaused(account) ? [] : await agreeAndCarryOut(plan, run);
  const report = { plan: withoutDecided(plan, account.ledger.current()), results, ...undeliveredAfter(account.ports) };
  context.stdout.write(reportText(report, run));
  return worstCode([reportCode(report.plan, results, report.undelivered), staleCode(stale, results)]);
}

function isOther(plan: Plan, { planHash }: ApplyOptions): boolean {
  return planHash !== undefined && planHash !== plan.planHash;
}

/** @throws {ReconcilerError} E_PLAN_CHANGED unless the plan is what a person approved by its hash; the new one is shown by now */
function refuseOther(plan: Plan, run: ApplyRun): void {
  if (!isOther(plan, run.options)) return;
  if (run.options.format === 'json') run.session.context.stdout.write(reportText({ plan, results: [] }, run));
  throw new ReconcilerError('E_PLAN_CHANGED', { account: run.account.config.name, planHash: plan.planHash });
}

/** With --quiet not what nobody is asked about; but what requires manual action is nowhere else. */
function isPlanShown(plan: Plan, { session, options }: ApplyRun): boolean {
  return !session.quiet || !isAgreed(options) || isOther(plan, options) || planCode(plan, false) !== exitCodes.done;
}

function planText(plan: Plan, refused: number, { session, account, options }: ApplyRun): string {
  const { context } = session;
  const color = session.color && options.format === 'text';
  const columns = columnsOf(options.format === 'json' ? context.stderr : context.stdout, context);
  return renderPlan(plan, { ...accountLabel(session, account.config), color, columns, refused });
}

async function agreeAndCarryOut(plan: Plan, run: ApplyRun): Promise<readonly ApplyResult[]> {
  const { session, account, options, saved } = run;
  // Of a saved plan nothing is left to do: what the ledger would record beside its changes would make the plan's deletes stale.
  if (saved !== undefined && plan.changes.length === 0) {
    await deliverPending(account.ports, run.stop); // they change nothing that was approved
    return [];
  }
  const question = questionOf(plan, account, undecidedIn(plan, run));
  if (question !== undefined && !isAgreed(options)) await confirm(question, session.context);
  if (options.ignorePause === true) {
    const { changes, retry } = plan;
    await recordIgnored(session, account, 'apply', retry === undefined ? changes : [...changes, retry]);
  }
  return carryOut(plan, run);
}

function isAgreed({ yes, planHash }: ApplyOptions): boolean {
  return yes === true || planHash !== undefined;
}

/** Creates that waiting ends in sending again. */
function undecidedIn({ skips }: Plan, { options, saved }: ApplyRun): number {
  return options.wait && !isPlanGiven(saved, options) ? skips.filter(({ reason }) => reason === 'undecided').length : 0;
}

/** Nothing is written then, to the account or the ledger. */
function isAccountPaused({ ports }: AccountPorts): boolean {
  return ports.rules.paused?.account !== undefined;
}

/** With what one settle time can decide decided, unless nobody wants to wait for it: what people agree to should be what is done. */
async function planToApply({ account, options, reading, session, stop }: ApplyRun): Promise<Plan> {
  if (isAccountPaused(account)) return makePlan(account.ports, stop);
  await settleIntents(account.ports, stop);
  if (options.wait) return decidedPlan(account.ports, { signal: stop, onWait: waitLine(session, reading) });
  const plan = await makePlan(account.ports, stop);
  await recordLooks(plan, account.ports);
  return plan;
}

/** @throws {ReconcilerError} E_MANIFEST_INVALID when a manifest is broken, unless the healthy ones shall go ahead */
async function refuseInvalid({ session, account, options, stop }: ApplyRun): Promise<void> {
  const { problems, root } = await account.source.load({ signal: stop });
  showProblems(problems, root, session.context);
  const errors = countErrors(problems);
  if (errors > 0 && options.keepGoing !== true)
    throw new ReconcilerError('E_MANIFEST_INVALID', { problems: errors, root });
}

async function carryOut(plan: Plan, { session, account, options, stop }: ApplyRun): Promise<readonly ApplyResult[]> {
  await deliverPending(account.ports, stop);
  const progress = startProgress(session, plan.changes.length);
  const results: ApplyResult[] = [];
  try {
    for await (const result of applyPlan(plan, account.ports, stop)) {
      results.push(result);
      progress.advance(`${result.outcome} ${result.change.action} ${quoted(result.change.name)}`);
    }
  } finally {
    progress.stop();
  }
  if (!options.wait) return results;
  const onWait = (seconds: number, names: readonly string[]) => {
    session.say(`Waiting ${seconds} s to check whether ${names.map(quoted).join(', ')} was created.\n`);
  };
  const timeoutMs = options.waitTimeout * 1000;
  return finishUndecided({ plan, results }, account.ports, { signal: stop, timeoutMs, onWait });
}

function reportText(report: Report, run: ApplyRun): string {
  const { session, account, options } = run;
  if (options.format === 'json') return jsonText(reportToJson(report, documentContext(account)));
  if (report.results.length === 0 && report.undelivered === undefined) return '';
  const text = renderReport(report, { ...accountLabel(session, account.config), color: session.color });
  return isPlanShown(report.plan, run) ? `\n${text}` : text;
}
