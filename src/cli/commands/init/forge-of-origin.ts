import { join } from 'node:path';
import { originUrl } from '../../../source/origin-url.ts';
import { readGitFile, workTreeOf } from '../../../source/work-tree.ts';

/** What the work tree around a directory tells; of a directory in none, the directory itself and no forge. */
export interface Surroundings {
  /** Where a forge looks for its files: the top of the work tree. */
  readonly top: string;
  readonly forge: 'github' | 'gitlab' | 'none';
}

/** The forge that the remote `origin` is at, by the name of its host. Files are read; git is not run. */
export function forgeOfOrigin(directory: string): Surroundings {
  const tree = workTreeOf(directory);
  if (tree === undefined) return { top: directory, forge: 'none' };
  const url = originUrl(readGitFile(join(tree.shared, 'config')) ?? '') ?? '';
  const [, host = ''] = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url) ?? [];
  const forge = (['github', 'gitlab'] as const).find((one) => host.toLowerCase().includes(one));
  return { top: tree.top, forge: forge ?? 'none' };
}
