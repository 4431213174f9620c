import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { ParsedManifests } from '../core/manifest/parse.ts';
import type { ManifestFile } from '../core/manifest/read-file.ts';
import type { Steps } from '../core/steps.ts';
import type { LoadOptions } from '../reconcile/ports.ts';
import { checkedOutCommit } from './checked-out-commit.ts';
import { DiskTree, type FileTree } from './file-tree.ts';
import { LayeredTree } from './layered-tree.ts';
import { type ManifestSource, rereadManifest, unknownState } from './manifest-source.ts';
import { type ReadOptions, readTree } from './read-tree.ts';
import { Slices, throwIfStopped } from './slices.ts';
import { sourceIdentity } from './source-identity.ts';

/** Largest manifest read unless told otherwise, in bytes. */
export const defaultMaxFileBytes = 1024 * 1024;

/** Where manifests are, and how they are read. */
export interface DirectorySourceOptions extends ReadOptions {
  /** What places are relative to: the directory of the manifests, or what all layers are in. */
  readonly root: string;
  /** Glob patterns of paths, relative to the directory that each lies in, that are no manifests. */
  readonly exclude: readonly string[];
  /** What the source is to a ledger; told by the work tree that the directory, or the last layer, lies in unless given. */
  readonly identity?: string;
  /** The directory itself; the disk unless told otherwise. */
  readonly tree?: FileTree;
  /** Milliseconds that only go forward: by them the reading is cut into slices. */
  readonly now?: () => number;
  /** How often a directory that changes while it is read is read again, and how long it is left alone in between. */
  readonly settle?: { readonly attempts: number; readonly pauseMs: number };
}

/** Manifests in a directory on the disk. Every load reads all of them, at one moment at which nothing was being written. */
export class DirectorySource implements ManifestSource {
  readonly #options: DirectorySourceOptions;
  readonly #tree: FileTree;
  /** The directory whose manifests these are: with layers, the last one's. */
  readonly #last: string;

  constructor(options: DirectorySourceOptions) {
    this.#options = options;
    this.#tree = options.tree ?? diskTree(options);
    this.#last = join(options.root, options.manifests.layers.at(-1) ?? '');
  }

  /**
   * @throws {ReconcilerError} E_SOURCE_UNREADABLE when the directory is missing or never settles (then `details.unsettled` is true),
   * E_ABORTED.
   */
  async load({ signal }: LoadOptions = {}): Promise<DesiredState> {
    const { attempts, pauseMs } = this.#options.settle ?? { attempts: 20, pauseMs: 100 };
    const slices = new Slices(signal, this.#options.now);
    for (let attempt = 1; ; attempt++) {
      throwIfStopped(signal);
      const state = await slices.finish(this.#loadSteps());
      if (state !== undefined) return state;
      if (attempt >= attempts) {
        const reason = `the directory kept changing while it was read, ${attempts} times in a row`;
        throw new ReconcilerError('E_SOURCE_UNREADABLE', { path: this.#options.root, reason, unsettled: true });
      }
      await pauseUnlessStopped(pauseMs, signal);
    }
  }

  /**
   * The revision a load would have now, key files included; undefined while the directory is missing or being written.
   * @throws {ReconcilerError} E_ABORTED
   */
  async revisionNow(signal?: AbortSignal): Promise<string | undefined> {
    try {
      return (await new Slices(signal, this.#options.now).finish(this.#loadSteps()))?.revision.content;
    } catch (error) {
      if (error instanceof ReconcilerError && error.code === 'E_SOURCE_UNREADABLE') return undefined;
      throw error;
    }
  }

  unknownState(): DesiredState {
    return unknownState(this.#options, { root: resolve(this.#options.root), source: this.identity() });
  }

  identity(): string {
    return this.#options.identity ?? sourceIdentity(this.#last);
  }

  reread(files: readonly ManifestFile[], keyText: string | undefined): ParsedManifests {
    return rereadManifest(this.#options, files, keyText);
  }

  /** The desired state, or undefined when something changed while it was read. */
  *#loadSteps(): Steps<DesiredState | undefined> {
    const state = this.unknownState();
    const read = yield* readTree(this.#tree, this.#options);
    if (read === undefined || this.identity() !== state.source) return undefined; // another repository was put in its place meanwhile
    const commit = checkedOutCommit(this.#last);
    const { content, ...said } = read;
    return {
      ...state,
      ...said,
      revision: { id: content, content, ...(commit === undefined ? {} : { commit: { id: commit } }) },
    };
  }
}

function diskTree({ root, exclude, manifests: { layers } }: DirectorySourceOptions): FileTree {
  if (layers.length === 1) return new DiskTree(root, exclude);
  return new LayeredTree(
    layers.map((directory) => ({ directory, tree: new DiskTree(join(root, directory), exclude) })),
  );
}

/** @throws {ReconcilerError} E_ABORTED */
async function pauseUnlessStopped(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  }
}
