import { openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { type DaemonSession, openDaemonSession } from '../../../app/daemon/daemon-session.ts';
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
  const daemon = await openDaemonSession(context, options, (own) => openLooking(context, own));
  const all = (await fromDaemon(daemon)) ?? (await fromState(daemon.session));
  const accounts = all.map(({ account, events }) => ({ account, events: latest(events, options.limit) }));
  const text =
    options.format === 'json' ? jsonText({ format: 'vonage-gitops.history/2', accounts }) : historyText(accounts);
  context.stdout.write(text);
  return exitCodes.done;
}

async function fromDaemon({ client, choose }: DaemonSession): Promise<readonly AccountHistory[] | undefined> {
  const document = await client.get('/api/v1/history', historySchema);
  return document && choose(document.accounts);
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
