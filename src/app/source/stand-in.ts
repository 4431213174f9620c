import { join, resolve } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { describeRef } from '../../core/git/ref.ts';
import type { Notice } from '../../core/plan/notice.ts';
import type { Session } from '../session.ts';

/** Options of commands that can read a checkout in place of a git source. */
export interface StandInOptions {
  /** The checkout. */
  readonly from?: string;
}

/**
 * The session whose accounts take their manifests from a checkout, in place of the one git source they have. Accounts with a directory
 * keep it. For commands that write nothing: what was never accepted must not be applied.
 * @throws {ReconcilerError} E_USAGE when it is not clear what the checkout is of
 */
export function withStandIn(session: Session, { from }: StandInOptions, directory: string | undefined): Session {
  if (from === undefined) return session;
  if (directory !== undefined)
    throw new ReconcilerError('E_USAGE', { message: `${directory}: --from names the directory already` });
  const names = [...new Set(session.accounts.flatMap(({ source }) => source?.name ?? []))];
  const [name, ...others] = names;
  if (name === undefined) {
    const message = `--from ${from}: no git source to stand in for. Manifests of a directory are read where they are: leave out --from`;
    throw new ReconcilerError('E_USAGE', { message });
  }
  if (others.length > 0) {
    const message = `--from ${from}: is a checkout of one git source, and the accounts have ${names.join(', ')}: select one with --account`;
    throw new ReconcilerError('E_USAGE', { message });
  }
  const top = resolve(session.context.cwd, from);
  const replaced = (account: AccountConfig): AccountConfig =>
    account.source?.name === name ? { ...account, standIn: join(top, account.layers.root) } : account;
  const config = { ...session.config, accounts: session.config.accounts.map(replaced) };
  return { ...session, config, accounts: session.accounts.map(replaced) };
}

/** Says in a plan what was read. */
export function standInNotice({ source, standIn }: AccountConfig): readonly Notice[] {
  if (standIn === undefined || source === undefined) return [];
  const { name, git } = source;
  const what = `${describeRef(git.ref)} of ${git.address.name}`;
  return [{ kind: 'source', message: `manifests of ${standIn}, in place of source ${name} (${what})` }];
}
