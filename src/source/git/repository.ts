import type { CommitInfo, History } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import { commitInfo, relation } from './commits.ts';
import type { CommittedFolder } from './committed-folder.ts';
import { askTip, type FetchFailure, fetchTip, type Remote } from './fetch.ts';
import { SnapshotReader } from './snapshot.ts';
import type { Store } from './store.ts';
import type { Verdict, Verifier } from './verify.ts';

/** Why a tip is not accepted. */
export type Refusal = Exclude<Verdict['verdict'], 'good'> | 'rewound' | 'tag-moved';

/** What came of asking the server. */
export type Refreshed =
  | { readonly result: 'accepted'; readonly commit: CommitInfo; readonly isNews: boolean }
  /** The tip as it is at the server; the accepted commit stays. */
  | { readonly result: 'refused'; readonly commit: CommitInfo; readonly why: Refusal; readonly key?: string }
  | ({ readonly result: 'failed' } & FetchFailure);

/** Which tips count. */
export interface AcceptRules {
  /** Judges signatures; without it nothing is asked of them. */
  readonly verifier?: Verifier;
  /** `head`: the tip, whose signer vouches for all below. `all`: every commit since the accepted one, on the first-parent line. */
  readonly verify: 'head' | 'all';
  /** Whether a tip may go back, where signatures are asked for: somebody could point the branch at an older commit, rightly signed. */
  readonly allowRewind: boolean;
  /** Whether a tag that points elsewhere is refused. */
  readonly immutableTags: boolean;
}

/** One repository at one ref, as it is fetched, judged and stored. */
export interface RepositoryOptions {
  /** Of the source, as the configuration names it. */
  readonly name: string;
  readonly store: Store;
  readonly remote: Remote;
  readonly rules: AcceptRules;
  /** Lets nobody else change the store meanwhile. */
  readonly lock: (signal: AbortSignal) => Promise<{ release(): Promise<void> }>;
}

/**
 * A source's repository. Only `refresh` uses the network: what passes read is the accepted commit, from the disk. The refs
 * `refs/vonage-gitops/<source>/{tip,accepted}` are ours, and pin what is in use.
 */
export class Repository {
  readonly #options: RepositoryOptions;
  readonly #snapshots: SnapshotReader;

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.#snapshots = new SnapshotReader(options.store);
  }

  /**
   * Asks the server, fetches what is new, and accepts or refuses it.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_SOURCE_SIGNERS, E_STATE_UNUSABLE, E_ABORTED
   */
  async refresh(signal: AbortSignal): Promise<Refreshed> {
    const { store, remote, lock } = this.#options;
    const asked = await askTip(store, remote, signal);
    if ('failure' in asked) return failedWith(asked);
    const held = await lock(signal);
    try {
      if (asked.tip !== (await store.objectNow(this.#ref('tip'), signal))) {
        const failed = await fetchTip(store, remote, { tip: asked.tip, as: this.#ref('tip') }, signal);
        if (failed !== undefined) return failedWith(failed);
      }
      return await this.#judge(signal);
    } finally {
      await held.release();
    }
  }

  /** The commit that passes read, from the disk; undefined before one was accepted. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async accepted(signal?: AbortSignal): Promise<CommitInfo | undefined> {
    const { store } = this.#options;
    const id = await store.refNow(this.#ref('accepted'), signal);
    return id === undefined ? undefined : commitInfo(store, id, signal);
  }

  /** A folder of a commit. @throws {ReconcilerError} E_SOURCE_PATH, E_SOURCE_TOO_LARGE, E_SOURCE_STORE, E_ABORTED */
  snapshot(commit: ObjectId, path: string, signal: AbortSignal): Promise<CommittedFolder> {
    return this.#snapshots.read(commit, path, signal);
  }

  /** How a commit stands to an earlier one. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  relation(from: ObjectId, to: ObjectId, signal?: AbortSignal): Promise<History> {
    return relation(this.#options.store, from, to, signal);
  }

  async #judge(signal: AbortSignal): Promise<Refreshed> {
    const { store } = this.#options;
    const tip = await store.refNow(this.#ref('tip'), signal);
    const accepted = await store.refNow(this.#ref('accepted'), signal);
    if (tip === undefined) return { result: 'failed', failure: 'malformed', said: 'the ref names no commit' };
    const commit = await commitInfo(store, tip, signal);
    const tagNow = await store.objectNow(this.#ref('tip'), signal);
    const tagBefore = await store.objectNow(this.#ref('accepted-ref'), signal);
    if (tip === accepted && tagNow === tagBefore) return { result: 'accepted', commit, isNews: false };
    const refused = await this.#refusal(
      { tip, accepted, hasTagMoved: tagBefore !== undefined && tagBefore !== tagNow },
      signal,
    );
    if ('why' in refused) return { result: 'refused', commit, ...refused };
    await store.output(['update-ref', this.#ref('accepted'), tip], { signal });
    await store.output(['update-ref', this.#ref('accepted-ref'), tagNow ?? tip], { signal });
    return { result: 'accepted', commit: { ...commit, ...refused }, isNews: tip !== accepted };
  }

  async #refusal(
    {
      tip,
      accepted,
      hasTagMoved,
    }: { readonly tip: ObjectId; readonly accepted: ObjectId | undefined; readonly hasTagMoved: boolean },
    signal: AbortSignal,
  ): Promise<{ readonly why: Refusal; readonly key?: string } | { readonly signer?: string }> {
    const { store, remote, rules } = this.#options;
    if (hasTagMoved && rules.immutableTags && remote.ref.startsWith('refs/tags/')) return { why: 'tag-moved' };
    const { verifier } = rules;
    if (verifier === undefined) return {};
    const history = accepted === undefined ? 'unknown' : await relation(store, accepted, tip, signal);
    const goesOn = accepted === undefined || history === 'same' || history === 'descendant';
    if (!goesOn && !rules.allowRewind) return { why: 'rewound' };
    let signer: string | undefined;
    for (const id of await this.#toVerify(tip, accepted, signal)) {
      const verdict = await verifier.verify(store, id, signal);
      if (verdict.verdict !== 'good') return { why: verdict.verdict, key: verdict.key };
      signer ??= verdict.signer;
    }
    return signer === undefined ? {} : { signer };
  }

  /** The tip first. */
  async #toVerify(tip: ObjectId, accepted: ObjectId | undefined, signal: AbortSignal): Promise<readonly ObjectId[]> {
    const { store, rules } = this.#options;
    if (rules.verify === 'head' || accepted === undefined) return [tip];
    const range = ['rev-list', '--first-parent', '--end-of-options', tip, `^${accepted}`];
    const lines = (await store.output(range, { signal })).toString().trim().split('\n');
    return lines.filter((line) => line !== '') as ObjectId[];
  }

  #ref(which: 'tip' | 'accepted' | 'accepted-ref'): string {
    return `refs/vonage-gitops/${this.#options.name}/${which}`;
  }
}

function failedWith(failed: FetchFailure): Refreshed {
  return { result: 'failed', ...failed };
}
