import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { WritingOptions } from '../../../app/account-command.ts';
import { confirm } from '../../../app/confirm.ts';
import type { CliContext } from '../../../app/context.ts';
import { openSession, type Session } from '../../../app/session.ts';
import { keyDirectory } from '../../../config/account.ts';
import { readIfPresent } from '../../../config/secret.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { jsonText, visible } from '../../../core/render/visible.ts';
import { filesIn } from '../../../disk/files-in.ts';
import { moveDirectory } from '../../../disk/move-directory.ts';
import { refuseLink } from '../../../disk/state-directory.ts';
import { History } from '../../../ledger/history.ts';
import { isMarkOf } from '../../../ledger/ledger-format.ts';
import { accountsIn, markOf } from '../../../ledger/ledgers-in.ts';
import { removeMovedLocks, withAccountLocks } from '../../../lock/account-locks.ts';

/** A renaming, checked before anything is touched. */
interface Renaming {
  readonly session: Session;
  readonly from: string;
  readonly to: string;
  /** Absolute paths of the directories. */
  readonly source: string;
  readonly target: string;
}

/** Gives the whole state of an account another account name: ledger, keys, kept forms, pauses and history, in one step. */
export async function stateRenameCommand(
  from: string,
  to: string,
  options: WritingOptions,
  context: CliContext,
): Promise<number> {
  const session = await openSession({ context, options });
  const { directory } = session.state;
  const renaming = { session, from, to, source: join(directory, from), target: join(directory, to) };
  await assertPossible(renaming);
  if (options.yes !== true) await confirm(questionOf(renaming), context);
  const request = { waitMs: options.lockTimeout * 1000, clock: context.clock, signal: context.stop };
  const aside = await withAccountLocks(renaming.source, request, async () => {
    const rename = () => move(renaming);
    return existsSync(renaming.target) ? withAccountLocks(renaming.target, request, rename) : rename();
  });
  const { target } = renaming;
  const document = { format: 'vonage-gitops.state-rename/1', from, to, directory: target, ...(aside && { aside }) };
  const kept = aside === undefined ? '' : `What was there before is in ${visible(aside)}\n`;
  const text = `The state of account "${from}" is that of "${to}" now: ${visible(target)}\n${kept}`;
  context.stdout.write(options.format === 'json' ? jsonText(document) : text);
  return exitCodes.done;
}

/** Under the locks of both. Responds with where other things of that name were put. @throws {ReconcilerError} */
async function move(renaming: Renaming): Promise<string | undefined> {
  const { session, from, to, source, target } = renaming;
  const { clock } = session.context;
  await assertPossible(renaming); // it may have changed while the locks were waited for
  const aside = existsSync(target)
    ? `${target}.${new Date(clock.now()).toISOString().replaceAll(':', '-')}`
    : undefined;
  if (aside !== undefined) await moveDirectory(target, aside);
  await moveDirectory(source, target);
  for (const moved of [target, ...(aside === undefined ? [] : [aside])]) await removeMovedLocks(moved);
  const event = { at: clock.now(), event: 'state-renamed', from, to };
  await new History(join(target, 'history.jsonl')).append([event]);
  return aside;
}

async function assertPossible(renaming: Renaming): Promise<void> {
  const { from, to, source, target, session } = renaming;
  if (from === to) throw new ReconcilerError('E_USAGE', { message: `${from}: the new name is the old one` });
  for (const directory of [source, target]) refuseLink(directory);
  if (!existsSync(source)) throw await nothingThere(session, from);
  await refuseOccupied(target);
  refuseKeysInside(renaming);
  await refuseOtherAccount(renaming);
}

async function nothingThere({ state }: Session, name: string): Promise<ReconcilerError> {
  const known = (await accountsIn(state.directory)).map(({ account }) => account);
  const there = known.length === 0 ? 'there is no state of any account' : `there are: ${known.join(', ')}`;
  return new ReconcilerError('E_NOT_FOUND', {
    what: `account ${name}`,
    reason: `no state in ${state.directory}; ${there}`,
  });
}

/** What may not be put out of the way: who owns what, private keys, bodies for restore, and what a person holds back. */
const precious = /^(ledger\.(json|json\.bak|v\d+\.json)|PAUSE|(keys|bodies)\/[^.].*)$/;

async function refuseOccupied(target: string): Promise<void> {
  const held = (await filesIn(target)).filter((name) => precious.test(name));
  if (held.length === 0) return;
  const shown = `${held.slice(0, 3).join(', ')}${held.length > 3 ? ', …' : ''}`;
  const reason = `it holds state already (${shown}), and nothing of it is overwritten. Rename that account first`;
  throw new ReconcilerError('E_REFUSED', { what: target, reason });
}

/** A `keys.directory` that leads into the old directory would lead to nothing. */
function refuseKeysInside({ session, from, source }: Renaming): void {
  const { accounts } = session.config;
  const pointing = accounts.find(
    (account) =>
      account.keysDirectory !== undefined &&
      !relative(source, keyDirectory(account, session.state.directory)).startsWith('..'),
  );
  if (pointing === undefined) return;
  const reason = `keys.directory of account ${pointing.name} is inside it: change that first, and move the keys`;
  throw new ReconcilerError('E_REFUSED', { what: `account ${from}`, reason });
}

/** Under the name of a configured account belongs only that account's ledger. */
async function refuseOtherAccount({ session, from, to, source }: Renaming): Promise<void> {
  const account = session.config.accounts.find(({ name }) => name === to);
  const mark = await markOf(source);
  const key = account === undefined ? undefined : readIfPresent(account.apiKey);
  if (account === undefined || mark === undefined || key === undefined) return;
  const { host } = new URL(account.apiUrl);
  if (isMarkOf(mark, key, host)) return;
  const whose = mark.host === host ? 'another API key' : `another host (${mark.host})`;
  const reason = `its ledger is of ${whose} than account ${to} of the configuration`;
  throw new ReconcilerError('E_REFUSED', { what: `account ${from}`, reason });
}

function questionOf({ session, from, to, source }: Renaming): string {
  const isConfigured = session.config.accounts.some(({ name }) => name === from);
  const left = isConfigured ? ` Account "${from}" of the configuration then has no ledger.` : '';
  return `Make the state of account "${from}" (${source}) that of account "${to}"?${left}`;
}
