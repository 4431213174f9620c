import { createHash } from 'node:crypto';
import { layerOf } from '../core/layers/layer-of.ts';
import { limitProblems } from '../core/limit-problems.ts';
import type { ManifestCache } from '../core/manifest/cache.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { KeyFile, ManifestOptions } from '../core/manifest/options.ts';
import { manifestSteps } from '../core/manifest/parse.ts';
import type { ManifestFile } from '../core/manifest/read-file.ts';
import type { Problem } from '../core/problem.ts';
import type { Steps } from '../core/steps.ts';
import type { FileTree, Listing, UnreadablePath } from './file-tree.ts';

/** How files become manifests. */
export interface ReadOptions {
  /** Bytes. */
  readonly maxFileBytes: number;
  /** Everything but `keyFile`: key files are read from the same tree. */
  readonly manifests: Omit<ManifestOptions, 'keyFile'>;
  /** Keeps what unchanged files held from one load to the next. */
  readonly cache?: ManifestCache;
}

/** Largest public key file, in bytes: an RSA key of 16,384 bits takes less than 3,000. */
export const maxKeyBytes = 16 * 1024;

/** Files read or hashed in one step: of a MiB each, some 15 milliseconds. */
const filesPerStep = 8;

/** What the files of a tree say. */
export type ReadState = Pick<
  DesiredState,
  'manifests' | 'texts' | 'broken' | 'complete' | 'problems' | 'emptyFiles'
> & {
  /** A hash of the files' contents, of key files, too. */
  readonly content: string;
};

/** The manifests of a tree, in steps; undefined when something changed while it was read. @throws {ReconcilerError} E_SOURCE_UNREADABLE */
export function* readTree(tree: FileTree, options: ReadOptions): Steps<ReadState | undefined> {
  const { manifests, cache, maxFileBytes } = options;
  const before = yield* tree.list();
  const { files, unreadable } = yield* readSteps(tree, before, maxFileBytes);
  const keys = new KeyFiles(tree, before.root);
  const parsed = yield* manifestSteps(
    files,
    { ...manifests, keyFile: (path) => keys.read(path) },
    cache,
    unreadable.map(({ path }) => path),
  );
  if (!sameListing(before, yield* tree.list()) || !(yield* keys.unchanged())) return undefined;
  const broken = unreadable.map(({ path }) => ({ place: startOf(path) }));
  return {
    content: yield* layeredContent({ files, unreadable, keys: keys.contents() }, manifests.layers),
    manifests: parsed.manifests,
    texts: parsed.texts,
    broken: [...broken, ...parsed.broken],
    complete: parsed.complete && unreadable.length === 0,
    problems: limitProblems([...unreadable.map(unreadableProblem), ...parsed.problems]),
    emptyFiles: parsed.emptyFiles,
  };
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

interface Contents {
  readonly files: readonly ManifestFile[];
  readonly unreadable: readonly UnreadablePath[];
  readonly keys: ReadonlyMap<string, string>;
}

/** Characters of a hash of contents. */
const hashLength = 12;

/** Of several layers, a hash of theirs in their order: another order means something else. */
function* layeredContent({ files, unreadable, keys }: Contents, layers: readonly string[]): Steps<string> {
  if (layers.length === 1) return yield* contentSteps({ files, unreadable, keys });
  const hash = createHash('sha256');
  for (const layer of layers.keys()) {
    const isOfLayer = (path: string) => layerOf(path, layers) === layer;
    const content = yield* contentSteps({
      files: files.filter(({ path }) => isOfLayer(path)),
      unreadable: unreadable.filter(({ path }) => isOfLayer(path)),
      keys: new Map([...keys].filter(([path]) => isOfLayer(path))),
    });
    hash.update(`${content}\n`);
  }
  return hash.digest('hex').slice(0, hashLength);
}

function* contentSteps({ files, unreadable, keys }: Contents): Steps<string> {
  const hash = createHash('sha256');
  for (const [index, { path, text }] of files.entries()) {
    hash.update(`${path}\0${text.length}\0`).update(text);
    if (index % filesPerStep === 0) yield;
  }
  for (const { path, reason } of unreadable) hash.update(`${path}\0${reason}\0`);
  for (const [path, text] of keys) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex').slice(0, hashLength);
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
