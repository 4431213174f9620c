import type { CommitInfo } from '../../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { AppliedSource } from '../../core/ledger/ledger.ts';
import type { DesiredState } from '../../core/manifest/manifest.ts';
import type { DesiredSource, LoadOptions } from '../../reconcile/ports.ts';
import { unknownState } from '../manifest-source.ts';
import type { CommittedFolder } from './committed-folder.ts';
import type { OpenedCommit } from './opened-commit.ts';
import { contentOf, layerFolders, type ReadFolderOptions, type ReadManifests, readFolders } from './read-folders.ts';

/** Which folder of a planned commit manifests are in, and how they are read. */
export interface CommitSourceOptions extends ReadFolderOptions {
  readonly commit: Pick<OpenedCommit, 'planned' | 'snapshot' | 'history' | 'whoRemoved'>;
  /** The folder, or what all layers are in: relative to the top with forward slashes; empty for the top itself. */
  readonly path: string;
  /** `git:host/path//folder` */
  readonly identity: string;
}

/** Manifests as they would be with a commit that is planned. */
export class CommitSource implements DesiredSource {
  readonly #options: CommitSourceOptions;
  #said: { readonly content: string; readonly manifests: Promise<ReadManifests> } | undefined;

  constructor(options: CommitSourceOptions) {
    this.#options = options;
  }

  /** @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED */
  async load({ signal, since }: LoadOptions = {}): Promise<DesiredState> {
    const { commit, path, identity } = this.#options;
    const stop = signal ?? new AbortController().signal;
    const folders: CommittedFolder[] = [];
    for (const layer of layerFolders(path, this.#options)) folders.push(await commit.snapshot(layer, stop));
    const content = contentOf(folders.map((folder) => folder.content));
    if (this.#said?.content !== content) this.#said = { content, manifests: readFolders(folders, this.#options) };
    const state = {
      ...unknownState(this.#options, { root: identity, source: identity }),
      ...(await this.#said.manifests),
    };
    const revision = { id: commit.planned.commit.id, content, commit: commit.planned.commit };
    const from = this.#appliedCommit(since);
    return { ...state, revision, ...(from === undefined ? {} : { history: await commit.history(from, stop) }) };
  }

  /** Since what was last applied. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async whoRemoved(file: string, since: AppliedSource, signal?: AbortSignal): Promise<CommitInfo | undefined> {
    const { commit, path } = this.#options;
    const from = this.#appliedCommit(since);
    return from && commit.whoRemoved(path === '' ? file : `${path}/${file}`, from, signal);
  }

  /** What was applied of this very folder. */
  #appliedCommit(since: AppliedSource | undefined): ObjectId | undefined {
    return since?.source === this.#options.identity ? parseObjectId(since.commit) : undefined;
  }
}
