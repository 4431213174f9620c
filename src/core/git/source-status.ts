import type { CommitInfo } from './commit-info.ts';
import type { SourceRefusal, SourceState } from './source-state.ts';

/** What came of asking the server of a git source. */
export interface SourceCheck {
  readonly state: SourceState;
  /** With `refused`. */
  readonly refusal?: SourceRefusal | undefined;
  /** One sentence for people: what happened, what to do, and what stays in effect. */
  readonly message: string;
  /** What git said, for the log; empty when it said nothing. */
  readonly said: string;
  /** What the server has, as far as it was fetched. */
  readonly tip?: CommitInfo | undefined;
  /** The commit that passes read; undefined before the first one. */
  readonly accepted?: CommitInfo | undefined;
  /** Whether that is another one than before. */
  readonly isNews: boolean;
}

/** How a git source is. Times are milliseconds since 1970. */
export interface SourceStatus extends Omit<SourceCheck, 'said' | 'isNews'> {
  readonly name: string;
  /** What the repository is called, such as `git.example.com/acme/voice`. */
  readonly repository: string;
  /** What is followed, such as `branch main`. */
  readonly ref: string;
  /** Since when it is so. */
  readonly since: number;
  readonly askedAt: number;
  /** When asking last went well; undefined when it did not since the start. */
  readonly okAt: number | undefined;
  /** What is wrong with the reports of its commits; absent when they are taken, and where none are sent. */
  readonly reportProblem?: string | undefined;
}

/** States that often end by themselves: they are told when they last. */
const passing: ReadonlySet<SourceState> = new Set(['unreachable', 'timeout', 'locked']);

/** Whether a state often ends by itself, so that the server is worth asking again soon. */
export function isPassing(state: SourceState): boolean {
  return passing.has(state);
}

/** The status after one more check. */
export function sourceStatusAfter(
  before: SourceStatus | undefined,
  check: SourceCheck,
  of: Pick<SourceStatus, 'name' | 'repository' | 'ref'>,
  at: number,
): SourceStatus {
  const { said: _said, isNews: _isNews, ...shown } = check;
  const isSame = before?.state === check.state && before.refusal === check.refusal && before.tip?.id === check.tip?.id;
  const okAt = isReached(check.state) ? at : before?.okAt;
  return { ...of, ...shown, since: isSame ? before.since : at, askedAt: at, okAt };
}

/** Whether the server answered as it should: what it has need not be accepted. */
export function isReached(state: SourceState): boolean {
  return state === 'ok' || state === 'refused' || state === 'path-missing';
}

/** What is worth telling people about a source. */
export type SourceNews = 'source-failed' | 'source-refused' | 'source-recovered';

/**
 * What changed for people, told once: `told` is the last news of this source. A server that is away is told after `staleAfterMs`; what
 * takes a person, at once.
 */
export function sourceNews(
  told: SourceNews | undefined,
  before: SourceStatus | undefined,
  after: SourceStatus,
  staleAfterMs: number,
): SourceNews | undefined {
  if (after.state === 'ok') return told === undefined || told === 'source-recovered' ? undefined : 'source-recovered';
  if (after.state === 'refused') return isOtherRefusal(told, before, after) ? 'source-refused' : undefined;
  if (isPassing(after.state) && after.askedAt - (after.okAt ?? after.since) < staleAfterMs) return undefined;
  return told === 'source-failed' && before?.state === after.state ? undefined : 'source-failed';
}

/** Each refused commit is news of its own. */
function isOtherRefusal(told: SourceNews | undefined, before: SourceStatus | undefined, after: SourceStatus): boolean {
  return told !== 'source-refused' || before?.refusal !== after.refusal || before?.tip?.id !== after.tip?.id;
}
