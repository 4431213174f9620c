import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AccountConfig } from '../../config/account.ts';
import { apiTokens } from '../../config/tokens.ts';
import type { Session } from '../session.ts';
import { version } from '../version.ts';

/** Says what the daemon is going to do: accounts, sources, policies, rate limits. Never a secret. */
export function logStartup(session: Session, url: string): void {
  const { log, accounts, config, state } = session;
  const { shutdownSeconds, notifications } = config.daemon;
  log.info(
    {
      version,
      listen: url,
      api: apiTokens(config).length === 0 ? 'off: no token is configured' : 'on',
      configuration: config.file ?? 'environment',
      state: state.directory,
      shutdownSeconds,
      notifications: notifications.map(({ kind }) => kind),
      accounts: accounts.map(({ name }) => name),
    },
    'daemon started',
  );
  announceAccounts(session);
}

/** Says what is going to be done with each account; after a new configuration, with those for which that is different now. */
export function announceAccounts(session: Session, before?: Session): void {
  const known = new Map(before?.accounts.map((account) => [account.name, intentions(account, before)]));
  for (const account of session.accounts) {
    const now = intentions(account, session);
    if (isDeepStrictEqual(known.get(account.name), now)) continue;
    session.log.info({ account: account.name, ...now }, 'account configured');
  }
  const names = new Set(session.accounts.map(({ name }) => name));
  for (const account of known.keys()) if (!names.has(account)) session.log.info({ account }, 'account removed');
}

function intentions(account: AccountConfig, { config, state }: Session): object {
  const { manifests, apiUrl, schedule, requestsPerSecond, concurrency } = account;
  const { policy, adoption, onCommit, onDrift, deletes, deletionPolicy, keysMode } = account.policy;
  return {
    manifests,
    apiUrl,
    policy,
    adoption,
    onCommit,
    onDrift,
    deletionPolicy,
    deletes,
    keys: keysMode,
    schedule,
    watch: config.daemon.watch.mode,
    requestsPerSecond,
    concurrency,
    state: join(state.directory, account.name),
  };
}
