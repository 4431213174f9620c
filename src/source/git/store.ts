import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ReconcilerError } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { makePrivateDirectory } from '../../disk/state-directory.ts';
import { errnoOf, stateError } from '../../disk/state-error.ts';
import type { Git, GitEnd, GitRun } from '../../git/program.ts';

/** Where commits of one repository are kept, and by what they are read. */
export interface StoreOptions {
  /** The store's own directory in the state directory, for its owner only. */
  readonly directory: string;
  readonly git: Git;
}

/** How object ids of a repository look; a store has the format of the server's. */
export type ObjectFormat = 'sha1' | 'sha256';

/** Longest that git may take for what does not ask a server, in milliseconds. */
const localMs = 120_000;
/** Least that must be free before a fetch, in bytes. */
const leastFree = 64 * 1024 * 1024;

/**
 * A bare repository with commits and nothing checked out. Whoever changes it holds the store's lock; reading needs none, because what
 * is read is pinned by refs of ours, and objects never change.
 */
export class Store {
  readonly #repository: string;
  readonly #directory: string;
  readonly #git: Git;

  constructor({ directory, git }: StoreOptions) {
    this.#directory = directory;
    this.#repository = join(directory, 'repository.git');
    this.#git = git;
  }

  /** Runs git in the store. What comes from outside stands behind `--` or `--end-of-options`. */
  run(parameters: readonly string[], run: GitRun): Promise<GitEnd> {
    return this.#git(['--git-dir', this.#repository, ...parameters], run);
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
    const reason =
      end.ended === 'not-started'
        ? `git could not be started: ${end.errno}`
        : `git ${command} failed: ${end.said.slice(0, 200)}`;
    return new ReconcilerError('E_SOURCE_STORE', { path: this.#directory, reason });
  }

  /** The commit that a ref of ours names; undefined while there is none. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  refNow(name: string, signal?: AbortSignal): Promise<ObjectId | undefined> {
    return this.objectNow(`${name}^{commit}`, signal);
  }

  /** The object that a ref of ours names: a commit, or the tag that names one. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async objectNow(name: string, signal?: AbortSignal): Promise<ObjectId | undefined> {
    if (!(await this.#isThere())) return undefined;
    const parameters = ['rev-parse', '--verify', '--quiet', '--end-of-options', name];
    const end = await this.run(parameters, { timeoutMs: localMs, signal });
    if (end.ended === 'exit' && end.code === 0) return parseObjectId(end.output.toString().trim());
    if (end.ended === 'exit' && end.code === 1) return undefined;
    throw this.failure('rev-parse', end);
  }

  /**
   * Makes the store ready for a fetch, by whoever holds its lock: it is made where there is none, what killed fetches left is removed, and one
   * that is damaged is moved aside, of which one is kept.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
   */
  async prepare(format: ObjectFormat, signal: AbortSignal): Promise<void> {
    try {
      await makePrivateDirectory(this.#directory);
      await this.#assertSpace();
      if (await this.#isThere()) {
        await this.removeLeavings();
        if (await this.#isSound(format, signal)) return;
        await this.#moveAside();
      }
      await this.output(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], { signal });
    } catch (error) {
      throw stateError(this.#directory, error);
    }
  }

  /** Removes what a fetch that was killed leaves behind: locks, which stop every later one, and half a pack, which git never removes. */
  async removeLeavings(): Promise<void> {
    const all = await readdir(this.#repository, { recursive: true, withFileTypes: true });
    const leavings = all.filter(
      ({ name, parentPath }) =>
        name.endsWith('.lock') ||
        (/^(tmp_|incoming-)/.test(name) && parentPath.startsWith(join(this.#repository, 'objects'))),
    );
    for (const { parentPath, name } of leavings) await rm(join(parentPath, name), { recursive: true, force: true });
  }

  async #isThere(): Promise<boolean> {
    try {
      await stat(join(this.#repository, 'HEAD'));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
      throw stateError(this.#directory, error);
    }
  }

  /** Whether git knows it as a repository of this format, and has everything that the refs need. */
  async #isSound(format: ObjectFormat, signal: AbortSignal): Promise<boolean> {
    const shown = await this.run(['rev-parse', '--show-object-format'], { timeoutMs: localMs, signal });
    if (shown.ended !== 'exit' || shown.code !== 0 || shown.output.toString().trim() !== format)
      return unlessStopped(signal);
    const connected = await this.run(['rev-list', '--objects', '--all', '--quiet'], { timeoutMs: localMs, signal });
    return (connected.ended === 'exit' && connected.code === 0) || unlessStopped(signal);
  }

  async #moveAside(): Promise<void> {
    const aside = join(this.#directory, 'damaged.git');
    await rm(aside, { recursive: true, force: true });
    await rename(this.#repository, aside);
  }

  /** The ledger is on the same disk: a fetch must not fill it. */
  async #assertSpace(): Promise<void> {
    const { blocks, bavail, bsize } = await statfs(this.#directory);
    if (blocks === 0 || bavail * bsize >= leastFree) return; // some network file systems do not say how large they are
    const reason = `less than ${leastFree / 1024 / 1024} MiB are free on its disk`;
    throw new ReconcilerError('E_STATE_UNUSABLE', { path: this.#directory, reason });
  }
}

/** @throws {ReconcilerError} E_ABORTED */
function unlessStopped(signal: AbortSignal): false {
  if (signal.aborted) throw new ReconcilerError('E_ABORTED', {});
  return false;
}
