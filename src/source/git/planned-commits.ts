import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ReconcilerError } from '../../core/errors.ts';
import type { CommitInfo } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { PlannedCommit } from '../../core/git/planned-commit.ts';
import { sha256 } from '../../core/hash.ts';
import { stateError } from '../../disk/state-error.ts';
import { type AcceptRules, judgeSignatures } from './accept.ts';
import { commitInfo, isThere, mergedWith, relation } from './commits.ts';
import { type FetchFailure, fetchRefs, formatOf, listRefs, type Remote } from './fetch.ts';
import { OpenedCommit } from './opened-commit.ts';
import type { Store } from './store.ts';
import { type StoreLock, whileLocked } from './store-lock.ts';

/** Most that branches may have above what the source has, in bytes. */
const defaultMaxBytes = 256 * 1024 * 1024;
/** What was fetched for plans is removed after so long, in milliseconds; with nobody who asks, after a little more. */
const kept = { ms: 24 * 60 * 60 * 1000, unusedMs: 26 * 60 * 60 * 1000 } as const;
/** Refs of ours, of branches by a hash of their names: a name that became a directory could not be stored beside the old one. */
const refs = { below: 'refs/vonage-gitops/', heads: 'refs/vonage-gitops/heads/' } as const;

/** Whose commits are planned, and what they are compared with. */
export interface PlannedCommitsOptions {
  /** Of the source, in the configuration. */
  readonly name: string;
  /** Holds what is fetched for plans only. */
  readonly store: Store;
  /** Most that it may take on the disk, in bytes. */
  readonly maxBytes?: number;
  /** The source's own store: what it has is borrowed, and nothing of it is changed. */
  readonly lender: Store;
  readonly remote: Remote;
  readonly rules: AcceptRules;
  /** What passes read. */
  readonly accepted: (signal: AbortSignal) => Promise<CommitInfo | undefined>;
  /** That of the store. */
  readonly lock: StoreLock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A commit as it is planned, or why it is not: `elsewhere` is on no branch of the repository. */
export type Opened =
  | { readonly result: 'opened'; readonly commit: OpenedCommit }
  | { readonly result: 'elsewhere' }
  | ({ readonly result: 'failed'; readonly accepted: ObjectId } & FetchFailure);

/**
 * Commits of branches that are planned and not accepted. They are fetched into a store of their own that borrows the objects of the
 * source's: whatever goes wrong, the source, its store and its accepted commit stay as they are. Only branches of the configured repository
 * count, never the refs of pull requests, which anybody can fill.
 */
export class PlannedCommits {
  readonly #options: PlannedCommitsOptions;

  constructor(options: PlannedCommitsOptions) {
    const { maxBytes = defaultMaxBytes } = options;
    this.#options = { ...options, remote: { ...options.remote, maxBytes } };
  }

  /**
   * Looks for a commit in what was fetched, then at the server.
   * @throws {ReconcilerError} E_SOURCE_NOT_FETCHED, E_SOURCE_STORE, E_SOURCE_SIGNERS, E_STATE_UNUSABLE, E_LOCK_*, E_ABORTED
   */
  async open(id: ObjectId, signal: AbortSignal): Promise<Opened> {
    const { accepted, name, lock } = this.#options;
    const into = await accepted(signal);
    if (into === undefined) throw new ReconcilerError('E_SOURCE_NOT_FETCHED', { source: name });
    return whileLocked(lock, signal, async (until) => {
      try {
        return await this.#open(id, into, until);
      } catch (error) {
        if (until.aborted || !(await this.#options.store.isSuspect())) throw error;
        return this.#open(id, into, until); // which makes the store anew
      }
    });
  }

  /** Removes what nobody has asked for since a day; not while somebody uses it. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async clean(signal: AbortSignal): Promise<void> {
    const { lock, store } = this.#options;
    if (await this.#isOlderThan(kept.unusedMs)) await whileLocked(lock, signal, () => store.remove());
  }

  async #open(id: ObjectId, accepted: CommitInfo, signal: AbortSignal): Promise<Opened> {
    await this.#prepare(accepted.id, signal);
    if (!(await this.#isOnBranch(id, signal))) {
      const failed = await this.#fetch(id, accepted.id, signal);
      if (failed !== undefined) return { result: 'failed', accepted: accepted.id, ...failed };
      if (!(await this.#isOnBranch(id, signal))) return { result: 'elsewhere' };
    }
    const { store } = this.#options;
    const { tree, ...planned } = await this.#describe(id, accepted, signal);
    return { result: 'opened', commit: new OpenedCommit({ store, planned, tree }) };
  }

  /** An empty store that borrows what the source has, or the one that is there. */
  async #prepare(accepted: ObjectId, signal: AbortSignal): Promise<void> {
    const { store, lender, name } = this.#options;
    if ((await store.isSuspect()) || (await this.#isOlderThan(kept.ms))) await store.remove();
    await store.prepare(formatOf(accepted), signal);
    try {
      const objects = relative(join(store.repository, 'objects'), join(lender.repository, 'objects'));
      await writeFile(join(store.repository, 'objects/info/alternates'), `${objects}\n`, { mode: 0o600 });
      // Where the lender's history ends, ours does.
      if (await lender.isShallow())
        await copyFile(join(lender.repository, 'shallow'), join(store.repository, 'shallow'));
      else await rm(join(store.repository, 'shallow'), { force: true });
    } catch (error) {
      throw stateError(store.repository, error);
    }
    await store.setRefs({ [`${refs.below}accepted/${name}`]: accepted }, signal);
    await store.finish({ isDoubtful: false });
  }

  async #isOlderThan(ms: number): Promise<boolean> {
    const { store, now } = this.#options;
    const madeAt = await store.madeAt();
    return madeAt !== undefined && Math.abs(now() - madeAt) > ms;
  }

  /** Source: git-for-each-ref(1), --contains */
  async #isOnBranch(id: ObjectId, signal: AbortSignal): Promise<boolean> {
    const { store } = this.#options;
    if (!(await isThere(store, id, signal))) return false;
    const how = ['--count=1', '--format=%(objectname)', `--contains=${id}`];
    return (await store.output(['for-each-ref', ...how, '--', refs.below], { signal })).length > 0;
  }

  /** Fetches the branch whose tip it is; where there is none, all branches. */
  async #fetch(id: ObjectId, accepted: ObjectId, signal: AbortSignal): Promise<FetchFailure | undefined> {
    const { store, remote } = this.#options;
    const heads = await listRefs(store, remote, 'refs/heads/*', signal);
    if (signal.aborted) throw new ReconcilerError('E_ABORTED', {});
    if ('failure' in heads) return heads.failure === 'ref-missing' ? undefined : heads; // a repository without branches
    const names = [...heads.keys()];
    const tip = names.find((name) => heads.get(name) === id);
    const lack = await store.lackOfSpace();
    if (lack !== undefined) return { failure: 'disk-full', said: lack };
    await this.#forget(names, signal);
    const stored = await store.refsNow(refs.heads, signal);
    const refspecs = tip === undefined ? refspecsFor(heads, stored) : [refspecOf(tip)];
    const failed = await this.#fetchInto(refspecs, accepted, signal);
    if (failed?.failure !== 'too-large' || stored.size === 0) return failed;
    await this.#prepare(accepted, signal); // an empty one: what other plans had left may have been too much
    return this.#fetchInto(tip === undefined ? refspecsFor(heads, new Map()) : refspecs, accepted, signal);
  }

  /** Leaves nothing of what is too large. */
  async #fetchInto(
    refspecs: readonly string[],
    accepted: ObjectId,
    signal: AbortSignal,
  ): Promise<FetchFailure | undefined> {
    if (refspecs.length === 0) return undefined;
    const { store, remote } = this.#options;
    await store.prepare(formatOf(accepted), signal);
    const failed = await fetchRefs(store, remote, { refspecs }, signal);
    if (signal.aborted) throw new ReconcilerError('E_ABORTED', {});
    if (failed?.failure === 'too-large') await store.remove();
    return failed;
  }

  /** What is no branch any more does not count any longer. */
  async #forget(names: readonly string[], signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const known = new Set(names.map(refOf));
    const ours = [...(await store.refsNow(refs.heads, signal)).keys()].map((name) => `${refs.heads}${name}`);
    const gone = ours.filter((name) => !known.has(name));
    if (gone.length > 0) await store.setRefs(Object.fromEntries(gone.map((name) => [name, undefined])), signal);
  }

  async #describe(
    id: ObjectId,
    accepted: CommitInfo,
    signal: AbortSignal,
  ): Promise<PlannedCommit & { readonly tree: ObjectId }> {
    const { store, name } = this.#options;
    const { signer, ...verdict } = await this.#judge(id, accepted.id, signal);
    const commit = await commitInfo(store, id, signal);
    return {
      source: name,
      commit: signer === undefined ? commit : { ...commit, signer },
      accepted,
      ...(await this.#merge(id, accepted.id, signal)),
      isShallow: await store.isShallow(),
      ...verdict,
    };
  }

  async #merge(
    id: ObjectId,
    accepted: ObjectId,
    signal: AbortSignal,
  ): Promise<Pick<PlannedCommit, 'merge'> & { readonly tree: ObjectId }> {
    const { store } = this.#options;
    const line = await relation(store, accepted, id, signal);
    if (line === 'same' || line === 'descendant') return { merge: 'none', tree: id };
    return { tree: id, ...(await mergedWith(store, id, accepted, signal)) };
  }

  async #judge(
    commit: ObjectId,
    accepted: ObjectId,
    signal: AbortSignal,
  ): Promise<Pick<PlannedCommit, 'verdict' | 'key'> & { readonly signer?: string }> {
    const { store, rules } = this.#options;
    if (rules.verifier === undefined) return { verdict: 'not-asked' };
    if (rules.verify === 'tag') return { verdict: 'tags-only' };
    const judged = await judgeSignatures(store, rules, { commit, object: commit, ref: '' }, accepted, signal);
    if (judged.verdict === 'good') return { verdict: 'verified', signer: judged.signer };
    return { verdict: judged.verdict, key: judged.key };
  }
}

type Refs = ReadonlyMap<string, ObjectId | undefined>;

/**
 * Of all branches those that are not stored as they are at the server; of new ones with one tip, one. The time that git takes grows with
 * the square of what it is asked for: thousands of old branches would take longer than a fetch may.
 */
function refspecsFor(heads: Refs, stored: Refs): readonly string[] {
  const tips = new Set(stored.values());
  return [...heads].flatMap(([branch, tip]) => {
    const before = stored.get(nameOf(branch));
    if (before === tip || (before === undefined && tips.has(tip))) return [];
    tips.add(tip);
    return [refspecOf(branch)];
  });
}

function refspecOf(branch: string): string {
  return `+${branch}:${refOf(branch)}`;
}

function refOf(branch: string): string {
  return `${refs.heads}${nameOf(branch)}`;
}

/** Of our ref of a branch. */
function nameOf(branch: string): string {
  return sha256(branch).slice(0, 32);
}
