import type { CommitInfo, History } from '../../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { GitEnd } from '../../git/program.ts';
import type { ObjectReader } from './store.ts';

/** Longest that git may take to tell of commits, in milliseconds. */
const timeoutMs = 60_000;
/** Most characters of a subject or a name that are kept. */
const mostCharacters = 100;

/** What people know a commit by. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
export async function commitInfo(store: ObjectReader, id: ObjectId, signal?: AbortSignal): Promise<CommitInfo> {
  const format = '--format=%an%x00%ct%x00%s';
  const output = await store.output(['log', '-1', '--no-show-signature', format, '--end-of-options', id], { signal });
  const [author = '', seconds = '', subject = ''] = output.toString().trimEnd().split('\0');
  return { id, author: oneLine(author), at: Number(seconds) * 1000, subject: oneLine(subject) };
}

/** The newest of some commits, which need not all be in the store any more. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
export async function newestOf(
  store: ObjectReader,
  commits: readonly ObjectId[],
  signal?: AbortSignal,
): Promise<ObjectId | undefined> {
  if (commits.length === 0) return undefined;
  const input = commits.map((id) => `${id}\n`);
  const shown = (await store.output(['cat-file', '--batch-check'], { input, signal })).toString().split('\n');
  const here = shown.flatMap((line) => (line.split(' ')[1] === 'commit' ? [line.split(' ')[0] ?? ''] : []));
  if (here.length === 0) return undefined;
  const newest = await store.output(['rev-list', '--no-walk', '--max-count=1', '--end-of-options', ...here], {
    signal,
  });
  return parseObjectId(newest.toString().trim());
}

/** How `to` stands to `from`, which need not be in the store any more. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
export async function relation(
  store: ObjectReader,
  from: ObjectId,
  to: ObjectId,
  signal?: AbortSignal,
): Promise<History> {
  if (from === to) return 'same';
  if (!(await isThere(store, from, signal))) return 'unknown';
  if (await isAncestor(store, from, to, signal)) return 'descendant';
  return (await isAncestor(store, to, from, signal)) ? 'rewound' : 'unrelated';
}

/** Whether a commit is in the store. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
export async function isThere(store: ObjectReader, id: ObjectId, signal?: AbortSignal): Promise<boolean> {
  const known = await store.output(['cat-file', '--batch-check'], { input: [`${id}\n`], signal });
  return known.toString().startsWith(`${id} commit`);
}

/** The commits that `to` has and `from` has not; without `from` all of them. */
export interface CommitRange {
  readonly from?: ObjectId;
  readonly to: ObjectId;
}

/**
 * The newest commit of a range that removed a file, or the last one of a folder; undefined when it cannot be told.
 * @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED
 */
export async function whoRemoved(
  store: ObjectReader,
  path: string,
  { from, to }: CommitRange,
  signal?: AbortSignal,
): Promise<CommitInfo | undefined> {
  if (from !== undefined && !(await isThere(store, from, signal))) return undefined;
  const how = ['log', '-1', '--diff-filter=D', '--no-renames', '--format=%H', '--end-of-options', to];
  const without = from === undefined ? [] : [`^${from}`];
  const output = await store.output([...how, ...without, '--', `:(literal,top)${path}`], { signal });
  const id = parseObjectId(output.toString().trim());
  return id === undefined ? undefined : commitInfo(store, id, signal);
}

/** What came of a merge. */
type Merged =
  | { readonly merge: 'clean'; readonly tree: ObjectId }
  | { readonly merge: 'conflict' | 'no-common-ancestor' };

/**
 * The tree that a merge of a commit into another makes, without a work tree. No program of the repository is run: merge drivers and filters
 * are settings, and there are none but ours.
 * @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED
 */
export async function mergedWith(
  store: ObjectReader,
  commit: ObjectId,
  into: ObjectId,
  signal?: AbortSignal,
): Promise<Merged> {
  const end = await store.run(['merge-tree', '--write-tree', '--end-of-options', into, commit], { timeoutMs, signal });
  const tree = end.ended === 'exit' && end.code === 0 ? parseObjectId(end.output.toString().trim()) : undefined;
  if (tree !== undefined) return { merge: 'clean', tree };
  if (hasExited(end, 1)) return { merge: 'conflict' };
  if (end.ended === 'exit' && /unrelated histories/.test(end.said)) return { merge: 'no-common-ancestor' };
  throw store.failure('merge-tree', end);
}

async function isAncestor(
  store: ObjectReader,
  ancestor: ObjectId,
  of: ObjectId,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = await store.run(['merge-base', '--is-ancestor', '--end-of-options', ancestor, of], { timeoutMs, signal });
  if (hasExited(end, 0)) return true;
  if (hasExited(end, 1)) return false;
  throw store.failure('merge-base', end);
}

function hasExited(end: GitEnd, code: number): boolean {
  return end.ended === 'exit' && end.code === code;
}

function oneLine(text: string): string {
  const [line = ''] = text.split(/[\r\n]/);
  return [...line].slice(0, mostCharacters).join('');
}
