import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf } from '../../disk/state-error.ts';

/**
 * Why no private key may be put into a directory; undefined when nothing keeps it out. A missing one is never made: who may read it is not
 * for this program to say, and what is made in place of a volume would be hidden by it. Throws what the file system throws.
 */
export async function directoryProblem(path: string, keyDirectory: string): Promise<string | undefined> {
  if (resolve(path) === resolve(keyDirectory)) return `${path} is the key directory of the account itself`;
  if (!(await isDirectory(path))) return `${path} is not a directory: create it`;
  const { workTreeOf } = await import('../tracked-by-git.ts');
  const top = await workTreeOf(path);
  if (top === undefined) return undefined;
  const why = 'private keys must not be committed';
  return `${path} is inside the git work tree ${top}: ${why}. Name a directory outside it`;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
