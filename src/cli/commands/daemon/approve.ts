import { userInfo } from 'node:os';
import { lookingAt } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import type { DaemonClient, DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import { type CommonOptions, oneAccount, type Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { parseJson } from '../../../core/json.ts';
import { jsonText, visible } from '../../../core/render/visible.ts';
import type { z } from '../../../core/zod.ts';
import { approvePlan } from '../../../pass/approve.ts';
import { approvalResponseSchema, errorSchema } from '../../../status/documents.ts';
import { approvalDocument } from '../../../status/to-document.ts';
import type { AllowanceOptions } from '../../command-options.ts';

/** Options of `approve`. */
export interface ApproveOptions extends CommonOptions, DaemonOptions, AllowanceOptions {
  readonly format: 'text' | 'json';
  readonly reason: string;
}

type Approved = z.infer<typeof approvalResponseSchema>;

/**
 * Approves the plan of an account by its hash: through the daemon where one is named, else in the state directory, which the daemon reads.
 * @throws {ReconcilerError} E_PLAN_CHANGED for another plan, with its hash
 */
export async function approveCommand(
  account: string,
  planHash: string,
  options: ApproveOptions,
  context: CliContext,
): Promise<number> {
  const { session, client } = await openDaemonSession(context, { ...options, account });
  const asked = { planHash, allow: allowancesOf(options), reason: options.reason };
  const approved = client.named ? await throughDaemon(client, account, asked) : await inState(session, asked);
  context.stdout.write(options.format === 'json' ? jsonText(approved) : approvedText(approved));
  return exitCodes.done;
}

interface Asked {
  readonly planHash: string;
  readonly allow: ReturnType<typeof allowancesOf>;
  readonly reason: string;
}

function allowancesOf({ allowDeletes, allowUpdates, allowCreates, allowRemovals, allowLinked }: AllowanceOptions) {
  return {
    ...(allowDeletes === undefined ? {} : { deletes: allowDeletes }),
    ...(allowUpdates === undefined ? {} : { updates: allowUpdates }),
    ...(allowCreates === undefined ? {} : { creates: allowCreates }),
    ...(allowRemovals === undefined ? {} : { removals: [...allowRemovals] }),
    ...(allowLinked === undefined ? {} : { linked: [...allowLinked] }),
  };
}

async function throughDaemon(client: DaemonClient, account: string, asked: Asked): Promise<Approved> {
  const request = { role: 'approve', method: 'POST', path: '/api/v1/approve', body: { account, ...asked } } as const;
  const response = await client.ask(request);
  const document = parseJson(response?.text ?? '');
  const approved = approvalResponseSchema.safeParse(document);
  if (approved.success) return approved.data;
  const { error } = errorSchema.safeParse(document).data ?? {};
  if (error?.code === 'PLAN_CHANGED')
    throw new ReconcilerError('E_PLAN_CHANGED', { account, planHash: error.planHash });
  if (error?.code === 'BLOCKED' || error?.code === 'PAUSED')
    throw new ReconcilerError('E_REFUSED', { what: account, reason: error.message });
  if (response !== undefined) client.refuse(response);
  throw client.noResponse('Start it with run');
}

/** Under the writer's lock: no pass makes its plan meanwhile. */
async function inState(session: Session, asked: Asked): Promise<Approved> {
  const config = oneAccount(session);
  const { stop } = session.context;
  const store = accountStore(session, config.name);
  const approval = await lookingAt(session, config, (account) =>
    account.whileWriting(stop, (signal) => approvePlan(account, store, { ...asked, by: userName() }, signal)),
  );
  return { format: 'vonage-gitops.approved/1', account: config.name, approval: approvalDocument(approval) };
}

/** In a container a user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function approvedText({ account, approval }: Approved): string {
  return `Approved the plan of account ${visible(account)}. The next pass applies it, if it is still that plan; until ${approval.until}.\n`;
}
