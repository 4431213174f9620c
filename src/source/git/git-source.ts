import { ReconcilerError } from '../../core/errors.ts';
import { type CommitInfo, describeAuthor, shortId } from '../../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { AppliedSource } from '../../core/ledger/ledger.ts';
import { limitProblems } from '../../core/limit-problems.ts';
import type { DesiredState } from '../../core/manifest/manifest.ts';
import type { ParsedManifests } from '../../core/manifest/parse.ts';
import type { ManifestFile } from '../../core/manifest/read-file.ts';
import type { Problem } from '../../core/problem.ts';
import { quoted } from '../../core/render/visible.ts';
import type { LoadOptions } from '../../reconcile/ports.ts';
import { type ManifestSource, rereadManifest, unknownState } from '../manifest-source.ts';
import type { CommittedFolder } from './committed-folder.ts';
import { contentOf, layerFolders, type ReadFolderOptions, type ReadManifests, readFolders } from './read-folders.ts';
import type { Repository } from './repository.ts';

/** Which folder of a repository manifests are in, and how they are read. */
export interface GitSourceOptions extends ReadFolderOptions {
  readonly repository: Pick<
    Repository,
    'accepted' | 'commit' | 'contentAt' | 'judgeAgain' | 'snapshot' | 'relation' | 'whoRemoved'
  >;
  /** Of the source, in the configuration. */
  readonly name: string;
  /** The folder, or what all layers are in: relative to the top with forward slashes; empty for the top itself. */
  readonly path: string;
  /** `git:host/path//folder` */
  readonly identity: string;
  /**
   * Resolves when the server was asked for the first time since the start: only a source of which nothing was accepted yet waits for it.
   * Rejects with why there is nothing. Without it nobody asks the server.
   */
  readonly firstFetch?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** Manifests of a git repository, read from the accepted commit. No load uses the network. */
export class GitSource implements ManifestSource {
  readonly #options: GitSourceOptions;
  /** What the last folder says: an equal one says the same. */
  #last: { readonly content: string; readonly said: Promise<ReadManifests> } | undefined;

  constructor(options: GitSourceOptions) {
    this.#options = options;
  }

  /**
   * Where the accepted commit does not have the folder, what was last applied stays in effect: a missing folder never means that all
   * manifests were removed.
   * @throws {ReconcilerError} E_SOURCE_NOT_FETCHED, E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED
   */
  async load({ signal, since }: LoadOptions = {}): Promise<DesiredState> {
    const stop = signal ?? new AbortController().signal;
    const commit = await this.#accepted(stop);
    const before = this.#appliedCommit(since);
    const untrusted = commit.id === before ? undefined : await this.#options.repository.judgeAgain(stop);
    if (untrusted !== undefined) return this.#readInstead(before, untrustedCommit(commit, untrusted), stop);
    try {
      const state = await this.#read(commit, stop);
      return before === undefined ? state : { ...state, history: await this.#relation(before, commit.id, stop) };
    } catch (error) {
      if (!isPathMissing(error) || before === undefined) throw error;
      const path = `${error.details['path']}`;
      const removedIn = await this.#removal(path, { from: before, to: commit }, stop);
      const message = missingFolder(path, commit, removedIn);
      return this.#readInstead(before, { unread: commit, error, message }, stop);
    }
  }

  /** What the folders hold in the accepted commit, without reading it; undefined where one is missing. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async contentNow(signal?: AbortSignal): Promise<string | undefined> {
    const { repository, path } = this.#options;
    const commit = await repository.accepted(signal);
    if (commit === undefined) return undefined;
    const contents: string[] = [];
    for (const folder of layerFolders(path, this.#options)) {
      const content = await repository.contentAt(commit.id, folder, signal);
      if (content === undefined) return undefined;
      contents.push(content);
    }
    return contentOf(contents);
  }

  unknownState(): DesiredState {
    const { identity } = this.#options;
    return unknownState(this.#options, { root: identity, source: identity });
  }

  identity(): string {
    return this.#options.identity;
  }

  reread(files: readonly ManifestFile[], keyText: string | undefined): ParsedManifests {
    return rereadManifest(this.#options, files, keyText);
  }

  /** Between what was last applied and the accepted commit. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async whoRemoved(file: string, since: AppliedSource, signal?: AbortSignal): Promise<CommitInfo | undefined> {
    const { repository, path } = this.#options;
    const from = this.#appliedCommit(since);
    const to = await repository.accepted(signal);
    if (from === undefined || to === undefined) return undefined;
    return this.#removal(path === '' ? file : `${path}/${file}`, { from, to }, signal);
  }

  /** Where the latest commit did it, its signature was verified, so its signer is known. */
  async #removal(
    path: string,
    { from, to }: { readonly from: ObjectId; readonly to: CommitInfo },
    signal: AbortSignal | undefined,
  ): Promise<CommitInfo | undefined> {
    const removedIn = await this.#options.repository.whoRemoved(path, { from, to: to.id }, signal);
    return removedIn?.id === to.id ? to : removedIn;
  }

  async #accepted(signal: AbortSignal): Promise<CommitInfo> {
    const { repository, firstFetch, name } = this.#options;
    const known = await repository.accepted(signal);
    if (known !== undefined) return known;
    await firstFetch?.(signal);
    const commit = await repository.accepted(signal);
    if (commit === undefined) throw new ReconcilerError('E_SOURCE_NOT_FETCHED', { source: name });
    return commit;
  }

  async #read(commit: CommitInfo, signal: AbortSignal): Promise<DesiredState> {
    const { repository, path } = this.#options;
    const folders: CommittedFolder[] = [];
    for (const layer of layerFolders(path, this.#options))
      folders.push(await repository.snapshot(commit.id, layer, signal));
    const content = contentOf(folders.map((folder) => folder.content));
    if (this.#last?.content !== content) this.#last = { content, said: readFolders(folders, this.#options) };
    const said = await this.#last.said;
    return { ...this.unknownState(), ...said, revision: { id: commit.id, content, commit } };
  }

  /** What was last applied stays in effect; as long as there is nothing, the error says why. */
  async #readInstead(
    applied: ObjectId | undefined,
    { unread, error, message }: Instead,
    signal: AbortSignal,
  ): Promise<DesiredState> {
    const known = applied && (await this.#options.repository.commit(applied, signal));
    if (known === undefined) throw error;
    const state = await this.#read(known, signal).catch((again: unknown) => {
      throw isPathMissing(again) ? error : again;
    });
    const told = `${message}. Commit ${shortId(known.id)} stays in effect and nothing is deleted`;
    const problem: Problem = { severity: 'error', place: { file: '.', line: 1, column: 1 }, path: '', message: told };
    const problems = limitProblems([problem, ...state.problems]);
    return { ...state, complete: false, problems, history: 'same', unread };
  }

  #relation(from: ObjectId, to: ObjectId, signal: AbortSignal) {
    return this.#options.repository.relation(from, to, signal);
  }

  /** What was applied of this very folder. */
  #appliedCommit(since: AppliedSource | undefined): ObjectId | undefined {
    return since?.source === this.#options.identity ? parseObjectId(since.commit) : undefined;
  }
}

function isPathMissing(error: unknown): error is ReconcilerError {
  return error instanceof ReconcilerError && error.code === 'E_SOURCE_PATH';
}

/** Why a commit is not read: an error where there is nothing to read in its place, a problem where there is. */
interface Instead {
  readonly unread: CommitInfo;
  readonly error: ReconcilerError;
  readonly message: string;
}

function untrustedCommit(unread: CommitInfo, { why, key }: { readonly why: string; readonly key: string }): Instead {
  const message = `commit ${shortId(unread.id)} is not trusted any more (${why}${key === '' ? '' : `, key ${key}`}): its signer was taken out of verify of the source`;
  return { unread, message, error: new ReconcilerError('E_SOURCE_NOT_FETCHED', { reason: message }) };
}

function missingFolder(path: string, { id }: CommitInfo, removedIn: CommitInfo | undefined): string {
  const by =
    removedIn === undefined
      ? ''
      : `, removed in ${shortId(removedIn.id)} by ${describeAuthor(removedIn)}: ${quoted(removedIn.subject)}`;
  return `${quoted(path)} is missing in commit ${shortId(id)}${by}. If it was moved, set path of the account's manifests`;
}
