import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readGitFile, type WorkTree, workTreeOf } from './work-tree.ts';

const objectId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The commit that the work tree a directory lies in has checked out; undefined where there is none or it cannot be told. It is for people to
 * read: the files may have been changed since, so nothing depends on it.
 */
export function checkedOutCommit(root: string): string | undefined {
  try {
    const tree = workTreeOf(realpathSync.native(root));
    const head = tree && readGitFile(join(tree.own, 'HEAD'))?.trim();
    if (tree === undefined || head === undefined) return undefined;
    const branch = /^ref: (refs\/[^\s\\]+)$/.exec(head)?.[1];
    return idIn(branch === undefined || branch.includes('..') ? head : commitOf(branch, tree));
  } catch {
    return undefined; // whatever is wrong with the repository, the manifests can be read
  }
}

/** Source: gitrepository-layout(5). */
function commitOf(branch: string, { own, shared }: WorkTree): string | undefined {
  const loose = readGitFile(join(own, branch)) ?? readGitFile(join(shared, branch));
  if (loose !== undefined) return loose;
  const packed = readGitFile(join(shared, 'packed-refs'))?.split('\n') ?? [];
  return packed.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0];
}

function idIn(text: string | undefined): string | undefined {
  return objectId.exec(text?.trim() ?? '')?.[1];
}
