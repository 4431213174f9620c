import { isUtf8 } from 'node:buffer';
import { ReconcilerError } from '../../core/errors.ts';
import { describeAuthor, shortId } from '../../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { isManifestName } from '../file-tree.ts';
import { maxKeyBytes } from '../read-tree.ts';
import { whoRemoved } from './commits.ts';
import type { CommittedEntry, CommittedFolder } from './committed-folder.ts';
import type { ObjectReader } from './store.ts';

/** Most of a folder that is read: more is a mistake, or an attack. */
const most = { manifests: 20_000, bytes: 200 * 1024 * 1024 } as const;
/** Largest manifest that is read, in bytes. */
const largestManifest = 1024 * 1024;
/** Longest that a listing may take, in milliseconds. */
const timeoutMs = 120_000;

/** What is at a path: nothing without an id. */
interface Found {
  readonly isCommit: boolean;
  readonly there: { readonly id: ObjectId | undefined; readonly kind: string };
}

/**
 * Reads folders of commits. Nothing is checked out, so no filter, hook or line end rewriting of the repository changes what is read. The last
 * folder of each path stays in memory: who asks for the same gets the same, and blobs that it has are not read again.
 */
export class SnapshotReader {
  readonly #store: ObjectReader;
  readonly #kept = new Map<string, { readonly content: ObjectId; readonly folder: Promise<CommittedFolder> }>();

  readonly #looked = new Map<string, { readonly at: ObjectId; readonly found: Promise<Found> }>();

  constructor(store: ObjectReader) {
    this.#store = store;
  }

  /**
   * The folder at a path of a commit or a tree; all of it with an empty path.
   * @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED
   */
  async read(at: ObjectId, path: string, signal: AbortSignal): Promise<CommittedFolder> {
    const content = await this.#treeAt(at, path, signal);
    for (;;) {
      const kept = this.#kept.get(path);
      if (kept?.content !== content) return this.#readAnew(content, path, signal);
      try {
        return await kept.folder;
      } catch (error) {
        if (signal.aborted || !isStopped(error)) throw error; // else who asked first was stopped, and we were not
        if (this.#kept.get(path) === kept) this.#kept.delete(path);
      }
    }
  }

  /** The id of what a folder holds, without reading it; undefined when there is no such folder. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async contentAt(at: ObjectId, path: string, signal?: AbortSignal): Promise<ObjectId | undefined> {
    const { kind, id } = (await this.#look(at, path, signal)).there;
    return kind === 'tree' ? id : undefined;
  }

  /** The same of many folders, by one process of git; without those that are none. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async contentsAt(
    at: ObjectId,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ObjectId>> {
    // The name of what is missing must not be more than one line of the answer.
    const unknown = paths.filter((path) => this.#looked.get(path)?.at !== at && !path.includes('\n'));
    if (unknown.length > 0) {
      const found = await this.#lookAnew(at, unknown, signal);
      for (const path of unknown) this.#looked.set(path, { at, found: Promise.resolve(found(path)) });
    }
    const contents = paths.map(async (path) => [path, await this.contentAt(at, path, signal)] as const);
    return new Map((await Promise.all(contents)).flatMap(([path, id]) => (id === undefined ? [] : [[path, id]])));
  }

  async #readAnew(content: ObjectId, path: string, signal: AbortSignal): Promise<CommittedFolder> {
    const before = this.#kept.get(path)?.folder;
    const folder = this.#folderOf(content, path, before, signal);
    const kept = { content, folder };
    this.#kept.set(path, kept);
    try {
      return await folder;
    } catch (error) {
      if (this.#kept.get(path) === kept) this.#kept.delete(path);
      throw error;
    }
  }

  async #folderOf(
    content: ObjectId,
    path: string,
    before: Promise<CommittedFolder> | undefined,
    signal: AbortSignal,
  ): Promise<CommittedFolder> {
    const { entries, unnamable } = parseTree(await this.#listing(content, path, signal));
    assertWithinLimits(entries, path);
    const wanted = new Set([...entries].flatMap(([name, entry]) => (isWanted(name, entry) ? [entry.id] : [])));
    const known = await before?.catch(() => undefined); // its own reader was told why
    return { content, entries, unnamable, blobs: await this.#blobsOf(wanted, known?.blobs ?? new Map(), signal) };
  }

  async #listing(content: ObjectId, path: string, signal: AbortSignal): Promise<Buffer> {
    const end = await this.#store.run(['ls-tree', '-r', '-z', '--long', content], { signal, timeoutMs });
    if (end.ended === 'exit' && end.code === 0) return end.output;
    if (end.ended !== 'killed' || end.why !== 'too-large') throw this.#store.failure('ls-tree', end);
    throw new ReconcilerError('E_SOURCE_TOO_LARGE', { path, what: 'a list of more files', most: 'some 300,000' });
  }

  async #treeAt(at: ObjectId, path: string, signal: AbortSignal): Promise<ObjectId> {
    const { there, isCommit } = await this.#look(at, path, signal);
    if (there.kind === 'tree' && there.id !== undefined) return there.id;
    const reason =
      there.id === undefined
        ? await this.#whyNothing(path, isCommit ? at : undefined, signal)
        : 'it is a file, and a directory is expected';
    throw new ReconcilerError('E_SOURCE_PATH', { path, commit: at, reason });
  }

  async #whyNothing(path: string, commit: ObjectId | undefined, signal: AbortSignal): Promise<string> {
    const nothing = 'there is nothing at this path';
    const by = commit && isPlain(path) ? await whoRemoved(this.#store, path, { to: commit }, signal) : undefined;
    if (by === undefined) return nothing;
    return `${nothing}: commit ${shortId(by.id)} by ${describeAuthor(by)} removed it, ${JSON.stringify(by.subject)}`;
  }

  /** What is at a path of a commit never changes: the last commit's stays in memory. */
  async #look(at: ObjectId, path: string, signal: AbortSignal | undefined) {
    const known = this.#looked.get(path);
    if (known?.at === at) return known.found;
    const lookAnew = async (until?: AbortSignal) => (await this.#lookAnew(at, [path], until))(path);
    if (signal?.aborted) return lookAnew(signal);
    const looked = { at, found: lookAnew() }; // a stop of who asks first stops nobody else
    this.#looked.set(path, looked);
    try {
      return await looked.found;
    } catch (error) {
      if (this.#looked.get(path) === looked) this.#looked.delete(path);
      throw error;
    }
  }

  async #lookAnew(
    at: ObjectId,
    paths: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<(path: string) => Found> {
    const asked = paths.filter(isPlain);
    const input = [`${at}\0`, ...asked.map((path) => `${at}:${path}\0`)];
    const shown = await this.#store.output(['cat-file', '--batch-check', '-z'], { input, signal });
    const [itself = '', ...lines] = shown.toString().split('\n');
    if (itself.endsWith(' missing')) throw this.#store.damage(`${at} is not in it`);
    const lineOf = new Map(asked.map((path, index) => [path, lines[index]]));
    return (path) => {
      const [id = '', kind = ''] = lineOf.get(path)?.split(' ') ?? [];
      return { isCommit: itself.split(' ')[1] === 'commit', there: { id: parseObjectId(id), kind } };
    };
  }

  async #blobsOf(
    wanted: ReadonlySet<ObjectId>,
    before: ReadonlyMap<ObjectId, Buffer>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ObjectId, Buffer>> {
    const known = new Map([...before].filter(([id]) => wanted.has(id)));
    const missing = [...wanted].filter((id) => !known.has(id));
    if (missing.length === 0) return known;
    const chunks: Buffer[] = [];
    await this.#store.output(['cat-file', '--batch'], {
      input: missing.map((id) => `${id}\n`),
      onOutput: (bytes) => chunks.push(bytes),
      signal,
    });
    const read = parseBlobs(Buffer.concat(chunks));
    if (read.size !== missing.length) throw this.#store.damage(`${missing.length - read.size} files are not in it`);
    return new Map([...known, ...read]);
  }
}

/** Whether git takes it for a path below the top, and for nothing else. */
function isPlain(path: string): boolean {
  return (
    path.split('/').every((name) => name !== '.' && name !== '..') && !path.startsWith('/') && !path.includes('\0')
  );
}

function isStopped(error: unknown): boolean {
  return error instanceof ReconcilerError && error.code === 'E_ABORTED';
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

/** Each `id kind size<LF>`, the content, and <LF>; or `id missing<LF>`. Source: git-cat-file(1), "BATCH OUTPUT" */
function parseBlobs(bytes: Buffer): ReadonlyMap<ObjectId, Buffer> {
  const blobs = new Map<ObjectId, Buffer>();
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const [id = '', , size] = bytes.toString('latin1', start, end).split(' ');
    const after = end + 1 + Number(size ?? -1); // no content, and no line break after it
    const objectId = parseObjectId(id);
    if (objectId !== undefined && size !== undefined) blobs.set(objectId, bytes.subarray(end + 1, after));
    start = after + 1;
  }
  return blobs;
}
