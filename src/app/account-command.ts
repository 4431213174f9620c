import { existsSync } from 'node:fs';
import type { AccountConfig } from '../config/account.ts';
import { layerPaths } from '../config/source/layers.ts';
import { orUndefined, ReconcilerError } from '../core/errors.ts';
import { folderOf } from '../core/git/folder-identity.ts';
import { keyCustodyMessage } from '../core/guards/custody.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import { everything, noOverrides } from '../core/plan/policy.ts';
import { SeenLedgers } from '../ledger/seen-ledgers.ts';
import type { ReconcilableAccount } from '../pass/account.ts';
import { confirm } from './confirm.ts';
import type { CliContext } from './context.ts';
import { accountSpecs, stampAges } from './daemon/daemon-accounts.ts';
import { type AccountPorts, openAccount } from './open-account.ts';
import { openLedger } from './open-ledger.ts';
import { type CommonOptions, oneAccount, openSession, type Session, withManifests } from './session.ts';
import { withWriterLock } from './writer-lock.ts';

/** Options of commands that print text or JSON. */
export interface FormatOptions extends CommonOptions {
  readonly format: 'text' | 'json';
}

/** Options of commands that write to the state of one account, or to the account itself. */
export interface WritingOptions extends FormatOptions {
  readonly yes?: boolean;
  /** In seconds. */
  readonly lockTimeout: number;
}

/** One account a command is about. */
export interface AccountCommand<Options extends CommonOptions> {
  readonly session: Session;
  readonly account: AccountPorts;
  readonly options: Options;
}

/**
 * Does the work on the one account that the options name. Without a configuration file, its manifests are where the ledger says
 * they were read from, unless a directory is given.
 * @throws {ReconcilerError} E_USAGE when there are several accounts
 */
export async function onAccount<Options extends CommonOptions>(
  context: CliContext,
  options: Options,
  work: (on: AccountCommand<Options>) => Promise<number>,
  directory?: string,
): Promise<number> {
  const first = await openSession({ context, options, directory });
  if (directory !== undefined && first.config.file !== undefined) {
    throw new ReconcilerError('E_USAGE', {
      message: `${directory}: the configuration file sets the manifest directory`,
    });
  }
  const root = directory ?? (await recordedRoot(first, oneAccount(first)));
  const known = root !== undefined && root !== directory && first.config.file === undefined;
  const session = known ? await withManifests(first, options, root) : first;
  const rules = { selection: everything, overrides: noOverrides, whenStale: 'refuse' } as const;
  const account = openAccount(session, oneAccount(session), { rules });
  try {
    return await work({ session, account, options });
  } finally {
    await account.close();
  }
}

/** Like {@link onAccount}, while no other process writes to the account's state. @throws {ReconcilerError} E_LOCK_HELD */
export function writingOnAccount<Options extends WritingOptions>(
  context: CliContext,
  options: Options,
  work: (on: AccountCommand<Options>, stop: AbortSignal) => Promise<number>,
  directory?: string,
): Promise<number> {
  return onAccount(
    context,
    options,
    (on) => withWriterLock(on.session, on.account, options.lockTimeout, (stop) => work(on, stop)),
    directory,
  );
}

/** Asks a person, unless --yes was given. @throws {ReconcilerError} E_NOT_CONFIRMED */
export async function ask({ session, options }: AccountCommand<WritingOptions>, question: string): Promise<void> {
  if (options.yes !== true) await confirm(question, session.context);
}

/**
 * The manifests of the account, as passes read them. A directory that is not there holds none: git keeps no empty directories. Where the accepted
 * commit of a repository lacks it, those that were applied last are in effect.
 * @throws {ReconcilerError} E_SOURCE_UNREADABLE, E_SOURCE_NOT_FETCHED, E_SOURCE_PATH
 */
export async function loadDesired(
  { account }: AccountCommand<CommonOptions>,
  stop?: AbortSignal,
): Promise<DesiredState> {
  const { layers } = account.config;
  if (account.config.source !== undefined) {
    const ledger = await orUndefined(() => account.ledger.load());
    return account.source.load({ signal: stop, since: ledger?.applied });
  }
  if (layerPaths(layers).some((path) => existsSync(path))) return account.source.load({ signal: stop });
  const source = account.source.identity();
  return {
    root: layers.root,
    source,
    revision: { id: '', content: '' },
    manifests: [],
    broken: [],
    emptyFiles: [],
    complete: false,
    problems: [],
  };
}

/**
 * A new private key must still be there after this run.
 * @throws {ReconcilerError} E_REFUSED where nobody chose the state directory and nobody is at a terminal
 */
export function assertKeyCustody({ account }: AccountCommand<CommonOptions>, what: string): void {
  if (account.ports.rules.keyCustody === 'safe') return;
  throw new ReconcilerError('E_REFUSED', { what, reason: keyCustodyMessage });
}

/** Directory the manifests were last read from, as the ledger says; undefined where they came from a repository that only a configuration file names. */
async function recordedRoot(session: Session, account: AccountConfig): Promise<string | undefined> {
  const ledger = openLedger(session, account);
  try {
    const { root } = await ledger.load();
    return root === undefined || folderOf(root) !== undefined ? undefined : root;
  } catch (error) {
    if (error instanceof ReconcilerError) return undefined; // the command itself says what is wrong with the ledger
    throw error;
  }
}

/** A session for commands that only look. Without a configuration file, manifests are where the ledger says they were read from. */
export async function openLooking(context: CliContext, options: CommonOptions): Promise<Session> {
  const session = await openSession({ context, options });
  const [account] = session.accounts;
  if (session.config.file !== undefined || account === undefined) return session;
  const root = await orUndefined(() => recordedRoot(session, account));
  return root === undefined ? session : withManifests(session, options, root);
}

/** Does the work on an account that is only looked at. @throws {ReconcilerError} */
export async function lookingAt<Result>(
  session: Session,
  { name }: AccountConfig,
  work: (account: ReconcilableAccount) => Promise<Result>,
): Promise<Result> {
  const shared = {
    abortNow: session.context.stop,
    observe: () => undefined,
    ages: stampAges(session.context),
    seen: new SeenLedgers(),
    lastGood: false,
  };
  const spec = accountSpecs(session, shared).find(({ config }) => config.name === name);
  if (spec === undefined) throw new ReconcilerError('E_NOT_FOUND', { what: name, reason: 'there is no such account' });
  const account = await spec.open();
  try {
    return await work(account);
  } finally {
    await account.close();
  }
}
