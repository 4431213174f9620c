import { type ReadOptions, type ReadState, readTree } from '../read-tree.ts';
import { Slices } from '../slices.ts';
import { type CommittedFolder, CommittedTree } from './committed-folder.ts';

/** What manifests say, whatever commit they are of. */
export type ReadManifests = Omit<ReadState, 'content'>;

/** How a folder of a commit is read. */
export interface ReadFolderOptions extends ReadOptions {
  /** Glob patterns of paths, relative to the folder, that are no manifests. */
  readonly exclude: readonly string[];
}

/** Reads a folder. Whoever asks for the same while it is parsed waits for it, so nobody who stops may end it. */
export async function readFolder(folder: CommittedFolder, options: ReadFolderOptions): Promise<ReadManifests> {
  const tree = new CommittedTree(folder, options.exclude);
  const read = await new Slices().finish(readTree(tree, options));
  if (read === undefined) throw new Error('a commit changed while it was read');
  const { content: _ofTexts, ...said } = read;
  return said;
}
