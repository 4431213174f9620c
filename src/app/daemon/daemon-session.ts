import { ReconcilerError } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { type CommonOptions, openSession, type Session } from '../session.ts';
import { noDaemon } from './daemon-address.ts';
import { DaemonClient, type DaemonOptions } from './daemon-client.ts';

/** What a command that asks a daemon works with. */
export interface DaemonSession {
  readonly session: Session;
  readonly client: DaemonClient;
  /** Whether the address was given, on the command line or by the environment: then accounts are the daemon's own. */
  readonly isGiven: boolean;
  /**
   * The accounts that the command is about, of those that a daemon told of; undefined when it is another one's daemon.
   * @throws {ReconcilerError} E_NOT_FOUND when there are none and the daemon was named
   */
  choose<One extends { readonly account: string }>(accounts: readonly One[]): readonly One[] | undefined;
}

/**
 * Opens a session and the way to the daemon. Where its address is given, the accounts are its own, and no configuration file is needed.
 * @throws {ReconcilerError} E_CONFIG_INVALID, E_USAGE
 */
export async function openDaemonSession(
  context: CliContext,
  options: CommonOptions & DaemonOptions,
  open = (options: CommonOptions) => openSession({ context, options }),
): Promise<DaemonSession> {
  const { account, ...others } = options;
  const isGiven = options.daemon !== undefined && options.daemon !== noDaemon;
  const session = await open(isGiven ? others : options);
  const client = new DaemonClient(session, options);
  const wanted = isGiven ? (account === undefined ? undefined : [account]) : session.accounts.map(({ name }) => name);
  return {
    session,
    client,
    isGiven,
    choose: (accounts) => {
      const chosen = accounts.filter((one) => wanted?.includes(one.account) ?? true);
      if (chosen.length > 0) return chosen;
      if (!client.named) return undefined;
      const known = accounts.map((one) => one.account).join(', ');
      const reason = `no such account: ${wanted?.join(', ') ?? ''}; accounts of this daemon: ${known}`;
      throw new ReconcilerError('E_NOT_FOUND', { what: client.url, reason });
    },
  };
}
