import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { ReconcilerError } from '../../core/errors.ts';
import type { Session } from '../session.ts';

/** Where an account's manifests are exported to. */
export interface ExportTarget {
  /** The account, its manifests read from there. */
  readonly account: AccountConfig;
  /** Absolute path of the directory that holds all its manifests, of all layers. */
  readonly root: string;
  /** The directory in it that new files go into, with forward slashes; empty for the root itself. */
  readonly directory: string;
}

/**
 * The directory of the account's manifests, of the last one of several, or a part of it. Any other that --out names holds an account's
 * manifests of its own, such as a checkout of its repository.
 * @throws {ReconcilerError} E_USAGE when it is not clear which directory is meant
 */
export function exportTarget(session: Session, account: AccountConfig, out: string | undefined): ExportTarget {
  const { manifests, layers, source, name } = account;
  const last = `${layers.below.at(-1)}`;
  if (out === undefined) {
    if (source === undefined) return { account, root: layers.root, directory: last };
    throw usage(
      `the manifests of account ${name} come from source ${source.name}: name their directory in a checkout with --out DIR`,
    );
  }
  if (session.accounts.length > 1)
    throw usage(
      `--out ${out}: several accounts are configured, and one directory cannot hold the manifests of two: select one with --account`,
    );
  const path = resolve(session.context.cwd, out);
  const inside = relative(manifests, path).replaceAll('\\', '/');
  const isOutside = inside === '..' || inside.startsWith('../') || isAbsolute(inside);
  if (source === undefined && !isOutside) return { account, root: layers.root, directory: join(last, inside) };
  const root = resolve(path, ...last.split('/').flatMap((step) => (step === '' ? [] : '..')));
  if (relative(root, path).replaceAll('\\', '/') === last)
    return { account: { ...account, standIn: root }, root, directory: last };
  throw usage(
    `--out ${out}: the manifests of account ${name} come from several directories: name one that ends in ${last}`,
  );
}

function usage(message: string): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message });
}

/** Whether there is anything to read there. */
export function isThere({ root }: ExportTarget): boolean {
  return existsSync(root);
}
