import { isUtf8 } from 'node:buffer';
import { ReconcilerError } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { isManifestName } from '../file-tree.ts';
import { maxKeyBytes } from '../read-tree.ts';
import type { CommittedEntry, CommittedFolder } from './committed-folder.ts';
import type { Store } from './store.ts';

/** Most of a folder that is read: more is a mistake, or an attack. */
const most = { manifests: 20_000, bytes: 200 * 1024 * 1024 } as const;
/** Largest manifest that is read, in bytes. */
const largestManifest = 1024 * 1024;

/**
 * Reads folders of commits. Nothing is checked out, so no filter, hook or line end rewriting of the repository changes what is read. Blobs
 * of the folder before are not read again.
 */
export class SnapshotReader {
  readonly #store: Store;
  #blobs: ReadonlyMap<ObjectId, Buffer> = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The folder at a path of a commit; the whole commit with an empty path.
   * @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED
   */
  async read(commit: ObjectId, path: string, signal: AbortSignal): Promise<CommittedFolder> {
    const content = await this.#treeAt(commit, path, signal);
    const listing = await this.#store.output(['ls-tree', '-r', '-z', '--long', content], { signal });
    const { entries, unnamable } = parseTree(listing);
    assertWithinLimits(entries, path);
    const wanted = new Set([...entries].flatMap(([name, entry]) => (isWanted(name, entry) ? [entry.id] : [])));
    const blobs = await this.#blobsOf(wanted, signal);
    this.#blobs = blobs;
    return { content, entries, unnamable, blobs };
  }

  async #treeAt(commit: ObjectId, path: string, signal: AbortSignal): Promise<ObjectId> {
    const line = await this.#store.output(['cat-file', '--batch-check'], { input: [`${commit}:${path}\n`], signal });
    const [id = '', kind] = line.toString().trim().split(' ');
    const tree = parseObjectId(id);
    if (tree !== undefined && kind === 'tree') return tree;
    const reason = tree === undefined ? 'there is nothing at this path' : 'it is a file, and a directory is expected';
    throw new ReconcilerError('E_SOURCE_PATH', { path, commit, reason });
  }

  async #blobsOf(wanted: ReadonlySet<ObjectId>, signal: AbortSignal): Promise<ReadonlyMap<ObjectId, Buffer>> {
    const known = new Map([...this.#blobs].filter(([id]) => wanted.has(id)));
    const missing = [...wanted].filter((id) => !known.has(id));
    if (missing.length === 0) return known;
    const chunks: Buffer[] = [];
    await this.#store.output(['cat-file', '--batch'], {
      input: missing.map((id) => `${id}\n`),
      onOutput: (bytes) => chunks.push(bytes),
      signal,
    });
    return new Map([...known, ...parseBlobs(Buffer.concat(chunks))]);
  }
}

/** Lines `mode kind id size<TAB>path`, each ended by NUL. Source: git-ls-tree(1) */
function parseTree(bytes: Buffer): Pick<CommittedFolder, 'entries' | 'unnamable'> {
  const entries = new Map<string, CommittedEntry>();
  const unnamable: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    const tab = bytes.indexOf(9, start);
    const [mode = '', , id = '', size = ''] = bytes.toString('latin1', start, tab).split(/ +/);
    const path = bytes.subarray(tab + 1, end);
    const objectId = parseObjectId(id);
    if (!isUtf8(path)) unnamable.push(escaped(path));
    else if (objectId !== undefined)
      entries.set(path.toString(), { kind: kindOf(mode), id: objectId, size: Number(size) || 0 });
    start = end + 1;
  }
  return { entries, unnamable };
}

/** Source: git-fast-import(1), "filemodify" */
function kindOf(mode: string): CommittedEntry['kind'] {
  if (mode === '120000') return 'link';
  return mode === '160000' ? 'submodule' : 'file';
}

function escaped(path: Buffer): string {
  return path.toString('latin1').replace(/[^\x20-\x7e]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`);
}

function isWanted(name: string, { kind, size }: CommittedEntry): boolean {
  if (kind === 'submodule') return false;
  return size <= (isManifestName(name) ? largestManifest : maxKeyBytes);
}

/** @throws {ReconcilerError} E_SOURCE_TOO_LARGE */
function assertWithinLimits(entries: ReadonlyMap<string, CommittedEntry>, path: string): void {
  const manifests = [...entries.keys()].filter(isManifestName).length;
  const bytes = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
  if (manifests > most.manifests)
    throw new ReconcilerError('E_SOURCE_TOO_LARGE', {
      path,
      what: `${manifests} manifest files`,
      most: `${most.manifests}`,
    });
  if (bytes > most.bytes)
    throw new ReconcilerError('E_SOURCE_TOO_LARGE', { path, what: `${bytes} bytes`, most: `${most.bytes}` });
}

/** Each `id kind size<LF>`, the content, and <LF>. Source: git-cat-file(1), "BATCH OUTPUT" */
function parseBlobs(bytes: Buffer): ReadonlyMap<ObjectId, Buffer> {
  const blobs = new Map<ObjectId, Buffer>();
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const [id = '', , size = ''] = bytes.toString('latin1', start, end).split(' ');
    const after = end + 1 + Number(size);
    const objectId = parseObjectId(id);
    if (objectId !== undefined) blobs.set(objectId, bytes.subarray(end + 1, after));
    start = after + 1;
  }
  return blobs;
}
