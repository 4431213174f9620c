import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AccountConfig } from '../config/account.ts';
import { readIfPresent } from '../config/secret.ts';
import { defaultDirectory } from '../config/state.ts';
import { orUndefined, ReconcilerError } from '../core/errors.ts';
import { ledgerFileName } from '../ledger/ledger-file.ts';
import { isMarkOf } from '../ledger/ledger-format.ts';
import { type FoundLedger, ledgersIn, markOf } from '../ledger/ledgers-in.ts';
import type { Session } from './session.ts';

type StateOf = Pick<Session, 'state' | 'config' | 'context' | 'foundLedgers'>;

/**
 * Two ledgers of one API key and host in one state directory would each adopt what the other owns, and neither would know what the
 * other deletes: an account was renamed in the configuration, as a rule.
 * @throws {ReconcilerError} E_LEDGER_SECOND
 */
export async function assertOnlyLedger(session: StateOf, account: AccountConfig): Promise<void> {
  const second = await secondLedger(session, account);
  if (second !== undefined) throw new ReconcilerError('E_LEDGER_SECOND', second);
}

/**
 * What a person who only looks should know of other ledgers of this account; undefined when there is none, or no API key to tell by. A
 * directory that cannot be read is told where it is used.
 */
export function otherLedgerNotice(session: StateOf, account: AccountConfig): Promise<string | undefined> {
  return orUndefined(() => noticeOf(session, account));
}

async function noticeOf(session: StateOf, account: AccountConfig): Promise<string | undefined> {
  const second = await secondLedger(session, account);
  if (second !== undefined) return new ReconcilerError('E_LEDGER_SECOND', second).message;
  const elsewhere = await ledgerElsewhere(session, account);
  if (elsewhere === undefined) return undefined;
  const { directory, account: name } = elsewhere;
  const found = `no ledger in ${session.state.directory}, but one of this API key and host in ${directory}`;
  const rename = name === account.name ? '' : ` and run "vonage-gitops state rename ${name} ${account.name}"`;
  return `${found}: to use it, name ${dirname(directory)} with state in the configuration, VONAGE_GITOPS_STATE or --state${rename}`;
}

interface SecondLedger {
  readonly [detail: string]: string | boolean;
}

async function secondLedger(session: StateOf, account: AccountConfig): Promise<SecondLedger | undefined> {
  const { state, config } = session;
  const found = await ledgersOf(session, state.directory, account);
  const others = found.filter(({ account: name }) => name !== account.name && !shareByScope(config, account, name));
  const own = join(state.directory, account.name);
  const ownMark = await markOf(own);
  const isOwnForeign = ownMark !== undefined && !found.some(({ account: name }) => name === account.name);
  const [second] = others;
  if (second === undefined || isOwnForeign) return undefined; // that the own ledger is another account's is told where it is opened
  const hasOwn = existsSync(join(own, ledgerFileName));
  const named = state.source === '--state' ? ` --state ${state.directory}` : '';
  return { account: account.name, path: own, other: second.directory, otherAccount: second.account, hasOwn, named };
}

/** A configuration with two accounts of one API key and host is valid only if their scopes do not overlap. */
function shareByScope({ accounts }: Session['config'], account: AccountConfig, name: string): boolean {
  const other = accounts.find((one) => one.name === name);
  return (other?.policy.scopeNames.length ?? 0) > 0 && account.policy.scopeNames.length > 0;
}

/** Where the account's ledger may have been before, when there is none here: other sources name it, or it was the default. */
async function ledgerElsewhere(session: StateOf, account: AccountConfig): Promise<FoundLedger | undefined> {
  const { state, config, context } = session;
  if ((await markOf(join(state.directory, account.name))) !== undefined) return undefined;
  const { environment, cwd } = context;
  const bases = [config.file === undefined ? cwd : dirname(config.file), cwd];
  const places = [
    ...state.overruled.map(({ directory }) => directory),
    defaultDirectory({ environment, cwd, configFile: config.file }).directory,
    ...bases.map((base) => resolve(base, '.vonage-gitops')),
    ...bases.map((base) => resolve(base, '.vonage-gitops-emulator')),
  ];
  for (const place of new Set(places)) {
    if (place === state.directory) continue;
    const found = await orUndefined(() => ledgersOf(session, place, account));
    if (found?.[0] !== undefined) return found[0];
  }
  return undefined;
}

async function ledgersOf(
  { foundLedgers }: StateOf,
  state: string,
  account: AccountConfig,
): Promise<readonly FoundLedger[]> {
  const key = readIfPresent(account.apiKey);
  if (key === undefined) return [];
  const { host } = new URL(account.apiUrl);
  const found = await foundLedgers.ask(state, { work: () => ledgersIn(state), holds: async () => false });
  return found.filter(({ mark }) => isMarkOf(mark, key, host));
}
