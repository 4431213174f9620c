import { existsSync } from 'node:fs';
import type { AccountConfig } from '../../config/account.ts';
import { layerPaths } from '../../config/source/layers.ts';
import { orUndefined } from '../../core/errors.ts';
import { SecretNames } from '../../core/export/secret-names.ts';
import { finish } from '../../core/steps.ts';
import { defaultMaxFileBytes } from '../../source/directory.ts';
import { DiskTree } from '../../source/file-tree.ts';
import type { Session } from '../session.ts';
import { openSource } from '../source/open-source.ts';

/**
 * The names of variables that new secrets can have: all accounts share one environment, so none that the configuration or any manifest of
 * any account uses, be it invalid. @throws {ReconcilerError} E_SOURCE_UNREADABLE
 */
export async function takenNames(session: Session, roots: readonly string[]): Promise<SecretNames> {
  const { accounts } = session.config;
  const names = new SecretNames(accounts.flatMap(({ variables }) => Object.keys(variables)));
  const directories = accounts.flatMap(({ layers, source }) => (source === undefined ? layerPaths(layers) : []));
  for (const directory of new Set([...directories, ...roots])) {
    for (const text of textsIn(directory)) names.take(text);
  }
  for (const account of accounts) {
    if (account.source !== undefined) for (const text of await acceptedTexts(session, account)) names.take(text);
  }
  return names;
}

/** All of them, whatever `exclude` says. */
function textsIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const tree = new DiskTree(directory, []);
  const { root, files } = finish(tree.list());
  return files.flatMap(({ path }) => {
    const content = tree.read(root, path, defaultMaxFileBytes);
    return 'text' in content ? [content.text] : [];
  });
}

/** Of a repository, as far as they can be read: it may never have been fetched. */
async function acceptedTexts(session: Session, account: AccountConfig): Promise<readonly string[]> {
  const options = { signal: session.context.stop };
  const desired = await orUndefined(() => openSource(session, account, { opaqueVariables: true }).load(options));
  return [...(desired?.texts?.values() ?? [])].flatMap((parts) => parts.map(({ text }) => text));
}
