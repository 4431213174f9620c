import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReconcilerError } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { readIfThere } from '../../disk/read-if-there.ts';
import { makePrivateDirectory } from '../../disk/state-directory.ts';
import { stateError } from '../../disk/state-error.ts';
import type { Git, GitEnd, GitRun } from '../../git/program.ts';
import { lackOfSpace, modifiedAt, removeLeavings, sizeOf } from './store-disk.ts';
import { whyFailed } from './why-failed.ts';

/** Where commits of one repository are kept, and by what they are read. */
export interface StoreOptions {
  /** The store's own directory in the state directory, for its owner only. */
  readonly directory: string;
  readonly git: Git;
  /** Least that must be free on the disk before a fetch, in bytes. */
  readonly leastFreeBytes?: number;
}

/** How object ids of a repository look; a store has the format of the server's. */
export type ObjectFormat = 'sha1' | 'sha256';

/** What reading commits takes: of a store, or of any other repository. */
export type ObjectReader = Pick<Store, 'run' | 'output' | 'failure' | 'damage'>;

/** Longest that git may take for what does not ask a server, in milliseconds. */
const localMs = 120_000;
/** The ledger is on the same disk: a fetch must not fill it. */
const leastFreeBytes = 64 * 1024 * 1024;
/** How often what nothing names is removed, and how old it must be: a pass may still read what was accepted before. */
const cleaning = { everyMs: 24 * 60 * 60 * 1000, olderThan: '2.days.ago', mostMs: 600_000 } as const;

/**
 * A bare repository with commits and nothing checked out. Whoever changes it holds the store's lock; reading needs none, because what
 * is read is pinned by refs of ours, and objects never change.
 */
export class Store {
  /** The bare repository. */
  readonly repository: string;
  readonly #directory: string;
  readonly #git: Git;
  readonly #leastFree: number;
  /** Here while a fetch runs: one that is found was killed, and the store may be damaged. */
  readonly #unfinished: string;
  /** The last one that was damaged. */
  readonly #aside: string;
  /** Whether git failed at what it must be able to do. */
  #isSuspect = false;

  constructor({ directory, git, leastFreeBytes: free = leastFreeBytes }: StoreOptions) {
    this.#directory = directory;
    this.repository = join(directory, 'repository.git');
    this.#unfinished = join(directory, 'unfinished');
    this.#aside = join(directory, 'damaged.git');
    this.#git = git;
    this.#leastFree = free;
  }

  /** Runs git in the store. What comes from outside stands behind `--` or `--end-of-options`. */
  run(parameters: readonly string[], run: GitRun): Promise<GitEnd> {
    return this.#git(['--git-dir', this.repository, ...parameters], run);
  }

  /** Runs git in no repository: what a server has can be asked for before there is a store, and where it is damaged. */
  runOutside(parameters: readonly string[], run: GitRun): Promise<GitEnd> {
    return this.#git(['--git-dir', '/dev/null', ...parameters], run);
  }

  /** What git writes. @throws {ReconcilerError} E_SOURCE_STORE when it fails, E_ABORTED */
  async output(parameters: readonly string[], run: Partial<GitRun> = {}): Promise<Buffer> {
    const end = await this.run(parameters, { timeoutMs: localMs, ...run });
    if (end.ended === 'exit' && end.code === 0) return end.output;
    throw this.failure(parameters[0] ?? '', end);
  }

  /** The error to throw where git failed at what it must be able to do. */
  failure(command: string, end: GitEnd): ReconcilerError {
    if (end.ended === 'killed' && end.why === 'stopped') return new ReconcilerError('E_ABORTED', {});
    if (end.ended === 'exit') return this.damage(whyFailed(command, end));
    return new ReconcilerError('E_SOURCE_STORE', { path: this.#directory, reason: whyFailed(command, end) });
  }

  /** The error to throw where something is not in the store that must be; all of it is looked at before the next fetch. */
  damage(reason: string): ReconcilerError {
    this.#isSuspect = true;
    return new ReconcilerError('E_SOURCE_STORE', { path: this.#directory, reason });
  }

  /** The commit that a ref of ours names; undefined while there is none. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async refNow(name: string, signal?: AbortSignal): Promise<ObjectId | undefined> {
    if (!(await this.#isThere())) return undefined;
    const parameters = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const end = await this.run(parameters, { timeoutMs: localMs, signal });
    if (end.ended === 'exit' && end.code === 0) return parseObjectId(end.output.toString().trim());
    if (end.ended === 'exit' && end.code === 1) return undefined;
    throw this.failure('rev-parse', end);
  }

  /**
   * What the refs of ours below a name are for, `refs/vonage-gitops/voice/`, by what they are called there: commits, tags or texts.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED
   */
  async refsNow(below: string, signal?: AbortSignal): Promise<ReadonlyMap<string, ObjectId>> {
    const refs = new Map<string, ObjectId>();
    if (!(await this.#isThere())) return refs;
    const shown = await this.output(['for-each-ref', '--format=%(objectname) %(refname)', '--', below], { signal });
    for (const line of shown.toString().split('\n')) {
      const [object = '', name = ''] = line.split(' ');
      const id = parseObjectId(object);
      if (id !== undefined) refs.set(name.slice(below.length), id);
    }
    return refs;
  }

  /** Lets refs of ours name what they are to name, all or none; undefined removes one. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async setRefs(refs: Readonly<Record<string, ObjectId | undefined>>, signal?: AbortSignal): Promise<void> {
    const input = Object.entries(refs).map(([name, id]) =>
      id === undefined ? `delete ${name}\n` : `update ${name} ${id}\n`,
    );
    await this.output(['update-ref', '--stdin', '--no-deref'], { input, signal });
  }

  /** Keeps a text. A ref of ours must name it, or it is removed one day. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async write(text: string, signal?: AbortSignal): Promise<ObjectId> {
    const written = await this.output(['hash-object', '-w', '--stdin'], { input: [text], signal });
    const id = parseObjectId(written.toString().trim());
    if (id === undefined) throw this.damage('git hash-object gave no id');
    return id;
  }

  /** Whether the next fetch has to look at all of the store first, because the last one was killed or something cannot be read. */
  async isSuspect(): Promise<boolean> {
    return this.#isSuspect || (await modifiedAt(this.#unfinished)) !== undefined;
  }

  /** Why there is not enough room for a fetch; undefined when there is. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async lackOfSpace(): Promise<string | undefined> {
    return this.#onDisk(() => lackOfSpace(this.#directory, this.repository, this.#leastFree));
  }

  /** Bytes that the repository takes on the disk. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async size(): Promise<number> {
    return this.#onDisk(() => sizeOf(this.repository));
  }

  /** Whether the history of something in it was not fetched. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async isShallow(): Promise<boolean> {
    return this.#onDisk(async () => (await modifiedAt(join(this.repository, 'shallow'))) !== undefined);
  }

  /** When it was made, in milliseconds since 1970; undefined while there is none. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async madeAt(): Promise<number | undefined> {
    return this.#onDisk(() => modifiedAt(join(this.repository, 'HEAD')));
  }

  /** Removes all of it, by whoever holds its lock. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async remove(): Promise<void> {
    const all = [this.repository, this.#aside, this.#unfinished];
    await this.#onDisk(() => Promise.all(all.map((path) => rm(path, { recursive: true, force: true }))));
    this.#isSuspect = false;
  }

  /** Removes what fetches that were killed left, by whoever holds the store's lock. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async removeLeavings(): Promise<void> {
    await this.#onDisk(() => removeLeavings(this.repository));
  }

  /**
   * Makes the store ready for a fetch, by whoever holds its lock: it is made where there is none, and one that is damaged is moved aside, of
   * which one is kept. {@link finish} tells that the fetch has ended.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
   */
  async prepare(format: ObjectFormat, signal: AbortSignal): Promise<'made' | 'kept'> {
    return this.#onDisk(async () => {
      await makePrivateDirectory(this.#directory);
      if ((await this.#isThere()) && !(await this.#isUsable(format, signal))) await this.#moveAside();
      await writeFile(this.#unfinished, '', { mode: 0o600 });
      if (await this.#isThere()) return 'kept';
      await this.output(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], { signal });
      return 'made';
    });
  }

  /** A fetch has ended; after one that leaves a doubt all of the store is looked at before the next. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async finish({ isDoubtful }: { readonly isDoubtful: boolean }): Promise<void> {
    await this.removeLeavings();
    if (isDoubtful) return;
    await this.#onDisk(() => rm(this.#unfinished, { force: true }));
    this.#isSuspect = false;
  }

  /** Lets all refs name what they named before, and removes what nothing needs then. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async reset(before: ReadonlyMap<string, ObjectId>, signal: AbortSignal): Promise<void> {
    const now = await this.refsNow('refs/', signal);
    const names = [...now.keys(), ...before.keys()];
    await this.setRefs(Object.fromEntries(names.map((name) => [`refs/${name}`, before.get(name)])), signal);
    await this.output(['gc', '--quiet', '--prune=now'], { signal, timeoutMs: cleaning.mostMs });
  }

  /**
   * Once a day removes what no ref of ours needs, and packs what is left; by whoever holds the store's lock.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
   */
  async clean(now: number, signal: AbortSignal): Promise<void> {
    if (!(await this.#isThere()) || (await this.isSuspect())) return;
    const stamp = join(this.#directory, 'cleaned');
    const last = Number((await this.#onDisk(() => readIfThere(stamp))) ?? Number.NaN);
    if (Math.abs(now - last) < cleaning.everyMs) return;
    await this.#onDisk(() => writeFile(stamp, `${now}\n`, { mode: 0o600 })); // first, so that one that fails is not tried all the time
    if (Number.isNaN(last)) return; // a new store has nothing to be removed
    await this.output(['gc', '--quiet', `--prune=${cleaning.olderThan}`], { signal, timeoutMs: cleaning.mostMs });
  }

  async #isThere(): Promise<boolean> {
    return (await this.madeAt()) !== undefined;
  }

  async #isUsable(format: ObjectFormat, signal: AbortSignal): Promise<boolean> {
    const shown = await this.#try(['rev-parse', '--show-object-format'], signal);
    if (shown?.toString().trim() !== format) return false;
    // All of a large store takes seconds: only when there is a reason for it.
    if (!(await this.isSuspect())) return true;
    return (await this.#try(['rev-list', '--objects', '--all', '--quiet'], signal)) !== undefined;
  }

  /** What git writes; undefined when the store is not good for it. What has other reasons must not cost the store. */
  async #try(parameters: readonly string[], signal: AbortSignal): Promise<Buffer | undefined> {
    const end = await this.run(parameters, { timeoutMs: localMs, signal });
    if (end.ended === 'exit') return end.code === 0 ? end.output : undefined;
    throw this.failure(parameters[0] ?? '', end);
  }

  async #moveAside(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true });
    await rename(this.repository, this.#aside);
  }

  async #onDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw stateError(this.#directory, error);
    }
  }
}
