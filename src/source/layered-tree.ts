import { ReconcilerError } from '../core/errors.ts';
import type { Steps } from '../core/steps.ts';
import type { FileContent, FileTree, Listing } from './file-tree.ts';

/** One layer: its directory relative to what all layers are in, and the directory itself. */
export interface Layer {
  readonly directory: string;
  readonly tree: FileTree;
}

/** Several directories as one, each in its place. Links are followed only inside of each. */
export class LayeredTree implements FileTree {
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** A missing layer is something unreadable among the others. @throws {ReconcilerError} E_SOURCE_UNREADABLE when every layer is */
  *list(): Steps<Listing> {
    const roots: string[] = [];
    const files: Listing['files'][number][] = [];
    const unreadable: Listing['unreadable'][number][] = [];
    let missing: ReconcilerError | undefined;
    for (const { directory, tree } of this.#layers) {
      try {
        const listing = yield* tree.list();
        roots.push(listing.root);
        files.push(...listing.files.map((file) => ({ ...file, path: `${directory}/${file.path}` })));
        unreadable.push(...listing.unreadable.map((one) => ({ ...one, path: `${directory}/${one.path}` })));
      } catch (error) {
        if (!(error instanceof ReconcilerError) || error.code !== 'E_SOURCE_UNREADABLE') throw error;
        missing ??= error;
        roots.push('');
        unreadable.push({ path: directory, reason: `the layer is missing: ${error.details['reason']}` });
      }
    }
    if (missing !== undefined && roots.every((root) => root === '')) throw missing;
    return { root: roots.join('\0'), files, unreadable };
  }

  read(root: string, path: string, maxBytes: number): FileContent {
    const roots = root.split('\0');
    for (const [index, { directory, tree }] of this.#layers.entries()) {
      const real = roots[index];
      if (!path.startsWith(`${directory}/`) || real === undefined || real === '') continue;
      return tree.read(real, path.slice(directory.length + 1), maxBytes);
    }
    return { reason: 'it is in no directory of the manifests' };
  }
}
