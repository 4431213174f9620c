import type { History } from '../../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { Ref } from '../../core/git/ref.ts';
import { isLowerVersion } from '../../core/git/versions.ts';
import { relation } from './commits.ts';
import type { Store } from './store.ts';
import type { Verdict, Verifier } from './verify.ts';

/** Which tips count. */
export interface AcceptRules {
  /** Judges signatures; without it nothing is asked of them. */
  readonly verifier?: Verifier;
  /**
   * `head`: the tip, whose signer vouches for all below. `all`: every commit since the accepted one, on the first-parent line. `tag`: the
   * tag itself.
   */
  readonly verify: 'head' | 'all' | 'tag';
  /** Whether a tip may go back, where signatures are asked for: somebody could point the branch at an older commit, rightly signed. */
  readonly allowRewind: boolean;
  /** Whether a tag that points elsewhere is refused. */
  readonly immutableTags: boolean;
}

/** What is to be judged, or was accepted. */
export interface Candidate {
  readonly commit: ObjectId;
  /** What the ref names: the commit, or a tag that names it. */
  readonly object: ObjectId;
  /** Full name of the ref; empty when it is not known. */
  readonly ref: string;
}

/** Why a tip is not accepted. */
export type Refusal = Exclude<Verdict['verdict'], 'good'> | 'rewound' | 'tag-moved';

/** Whether a tip is accepted; `history`: how it stands to what was accepted before. `signer` is empty where nobody's signature is asked for. */
export type Judgement = { readonly history: History } & (
  | { readonly result: 'accepted'; readonly signer: string }
  | { readonly result: 'refused'; readonly why: Refusal; readonly key?: string }
);

/** What is judged, by what, against what was accepted before. */
export interface Case {
  readonly store: Store;
  readonly rules: AcceptRules;
  readonly kind: Ref['kind'];
  readonly candidate: Candidate;
  readonly last: Candidate | undefined;
}

/** Accepts or refuses a tip. @throws {ReconcilerError} E_SOURCE_STORE, E_SOURCE_SIGNERS, E_ABORTED */
export async function judge(one: Case, signal: AbortSignal): Promise<Judgement> {
  const { store, rules, candidate, last } = one;
  const line = last === undefined ? 'unknown' : await relation(store, last.commit, candidate.commit, signal);
  // A tag that points elsewhere, and a lower version, go back even where the commits go on.
  const history = line === 'descendant' && (hasTagMoved(one) || isLower(one)) ? 'rewound' : line;
  if (hasTagMoved(one) && rules.immutableTags) return { result: 'refused', history, why: 'tag-moved' };
  if (rules.verifier === undefined) return { result: 'accepted', history, signer: '' };
  const isSignedAnew = rules.verify === 'tag' && line === 'descendant' && !isLower(one);
  const goesOn = last === undefined || history === 'same' || history === 'descendant' || isSignedAnew;
  if (!goesOn && !rules.allowRewind) return { result: 'refused', history, why: 'rewound' };
  const verdict = await judgeSignatures(store, rules, candidate, last?.commit, signal);
  if (verdict.verdict === 'good') return { result: 'accepted', history, signer: verdict.signer };
  return { result: 'refused', history, why: verdict.verdict, key: verdict.key };
}

/**
 * The first bad verdict on what has to be signed, else that on the tip.
 * @throws {ReconcilerError} E_SOURCE_STORE, E_SOURCE_SIGNERS, E_ABORTED
 */
export async function judgeSignatures(
  store: Store,
  { verifier, verify }: AcceptRules,
  { commit, object, ref }: Candidate,
  since: ObjectId | undefined,
  signal: AbortSignal,
): Promise<Verdict> {
  if (verifier === undefined) return { verdict: 'good', signer: '' };
  if (verify === 'tag') return verifier.verifyTag(store, object, ref, signal);
  const tip = await verifier.verify(store, commit, signal);
  if (tip.verdict !== 'good' || verify === 'head' || since === undefined) return tip;
  for (const below of await firstParentsSince(store, commit, since, signal)) {
    const verdict = await verifier.verify(store, below, signal);
    if (verdict.verdict !== 'good') return verdict;
  }
  return tip;
}

/** Without the tip. */
async function firstParentsSince(
  store: Store,
  tip: ObjectId,
  since: ObjectId,
  signal: AbortSignal,
): Promise<readonly ObjectId[]> {
  const range = ['rev-list', '--first-parent', '--skip=1', '--end-of-options', tip, `^${since}`];
  const lines = (await store.output(range, { signal })).toString().split('\n');
  return lines.map(parseObjectId).filter((id) => id !== undefined);
}

function hasTagMoved({ candidate, last }: Case): boolean {
  return last?.ref === candidate.ref && isTag(candidate) && last.object !== candidate.object;
}

function isLower({ kind, candidate, last }: Case): boolean {
  if (kind !== 'semver' || last === undefined || !isTag(last)) return false;
  return isLowerVersion(tagName(candidate), tagName(last));
}

function isTag({ ref }: Candidate): boolean {
  return ref.startsWith('refs/tags/');
}

function tagName({ ref }: Candidate): string {
  return ref.slice('refs/tags/'.length);
}
