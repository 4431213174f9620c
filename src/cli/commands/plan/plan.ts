import { resolve } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { accountLabel, documentContext } from '../../../app/document-context.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { type AccountPorts, selectedDirectory } from '../../../app/open-account.ts';
import { showProblems } from '../../../app/report-error.ts';
import { oneAccount, openSession, type Session } from '../../../app/session.ts';
import { type FetchOptions, fetchSources } from '../../../app/source/fetch-sources.ts';
import { type StandInOptions, standInNotice, withStandIn } from '../../../app/source/stand-in.ts';
import { messageOf, ReconcilerError } from '../../../core/errors.ts';
import { planCode } from '../../../core/exit-codes.ts';
import type { Plan } from '../../../core/plan/plan.ts';
import { planToJson } from '../../../core/render/json.ts';
import { renderPlanMarkdown } from '../../../core/render/markdown.ts';
import { renderPlan } from '../../../core/render/text.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { checkOutputFile, writeOutputFile } from '../../../disk/output-file.ts';
import { makePlan } from '../../../reconcile/reconcile.ts';
import { decidedPlanOf } from '../../../reconcile/second-look.ts';
import { columnsOf } from '../../columns-of.ts';
import { overridesOf, type SelectionOptions, selectionOf } from '../../command-options.ts';
import type { Progress } from '../../progress.ts';
import { refuseEmptySelection } from '../../refuse-empty-selection.ts';
import { waitLine } from '../../wait-line.ts';
import { eachOpenAccount } from './each-open-account.ts';

/** Options of `plan`. */
export interface PlanOptions extends SelectionOptions, FetchOptions, StandInOptions {
  readonly format: 'text' | 'json' | 'markdown';
  readonly out?: string;
  /** Waiting for a second look, with `out`; --no-wait makes it false. */
  readonly wait: boolean;
  readonly detailedExitcode?: boolean;
  readonly verbose?: boolean;
  readonly summary?: boolean;
  /** Compares manifests with those of this commit, in place of a plan. */
  readonly against?: string;
  /** Longest Markdown of an account. */
  readonly maxBytes?: number;
}

/** Time between two checks whether a FIFO of --out has a reader, in milliseconds. */
const readerWaitMs = 100;

/** Shows what apply would do. Writes nothing but the file of --out. */
export async function planCommand(
  directory: string | undefined,
  options: PlanOptions,
  context: CliContext,
): Promise<number> {
  const session = withStandIn(await openSession({ context, options, directory }), options, directory);
  if (options.from !== undefined && options.out !== undefined)
    throw new ReconcilerError('E_USAGE', {
      message: '--out does not go with --from: what a git source has not accepted cannot be applied',
    });
  checkGivenDirectory(directory, 'plan', context, session.accounts);
  if (options.against !== undefined) {
    const { compareCommand } = await import('./against.ts');
    return compareCommand(session, { ...options, against: options.against, directory });
  }
  if (options.out !== undefined) {
    oneAccount(session);
    await checkOutputFile(resolve(context.cwd, options.out)).catch(refuseOut(options.out)); // before the wait for a plan
  }
  const rules = {
    selection: selectionOf(options, selectedDirectory(session, directory)),
    overrides: overridesOf(options),
    whenStale: 'refuse',
    planOnly: true,
  } as const;
  const assertFetched = await fetchSources(session, options);
  await refuseEmptySelection(session, rules.selection);
  return eachOpenAccount(session, { rules, assertFetched }, (account, reading) =>
    planAccount(session, account, reading, options),
  );
}

async function planAccount(
  session: Session,
  account: AccountPorts,
  reading: Progress,
  options: PlanOptions,
): Promise<number> {
  const signal = session.context.stop;
  const made =
    options.out === undefined || !options.wait
      ? await makePlan(account.ports, signal)
      : await decidedPlanOf(account.ports, { signal, onWait: waitLine(session, reading) });
  const plan = { ...made, notices: [...standInNotice(account.config), ...made.notices] };
  reading.stop();
  showProblems(plan.problems, plan.root, session.context);
  session.context.stdout.write(planText(plan, session, account, options));
  if (options.out !== undefined) await savePlan(options.out, plan, account, session);
  return planCode(plan, options.detailedExitcode === true);
}

function planText(plan: Plan, session: Session, account: AccountPorts, options: PlanOptions): string {
  const { context, color } = session;
  const shown = { ...accountLabel(session, account.config), summary: options.summary === true };
  const maxBytes = options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes };
  switch (options.format) {
    case 'text':
      return renderPlan(plan, {
        ...shown,
        color,
        columns: columnsOf(context.stdout, context),
        verbose: options.verbose === true,
      });
    case 'json':
      return jsonText(planToJson(plan, documentContext(account)));
    case 'markdown':
      return renderPlanMarkdown(plan, { ...shown, name: account.config.name, ...maxBytes });
  }
}

async function savePlan(file: string, plan: Plan, account: AccountPorts, { context, say }: Session): Promise<void> {
  const { cwd, redaction, clock, stop } = context;
  const text = redaction.scrub(jsonText(planToJson(plan, documentContext(account))));
  await writeOutputFile(resolve(cwd, file), text, () => clock.sleep(readerWaitMs, stop)).catch(refuseOut(file));
  say(`Plan saved to ${file}. Apply exactly this plan with: vonage-gitops apply ${file}\n`);
}

function refuseOut(file: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ReconcilerError) throw error; // asked to stop
    const message = `--out ${file}: cannot be written: ${withoutCall(messageOf(error))}`;
    throw new ReconcilerError('E_USAGE', { message }, { cause: error });
  };
}

/** Of what the file system says the reason alone: the call that failed may name a temporary file. */
function withoutCall(message: string): string {
  return message.replace(/^(E[A-Z]+: [^,]+), .*$/s, '$1');
}
