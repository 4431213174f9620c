import type { CommitInfo } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { Candidate } from './accept.ts';
import { commitInfo } from './commits.ts';
import type { Store } from './store.ts';

/** What was accepted last. */
interface Accepted {
  readonly last: Candidate;
  readonly commit: CommitInfo;
}

/**
 * What a source has fetched and accepted, as refs of ours in the store: they pin it, and git changes all of them or none. `tip` is what the
 * server has; `accepted` the commit that passes read, `object` what the server's ref named then, and `note` a text of two lines, with the
 * name of that ref and whose signature counted.
 */
export class AcceptedRefs {
  /** The ref that a fetch lets name the tip. */
  readonly tipName: string;
  readonly #store: Store;
  readonly #below: string;
  #reading: Promise<Accepted | undefined> | undefined;
  /** Commits never change, and neither does what was said of them. */
  #known: { readonly key: string; readonly ref: string; readonly commit: CommitInfo } | undefined;

  constructor(store: Store, source: string) {
    this.#store = store;
    this.#below = `refs/vonage-gitops/${source}/`;
    this.tipName = `${this.#below}tip`;
  }

  /** What the server had when it was fetched last; without a commit where it is no commit, nor a tag of one. */
  async tip(
    signal: AbortSignal,
  ): Promise<{ readonly object: ObjectId; readonly commit: ObjectId | undefined } | undefined> {
    const object = (await this.#store.refsNow(this.#below, signal)).get('tip');
    return object && { object, commit: await this.#store.refNow(this.tipName, signal) };
  }

  /**
   * What was accepted last, and its commit with its signer where that was verified. Who asks at the same time gets the same: with many
   * accounts, passes ask hundreds of times at once.
   * @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED
   */
  async accepted(signal?: AbortSignal): Promise<Accepted | undefined> {
    if (signal?.aborted) return this.#read(signal);
    const reading = this.#reading ?? this.#read();
    this.#reading = reading;
    try {
      return await reading;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  async #read(signal?: AbortSignal): Promise<Accepted | undefined> {
    const refs = await this.#store.refsNow(this.#below, signal);
    const [accepted, object, note] = [refs.get('accepted'), refs.get('object'), refs.get('note')];
    if (accepted === undefined || object === undefined || note === undefined) return undefined;
    const key = `${accepted} ${note}`;
    if (this.#known?.key !== key) {
      const text = (await this.#store.output(['cat-file', 'blob', note], { signal })).toString();
      const [ref = '', signer = ''] = text.split('\n');
      const commit = await commitInfo(this.#store, accepted, signal);
      this.#known = { key, ref, commit: signedBy(commit, signer) };
    }
    const { ref, commit } = this.#known;
    return { last: { commit: accepted, object, ref }, commit };
  }

  /** Lets passes read another commit; undefined is none. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async accept(candidate: Candidate | undefined, signer: string, signal: AbortSignal): Promise<void> {
    const note = candidate && (await this.#store.write(`${candidate.ref}\n${signer}`, signal));
    const { commit, object } = candidate ?? {};
    const refs = { accepted: commit, object, note };
    const named = Object.entries(refs).map(([name, id]) => [`${this.#below}${name}`, id] as const);
    await this.#store.setRefs(Object.fromEntries(named), signal);
    this.#reading = undefined; // it may have begun before
  }
}

/** A commit whose signature was verified; nobody signed it when the signer is empty. */
export function signedBy(commit: CommitInfo, signer: string): CommitInfo {
  return signer === '' ? commit : { ...commit, signer };
}
