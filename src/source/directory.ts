import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ReconcilerError } from '../core/errors.ts';
import { limitProblems } from '../core/limit-problems.ts';
import type { ManifestCache } from '../core/manifest/cache.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { KeyFile, ManifestOptions } from '../core/manifest/options.ts';
import { manifestSteps, type ParsedManifests, parseManifests } from '../core/manifest/parse.ts';
import type { ManifestFile } from '../core/manifest/read-file.ts';
import type { Problem } from '../core/problem.ts';
import type { Steps } from '../core/steps.ts';
import type { DesiredSource } from '../reconcile/ports.ts';
import { checkedOutCommit } from './checked-out-commit.ts';
import { DiskTree, type FileTree, type Listing, type UnreadablePath } from './file-tree.ts';
import { Slices, throwIfStopped } from './slices.ts';
import { sourceIdentity } from './source-identity.ts';

/** Largest manifest read unless told otherwise, in bytes. */
export const defaultMaxFileBytes = 1024 * 1024;

/** Largest public key file, in bytes: an RSA key of 16,384 bits takes less than 3,000. */
const maxKeyBytes = 16 * 1024;

/** Files read or hashed in one step: of a MiB each, some 15 milliseconds. */
const filesPerStep = 8;

/** Where manifests are, and how they are read. */
export interface DirectorySourceOptions {
  readonly root: string;
  /** Glob patterns of paths, relative to the root, that are no manifests. */
  readonly exclude: readonly string[];
  /** Bytes. */
  readonly maxFileBytes: number;
  /** Everything but `keyFile`: key files are read from the same directory. */
  readonly manifests: Omit<ManifestOptions, 'keyFile'>;
  /** Keeps what unchanged files held from one load to the next. */
  readonly cache?: ManifestCache;
  /** The directory itself; the disk unless told otherwise. */
  readonly tree?: FileTree;
  /** Milliseconds that only go forward: by them the reading is cut into slices. */
  readonly now?: () => number;
  /** How often a directory that changes while it is read is read again, and how long it is left alone in between. */
  readonly settle?: { readonly attempts: number; readonly pauseMs: number };
}

/** Manifests in a directory on the disk. Every load reads all of them, at one moment at which nothing was being written. */
export class DirectorySource implements DesiredSource {
  readonly #options: DirectorySourceOptions;
  readonly #tree: FileTree;

  constructor(options: DirectorySourceOptions) {
    this.#options = options;
    this.#tree = options.tree ?? new DiskTree(options.root, options.exclude);
  }

  /**
   * @throws {ReconcilerError} E_SOURCE_UNREADABLE when the directory is missing or never settles (then `details.unsettled` is true),
   * E_ABORTED.
   */
  async load(signal?: AbortSignal): Promise<DesiredState> {
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
      return (await new Slices(signal, this.#options.now).finish(this.#loadSteps()))?.revision;
    } catch (error) {
      if (error instanceof ReconcilerError && error.code === 'E_SOURCE_UNREADABLE') return undefined;
      throw error;
    }
  }

  /** The state of the directory while nothing can be told of what is in it. @throws {ReconcilerError} E_SOURCE_UNREADABLE */
  unknownState(): DesiredState {
    return {
      root: resolve(this.#options.root),
      source: this.identity(),
      revision: 'unknown',
      manifests: [],
      texts: new Map(),
      hiddenValues: hiddenValues(this.#options.manifests),
      broken: [],
      emptyFiles: [],
      complete: false,
      problems: [],
    };
  }

  /** Whose manifests these are. @throws {ReconcilerError} E_SOURCE_UNREADABLE */
  identity(): string {
    return sourceIdentity(this.#options.root);
  }

  /**
   * Reads a text by the rules that hold for this directory's files now, with today's variables. A key file that it names is taken to hold
   * the given text.
   */
  reread(file: ManifestFile, keyText: string | undefined): ParsedManifests {
    const found: KeyFile = keyText === undefined ? { reason: 'its text was not stored' } : { text: keyText };
    return parseManifests([file], { ...this.#options.manifests, keyFile: () => found });
  }

  /** The desired state, or undefined when something changed while it was read. */
  *#loadSteps(): Steps<DesiredState | undefined> {
    const { manifests, cache, maxFileBytes } = this.#options;
    const state = this.unknownState();
    const before = yield* this.#tree.list();
    const { files, unreadable } = yield* readSteps(this.#tree, before, maxFileBytes);
    const keys = new KeyFiles(this.#tree, before.root);
    const parsed = yield* manifestSteps(files, { ...manifests, keyFile: (path) => keys.read(path) }, cache);
    if (!sameListing(before, yield* this.#tree.list()) || !(yield* keys.unchanged())) return undefined;
    if (this.identity() !== state.source) return undefined; // another repository was put in its place meanwhile
    const broken = unreadable.map(({ path }) => ({ place: startOf(path) }));
    const commit = checkedOutCommit(this.#options.root);
    return {
      ...state,
      revision: yield* revisionSteps(files, unreadable, keys.contents()),
      ...(commit === undefined ? {} : { commit }),
      manifests: parsed.manifests,
      texts: parsed.texts,
      broken: [...broken, ...parsed.broken],
      complete: parsed.complete && unreadable.length === 0,
      problems: limitProblems([...unreadable.map(unreadableProblem), ...parsed.problems]),
      emptyFiles: parsed.emptyFiles,
    };
  }
}

function hiddenValues({ allowedEnvironment, environment, secrets }: DirectorySourceOptions['manifests']) {
  return [...allowedEnvironment.flatMap((name) => environment[name] ?? []), ...secrets];
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

function* readSteps(
  tree: FileTree,
  listing: Listing,
  maxFileBytes: number,
): Steps<{ readonly files: readonly ManifestFile[]; readonly unreadable: readonly UnreadablePath[] }> {
  const files: ManifestFile[] = [];
  const unreadable: UnreadablePath[] = [...listing.unreadable];
  for (const { path } of listing.files) {
    const content = tree.read(listing.root, path, maxFileBytes);
    if ('text' in content) files.push({ path, text: content.text });
    else unreadable.push({ path, reason: content.reason });
    if ((files.length + unreadable.length) % filesPerStep === 0) yield;
  }
  return { files, unreadable };
}

function sameListing(one: Listing, other: Listing): boolean {
  return (
    one.root === other.root &&
    one.files.length === other.files.length &&
    one.unreadable.length === other.unreadable.length &&
    one.files.every(({ path, stamp }, index) => {
      const now = other.files[index];
      return now?.path === path && now.stamp === stamp;
    })
  );
}

function startOf(path: string) {
  return { file: path, line: 1, column: 1 };
}

function unreadableProblem({ path, reason }: UnreadablePath): Problem {
  const message = `this file cannot be read: ${reason}. Until it can, nothing is deleted`;
  return { severity: 'error', place: startOf(path), path: '', message };
}

function* revisionSteps(
  files: readonly ManifestFile[],
  unreadable: readonly UnreadablePath[],
  keys: ReadonlyMap<string, string>,
): Steps<string> {
  const hash = createHash('sha256');
  for (const [index, { path, text }] of files.entries()) {
    hash.update(`${path}\0${text.length}\0`).update(text);
    if (index % filesPerStep === 0) yield;
  }
  for (const { path, reason } of unreadable) hash.update(`${path}\0${reason}\0`);
  for (const [path, text] of keys) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex').slice(0, 12);
}

/** Public key files that manifests name, each read once and compared again at the end. */
class KeyFiles {
  readonly #tree: FileTree;
  readonly #root: string;
  readonly #read = new Map<string, KeyFile>();

  constructor(tree: FileTree, root: string) {
    this.#tree = tree;
    this.#root = root;
  }

  read(path: string): KeyFile {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const found = this.#readNow(path);
    this.#read.set(path, found);
    return found;
  }

  *unchanged(): Steps<boolean> {
    for (const [path, before] of this.#read) {
      const now = this.#readNow(path);
      if ('text' in before ? !('text' in now && now.text === before.text) : 'text' in now) return false;
      yield;
    }
    return true;
  }

  contents(): ReadonlyMap<string, string> {
    const contents = new Map<string, string>();
    for (const [path, found] of this.#read) contents.set(path, 'text' in found ? found.text : '');
    return contents;
  }

  #readNow(path: string): KeyFile {
    const content = this.#tree.read(this.#root, path, maxKeyBytes);
    return 'text' in content ? { text: content.text } : content;
  }
}
