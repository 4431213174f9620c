import { type CommentEdit, commentEdits } from '../../core/comments/comment-edits.ts';
import type { PlanComment } from '../../core/comments/plan-comments.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { type ForgeComments, ForgeRefusal, type WrittenComment } from '../../forge/comments.ts';
import type { CliContext } from '../context.ts';
import type { CommentTarget } from './comment-target.ts';

/** An edit that was made, or was not needed. */
export interface MadeEdit {
  readonly edit: CommentEdit['edit'];
  readonly marker: string;
  readonly url?: string;
}

/** How writing ended. `forbidden`: the token may not write there; `said` is what the forge said. */
export type Written =
  | {
      readonly result: 'written';
      readonly edits: readonly MadeEdit[];
      readonly author: string;
      readonly assumed: string;
    }
  | { readonly result: 'forbidden'; readonly said: string };

/** How comments are written. */
export interface WriteOptions {
  /** Whose comments are edited, where the forge does not tell. */
  readonly author: string | undefined;
  /** There may be plans of other accounts: their comments stay. */
  readonly partial: boolean;
  readonly context: CliContext;
}

/** How often is begun again after what may pass. */
const attempts = 4;
/** Between two attempts where the forge names no time, in milliseconds. */
const pauseMs = 3_000;
/** Longest that is waited in all, in milliseconds: a job costs money. */
const longestWaitMs = 600_000;

/**
 * Makes the comments of a request those that are wanted. After what may pass, such as a lost response, it begins again with what is there, so
 * that nothing is posted twice.
 * @throws {ReconcilerError} E_USAGE, E_FORGE_FAILED
 */
export async function writeComments(
  wanted: readonly PlanComment[],
  { comments, tokenFrom }: CommentTarget,
  options: WriteOptions,
): Promise<Written> {
  const { context } = options;
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const written = await attemptOnce(wanted, comments, options);
    if (!(written instanceof ForgeRefusal)) return written;
    if (written.kind === 'forbidden') return { result: 'forbidden', said: written.message };
    const waitMs = written.waitMs ?? pauseMs;
    waitedMs += waitMs;
    if (written.kind !== 'again' || attempt === attempts || waitedMs > longestWaitMs)
      throw asReconcilerError(written, tokenFrom);
    context.stderr.write(`${written.url}: ${written.message}. Trying again in ${Math.ceil(waitMs / 1000)} s\n`);
    await context.clock.sleep(waitMs, context.stop);
  }
}

async function attemptOnce(
  wanted: readonly PlanComment[],
  comments: ForgeComments,
  options: WriteOptions,
): Promise<Written | ForgeRefusal> {
  try {
    return await writeOnce(wanted, comments, options);
  } catch (error) {
    if (error instanceof ForgeRefusal) return error;
    throw error;
  }
}

/** The token's own login, else the one that was given, else that of GitHub's workflows, where one is running. */
async function authorOf(comments: ForgeComments, { author: given, context }: WriteOptions): Promise<string> {
  const ofWorkflow = context.environment['GITHUB_ACTIONS'] === 'true' ? 'github-actions[bot]' : undefined;
  const author = (await comments.author(context.stop)) ?? given ?? ofWorkflow;
  if (author !== undefined) return author;
  const message =
    'the forge does not tell whose token this is, and only comments of the same author are edited. Pass --author LOGIN';
  throw new ReconcilerError('E_USAGE', { message });
}

async function writeOnce(
  wanted: readonly PlanComment[],
  comments: ForgeComments,
  options: WriteOptions,
): Promise<Written> {
  const { stop: signal } = options.context;
  const assumed = await authorOf(comments, options);
  const existing = await comments.list(assumed, signal);
  const edits: MadeEdit[] = [];
  let author = assumed;
  for (const edit of commentEdits(wanted, existing, options)) {
    const written = await make(edit, comments, signal);
    if (written !== undefined) author = written.author;
    edits.push({ edit: edit.edit, marker: edit.marker, ...(written?.url === undefined ? {} : { url: written.url }) });
  }
  return { result: 'written', edits, author, assumed };
}

function make(edit: CommentEdit, comments: ForgeComments, signal: AbortSignal): Promise<WrittenComment> | undefined {
  switch (edit.edit) {
    case 'kept':
      return undefined;
    case 'create':
      return comments.create(edit.body, signal);
    case 'replace':
    case 'retire':
      return comments.replace(edit.id, edit.body, signal);
  }
}

function asReconcilerError({ kind, url, message, cause }: ForgeRefusal, tokenFrom: string): ReconcilerError {
  const remedies = {
    unauthorized: `Check the token of ${tokenFrom}`,
    'not-found': `Check the repository or project and --number, and that the token of ${tokenFrom} may read there`,
    moved: 'Check the repository or project, and --api-url: redirects are not followed with a token',
    again: 'Run it again later: comments are edited, never posted twice',
    forbidden: '',
    other: 'The comments that were written before it stay',
  } as const;
  return new ReconcilerError('E_FORGE_FAILED', { url, reason: message, remedy: remedies[kind] }, { cause });
}
