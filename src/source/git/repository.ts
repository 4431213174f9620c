import { orUndefined, ReconcilerError } from '../../core/errors.ts';
import type { CommitInfo, History } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import { type AcceptRules, type Candidate, judge, judgeSignatures, type Refusal } from './accept.ts';
import { AcceptedRefs, signedBy } from './accepted-refs.ts';
import { type CommitRange, commitInfo, isThere, newestOf, relation, whoRemoved } from './commits.ts';
import type { CommittedFolder } from './committed-folder.ts';
import { askTip, type FetchFailure, fetchTip, type Remote, type Tip } from './fetch.ts';
import { PlannedCommits, type PlannedCommitsOptions } from './planned-commits.ts';
import { SnapshotReader } from './snapshot.ts';
import type { Store } from './store.ts';
import { type StoreLock, whileLocked } from './store-lock.ts';

/** What came of asking the server. */
export type Refreshed =
  /** `history`: how it stands to what was accepted before; `isNews`: it is another commit. `ref`: its full name. */
  | {
      readonly result: 'accepted';
      readonly commit: CommitInfo;
      readonly ref: string;
      readonly history: History;
      readonly isNews: boolean;
    }
  /** The tip as it is at the server; the accepted commit stays. `key`: whose signature it has, as far as it is known. */
  | {
      readonly result: 'refused';
      readonly commit: CommitInfo;
      readonly ref: string;
      readonly history: History;
      readonly why: Refusal;
      readonly key?: string;
    }
  | ({ readonly result: 'failed' } & FetchFailure);

/** What came of only asking: whether the server has what was accepted last. */
export type Asked = { readonly result: 'same' | 'other' } | ({ readonly result: 'failed' } & FetchFailure);

/** One repository at one ref, as it is fetched, judged and stored. */
export interface RepositoryOptions {
  /** Of the source, as the configuration names it. */
  readonly name: string;
  readonly store: Store;
  readonly remote: Remote;
  readonly rules: AcceptRules;
  /** That of the store. */
  readonly lock: StoreLock;
  /** Where commits are that are only planned. */
  readonly plans: Pick<PlannedCommitsOptions, 'store' | 'lock' | 'maxBytes'>;
  /** The commits that the ledgers of the source's accounts have applied: who signed them is not asked again. */
  readonly applied: () => Promise<readonly ObjectId[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * A source's repository. Only `refresh` uses the network: what passes read is the accepted commit, from the disk. The refs
 * `refs/vonage-gitops/<source>/*` are ours, and pin what is in use.
 */
export class Repository {
  /** Commits of its branches that are planned and not accepted. */
  readonly planned: PlannedCommits;
  readonly #options: RepositoryOptions;
  readonly #refs: AcceptedRefs;
  readonly #snapshots: SnapshotReader;

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.#refs = new AcceptedRefs(options.store, options.name);
    this.#snapshots = new SnapshotReader(options.store);
    const { plans, store: lender, ...shared } = options;
    this.planned = new PlannedCommits({ ...shared, ...plans, lender, accepted: (signal) => this.accepted(signal) });
  }

  /**
   * Asks the server, fetches what is new, and accepts or refuses it.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_SOURCE_SIGNERS, E_STATE_UNUSABLE, E_LOCK_LOST, E_ABORTED
   */
  async refresh(signal: AbortSignal): Promise<Refreshed> {
    try {
      return await this.#refresh(signal);
    } catch (error) {
      const isDamaged = error instanceof ReconcilerError && error.code === 'E_SOURCE_STORE';
      if (!isDamaged || !(await this.#options.store.isSuspect())) throw error;
      return this.#refresh(signal); // which looks at all of the store first, and makes it anew
    }
  }

  /** Asks the server what it has, and fetches and accepts nothing. @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED */
  async ask(signal: AbortSignal): Promise<Asked> {
    const { store, remote } = this.#options;
    const asked = await askTip(store, remote, signal);
    throwIfStopped(signal);
    if ('failure' in asked) return { result: 'failed', ...asked };
    const last = (await this.#refs.accepted(signal))?.last;
    return { result: last?.object === asked.tip && last.ref === asked.ref ? 'same' : 'other' };
  }

  /** The commit that passes read, from the disk; undefined before one was accepted. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async accepted(signal?: AbortSignal): Promise<CommitInfo | undefined> {
    return (await this.#refs.accepted(signal))?.commit;
  }

  /** What the server had when it was fetched last, accepted or not; from the disk. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async fetchedTip(signal: AbortSignal): Promise<CommitInfo | undefined> {
    const tip = await this.#refs.tip(signal);
    return tip?.commit && commitInfo(this.#options.store, tip.commit, signal);
  }

  /** Bytes that it takes on the disk. @throws {ReconcilerError} E_STATE_UNUSABLE */
  size(): Promise<number> {
    return this.#options.store.size();
  }

  /**
   * Whose signature no longer counts, of the accepted commit: to be asked before it is applied, because signers may have been taken out since.
   * Nothing is changed; the next refresh goes back to what was applied.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_SOURCE_SIGNERS, E_ABORTED
   */
  async judgeAgain(signal: AbortSignal): Promise<{ readonly why: Refusal; readonly key: string } | undefined> {
    if (this.#options.rules.verifier === undefined) return undefined;
    const last = (await this.#refs.accepted(signal))?.last;
    return last && this.#lostSigner(last, await this.#options.applied(), signal);
  }

  /**
   * A folder of a commit, or of the tree of a merge; who asks for the same gets the same.
   * @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED
   */
  snapshot(at: ObjectId, path: string, signal: AbortSignal): Promise<CommittedFolder> {
    return this.#snapshots.read(at, path, signal);
  }

  /** The id of what a folder holds, without reading it; undefined when there is no such folder. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  contentAt(at: ObjectId, path: string, signal?: AbortSignal): Promise<ObjectId | undefined> {
    return this.#snapshots.contentAt(at, path, signal);
  }

  /** The same of many folders at once; without those that are none. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  contentsAt(at: ObjectId, paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ObjectId>> {
    return this.#snapshots.contentsAt(at, paths, signal);
  }

  /** What people know a commit by; undefined when it is not there. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async commit(id: ObjectId, signal?: AbortSignal): Promise<CommitInfo | undefined> {
    const { store } = this.#options;
    return (await isThere(store, id, signal)) ? commitInfo(store, id, signal) : undefined;
  }

  /** How a commit stands to an earlier one. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  relation(from: ObjectId, to: ObjectId, signal?: AbortSignal): Promise<History> {
    return relation(this.#options.store, from, to, signal);
  }

  /** The newest commit of a range that removed a file; undefined when it cannot be told. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  whoRemoved(path: string, range: CommitRange, signal?: AbortSignal): Promise<CommitInfo | undefined> {
    return whoRemoved(this.#options.store, path, range, signal);
  }

  async #refresh(signal: AbortSignal): Promise<Refreshed> {
    const { store, remote } = this.#options;
    const asked = await askTip(store, remote, signal);
    throwIfStopped(signal);
    if ('failure' in asked) return { result: 'failed', ...asked };
    const unchanged = (await store.isSuspect()) ? undefined : await this.#unchanged(asked, signal);
    return unchanged ?? whileLocked(this.#options.lock, signal, (until) => this.#takeOver(asked, until));
  }

  /** Most of the time: the server has what was accepted. The lock is not needed, and nobody waits. */
  async #unchanged({ tip, ref }: Tip, signal: AbortSignal): Promise<Refreshed | undefined> {
    const accepted = await this.#refs.accepted(signal);
    if (accepted?.last.object !== tip || accepted.last.ref !== ref) return undefined;
    const { commit } = accepted;
    const { rules, applied } = this.#options;
    if (rules.verifier !== undefined && !(await applied()).includes(commit.id)) return undefined;
    return { result: 'accepted', commit, ref, history: 'same', isNews: false };
  }

  async #takeOver(asked: Tip, signal: AbortSignal): Promise<Refreshed> {
    const { store, remote, now } = this.#options;
    await store.clean(now(), signal);
    await orUndefined(() => this.planned.clean(signal)); // which matters less, and is tried again
    const isNew = (await store.isSuspect()) || (await this.#refs.tip(signal))?.object !== asked.tip;
    const failed = isNew ? await fetchTip(store, remote, { ...asked, as: this.#refs.tipName }, signal) : undefined;
    throwIfStopped(signal);
    if (failed !== undefined) return { result: 'failed', ...failed };
    const tip = await this.#refs.tip(signal);
    if (tip?.commit === undefined)
      return { result: 'failed', failure: 'malformed', said: `${asked.ref} does not name a commit` };
    return this.#judge({ commit: tip.commit, object: tip.object, ref: asked.ref }, signal);
  }

  async #judge(candidate: Candidate, signal: AbortSignal): Promise<Refreshed> {
    const { store, remote, rules } = this.#options;
    const { ref } = candidate;
    const accepted = await this.#stillAccepted(signal);
    if (accepted?.last.object === candidate.object && accepted.last.ref === ref)
      return { result: 'accepted', commit: accepted.commit, ref, history: 'same', isNews: false };
    const judged = await judge({ store, rules, kind: remote.ref.kind, candidate, last: accepted?.last }, signal);
    const commit = await commitInfo(store, candidate.commit, signal);
    if (judged.result === 'refused') return { ...judged, commit, ref };
    const { signer, ...how } = judged;
    await this.#refs.accept(candidate, signer, signal);
    return { ...how, commit: signedBy(commit, signer), ref, isNews: accepted?.commit.id !== commit.id };
  }

  /** What was accepted last. If it was not applied yet, and its signer was taken out since, it is what was applied. */
  async #stillAccepted(signal: AbortSignal) {
    const accepted = await this.#refs.accepted(signal);
    const applied = await this.#options.applied();
    if (accepted === undefined || (await this.#lostSigner(accepted.last, applied, signal)) === undefined)
      return accepted;
    const commit = await newestOf(this.#options.store, applied, signal);
    await this.#refs.accept(commit && { commit, object: commit, ref: '' }, '', signal);
    return this.#refs.accepted(signal);
  }

  async #lostSigner(last: Candidate, applied: readonly ObjectId[], signal: AbortSignal) {
    const { store, rules } = this.#options;
    if (applied.includes(last.commit)) return undefined;
    const since = await newestOf(store, applied, signal);
    const verdict = await judgeSignatures(store, rules, last, since, signal);
    return verdict.verdict === 'good' ? undefined : { why: verdict.verdict, key: verdict.key };
  }
}

/** @throws {ReconcilerError} E_ABORTED */
function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new ReconcilerError('E_ABORTED', {});
}
