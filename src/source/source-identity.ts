import { realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import { folderIdentity } from '../core/git/folder-identity.ts';
import { repositoryName } from '../core/git/repository-name.ts';
import { originUrl } from './origin-url.ts';
import { isAbsent, readGitFile, workTreeOf } from './work-tree.ts';

/**
 * Whose manifests a directory holds, wherever it was checked out: `git:host/path//directory` by the remote `origin` of the work tree
 * it lies in, else its absolute path. Files are read; git is not run.
 * @throws {ReconcilerError} E_SOURCE_UNREADABLE when the disk fails: who reads on would take it for another source
 */
export function sourceIdentity(root: string): string {
  const directory = resolve(root);
  try {
    const real = realpathSync.native(directory);
    const tree = workTreeOf(real);
    if (tree === undefined) return directory;
    const url = originUrl(readGitFile(join(tree.shared, 'config')) ?? '');
    const name = url === undefined ? undefined : repositoryName(url, tree.top);
    if (name === undefined) return directory;
    return folderIdentity(name, relative(tree.top, real).split(sep).join('/'));
  } catch (error) {
    if (isAbsent(error)) return directory;
    throw new ReconcilerError('E_SOURCE_UNREADABLE', { path: root, reason: messageOf(error) }, { cause: error });
  }
}
