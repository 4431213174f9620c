import { ReconcilerError } from '../../core/errors.ts';
import type { CommitInfo, History } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { PlannedCommit } from '../../core/git/planned-commit.ts';
import { relation, whoRemoved } from './commits.ts';
import type { CommittedFolder } from './committed-folder.ts';
import { SnapshotReader } from './snapshot.ts';
import type { Store } from './store.ts';

const missing =
  'there is no such directory with it. What was applied last would stay in effect, and nothing would be deleted: to move the manifests, set path of the account after the merge';

/** A commit that is planned, merged with the accepted one where that is possible. */
export class OpenedCommit {
  readonly planned: PlannedCommit;
  readonly #store: Store;
  /** What is planned: the commit itself, or the tree of its merge. */
  readonly #tree: ObjectId;
  /** Not that of passes, which remembers what they read again. */
  readonly #snapshots: SnapshotReader;

  constructor(options: { readonly store: Store; readonly planned: PlannedCommit; readonly tree: ObjectId }) {
    this.planned = options.planned;
    this.#store = options.store;
    this.#tree = options.tree;
    this.#snapshots = new SnapshotReader(options.store);
  }

  /** The id of what a folder holds; undefined when there is no such folder. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  contentAt(path: string, signal: AbortSignal): Promise<ObjectId | undefined> {
    return this.#snapshots.contentAt(this.#tree, path, signal);
  }

  /** Those folders that are others than in the accepted commit. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async touched(paths: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const before = await this.#snapshots.contentsAt(this.planned.accepted.id, paths, signal);
    const after = await this.#snapshots.contentsAt(this.#tree, paths, signal);
    return new Set(paths.filter((path) => before.get(path) !== after.get(path)));
  }

  /** @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED */
  async snapshot(path: string, signal: AbortSignal): Promise<CommittedFolder> {
    if ((await this.contentAt(path, signal)) === undefined)
      throw new ReconcilerError('E_SOURCE_PATH', { path, commit: this.planned.commit.id, reason: missing });
    return this.#snapshots.read(this.#tree, path, signal);
  }

  /** How it stands to an earlier commit; a merge follows whatever the accepted one follows. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async history(from: ObjectId, signal: AbortSignal): Promise<History> {
    const { commit, accepted, merge } = this.planned;
    if (merge !== 'clean') return relation(this.#store, from, commit.id, signal);
    const line = await relation(this.#store, from, accepted.id, signal);
    return line === 'same' ? 'descendant' : line;
  }

  /** The newest commit that removed a file since an earlier one: on the branch, else on what it is merged with. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async whoRemoved(path: string, from: ObjectId, signal: AbortSignal | undefined): Promise<CommitInfo | undefined> {
    const { commit, accepted } = this.planned;
    const onBranch = await whoRemoved(this.#store, path, { from, to: commit.id }, signal);
    if (onBranch !== undefined) return onBranch.id === commit.id ? commit : onBranch; // whose signer may be known
    const before = await whoRemoved(this.#store, path, { from, to: accepted.id }, signal);
    return before?.id === accepted.id ? accepted : before;
  }
}
