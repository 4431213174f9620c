import type { CliContext } from '../../../app/context.ts';
import type { DaemonClient, DaemonOptions, DaemonRequest, DaemonResponse } from '../../../app/daemon/daemon-client.ts';
import { openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import type { Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { parseJson } from '../../../core/json.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { z } from '../../../core/zod.ts';
import { type CommitPlanRequest, commitPlanSchema } from '../../../status/commit-plan-schema.ts';
import { columnsOf } from '../../columns-of.ts';
import { fullCommitId } from '../../full-commit-id.ts';
import type { PlanOptions } from './plan.ts';

/** Options of `plan --commit`. */
export interface PlanCommitOptions extends PlanOptions, DaemonOptions {
  readonly commit: string;
  /** The git source, where several have it. */
  readonly source?: string;
}

/** How long a daemon may say that it is busy, in milliseconds. */
const patienceMs = 300_000;
/** A later daemon may have more to tell. */
const commitPlan = z.looseObject({ format: commitPlanSchema.shape.format });
const mediaTypes = { text: 'text/plain', json: 'application/json', markdown: 'text/markdown' } as const;

/**
 * Asks a daemon what merging a commit would do. The exit code is that of `plan` over all accounts that were planned.
 * @throws {ReconcilerError} E_USAGE, E_DAEMON_UNREACHABLE, E_NOT_FOUND, E_REFUSED for a commit on no branch
 */
export async function planCommitCommand(options: PlanCommitOptions, context: CliContext): Promise<number> {
  const { account, source, format } = options;
  const commit = fullCommitId('--commit', options.commit);
  const { session, client } = await openDaemonSession(context, options);
  const response = await askPatiently(session, client, {
    role: 'plan',
    source: source ?? session.config.accounts.find(({ name }) => name === account)?.source?.name,
    method: 'POST',
    path: '/api/v1/plan',
    body: { commit, account, source, render: renderOf(options, session, context) } satisfies CommitPlanRequest,
    accept: mediaTypes[format],
  });
  const nameIt = 'Name the daemon with --daemon URL';
  if (response === undefined) throw client.noResponse(nameIt);
  const code = codeOf(response);
  const text = textOf(response, format);
  if (code === undefined || text === undefined) throw client.refuse(response) ?? client.noResponse(nameIt);
  context.stdout.write(text);
  return code === exitCodes.changes && options.detailedExitcode !== true ? exitCodes.done : code;
}

/** A daemon with much to plan says when to ask again. @throws {ReconcilerError} E_ABORTED */
async function askPatiently(
  session: Session,
  client: DaemonClient,
  request: DaemonRequest,
): Promise<DaemonResponse | undefined> {
  const { clock, stop } = session.context;
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    const response = await client.ask(request);
    const seconds = Number(response?.status === 429 ? (response.headers['retry-after'] ?? Number.NaN) : Number.NaN);
    if (!(seconds >= 1) || clock.now() + seconds * 1000 > giveUpAt) return response;
    session.say(`The daemon has many plans to make: asking again in ${seconds} s\n`);
    await clock.sleep(seconds * 1000, stop).catch(() => {
      throw new ReconcilerError('E_ABORTED', {});
    });
  }
}

function renderOf(
  { summary, verbose, maxBytes }: PlanOptions,
  { color }: Session,
  context: CliContext,
): CommitPlanRequest['render'] {
  return { color, columns: columnsOf(context.stdout, context), summary, verbose, maxBytes };
}

/** What to print; undefined when it is no plan. */
function textOf({ text }: DaemonResponse, format: PlanOptions['format']): string | undefined {
  if (format !== 'json') return text;
  const document = commitPlan.safeParse(parseJson(text));
  return document.success ? jsonText(document.data) : undefined;
}

/** The exit code that a daemon says; undefined when it is not the response of one. */
function codeOf({ status, headers }: DaemonResponse): number | undefined {
  const said = headers['vonage-gitops-exit-code'];
  return status === 200 && said !== undefined ? worstCode([Number(said)]) : undefined;
}
