import { sha256 } from '../../core/hash.ts';
import type { FileTree } from '../file-tree.ts';
import { LayeredTree } from '../layered-tree.ts';
import { type ReadOptions, type ReadState, readTree } from '../read-tree.ts';
import { Slices } from '../slices.ts';
import { type CommittedFolder, CommittedTree } from './committed-folder.ts';

/** What manifests say, whatever commit they are of. */
export type ReadManifests = Omit<ReadState, 'content'>;

/** How folders of a commit are read. */
export interface ReadFolderOptions extends ReadOptions {
  /** Glob patterns of paths, relative to the folder that each lies in, that are no manifests. */
  readonly exclude: readonly string[];
}

/** Where a layer lies in its repository: relative to the top with forward slashes. */
export function layerFolders(root: string, { manifests: { layers } }: ReadOptions): readonly string[] {
  return layers.map((layer) => [root, layer].filter((part) => part !== '').join('/'));
}

/** What folders hold, by what each holds: equal texts are equal files in the same order of layers. */
export function contentOf(contents: readonly string[]): string {
  const [first = '', ...others] = contents;
  return others.length === 0 ? first : sha256(contents.join('\n')).slice(0, first.length);
}

/**
 * Reads the folders of the layers, in their order. Whoever asks for the same while it is parsed waits for it, so nobody who stops may end
 * it.
 */
export async function readFolders(
  folders: readonly CommittedFolder[],
  options: ReadFolderOptions,
): Promise<ReadManifests> {
  const read = await new Slices().finish(readTree(treeOf(folders, options), options));
  if (read === undefined) throw new Error('a commit changed while it was read');
  const { content: _ofTexts, ...said } = read;
  return said;
}

function treeOf(folders: readonly CommittedFolder[], { exclude, manifests }: ReadFolderOptions): FileTree {
  const trees = folders.map((folder) => new CommittedTree(folder, exclude));
  const [only, ...others] = trees;
  if (only !== undefined && others.length === 0) return only;
  return new LayeredTree(trees.map((tree, index) => ({ directory: `${manifests.layers[index]}`, tree })));
}
