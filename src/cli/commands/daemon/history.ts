import { openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import { DaemonClient, type DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import type { CommonOptions, Session } from '../../../app/session.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { readableTimes } from '../../../core/render/readable-times.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { historySchema } from '../../../status/documents.ts';
import { type AccountHistory, historyText } from './history-text.ts';

/** Options of `history`. */
export interface HistoryOptions extends CommonOptions, DaemonOptions {
  readonly format: 'text' | 'json';
  /** How many of the latest events of each account are shown. */
  readonly limit: number;
}

/** Shows what passes did: as the daemon says, who counts passes that were alike, else from the state directory. Reads only. */
export async function historyCommand(options: HistoryOptions, context: CliContext): Promise<number> {
  const session = await openLooking(context, options);
  const all = (await fromDaemon(session, options)) ?? (await fromState(session));
  const accounts = all.map(({ account, events }) => ({ account, events: latest(events, options.limit) }));
  const text =
    options.format === 'json' ? jsonText({ format: 'vonage-gitops.history/2', accounts }) : historyText(accounts);
  context.stdout.write(text);
  return exitCodes.done;
}

async function fromDaemon(session: Session, options: HistoryOptions): Promise<readonly AccountHistory[] | undefined> {
  const document = await new DaemonClient(session, options).get('/api/v1/history', historySchema);
  const wanted = document?.accounts.filter(({ account }) => session.accounts.some(({ name }) => name === account));
  return wanted === undefined || wanted.length === 0 ? undefined : wanted;
}

async function fromState(session: Session): Promise<readonly AccountHistory[]> {
  const histories = session.accounts.map(async ({ name }) => ({
    account: name,
    events: (await accountStore(session, name).history.read()).map(readableTimes),
  }));
  return Promise.all(histories);
}

function latest(events: readonly unknown[], limit: number): readonly unknown[] {
  return limit === 0 ? [] : events.slice(-limit);
}
