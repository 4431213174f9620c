import { appendFile, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { commentTarget, type TargetOptions } from '../../../app/forge/comment-target.ts';
import { type MadeEdit, type Written, writeComments } from '../../../app/forge/write-comments.ts';
import { allAccountsMarker, markedAccount } from '../../../core/comments/comment-marker.ts';
import { type PlanComment, planComments } from '../../../core/comments/plan-comments.ts';
import { messageOf, ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { visible } from '../../../core/render/visible.ts';

/** Options of `comment`. */
export interface CommentOptions extends TargetOptions {
  readonly file: string;
  readonly author?: string;
  readonly partial?: boolean;
}

/** Longest file that is read, in bytes: plans of some hundred accounts. */
const largestFile = 32 * 1024 * 1024;

/**
 * Makes the comments of a pull request those of the plans in a file. A token that may not write there, as in requests from forks, is no
 * failure: the plans go to the summary of the job.
 */
export async function commentCommand(options: CommentOptions, context: CliContext): Promise<number> {
  const target = commentTarget(options, context);
  const wanted = planComments(await readPlans(options.file, context));
  if (wanted === undefined) {
    const message = `--file ${options.file}: not the Markdown of plans. Make it with plan --format markdown`;
    throw new ReconcilerError('E_USAGE', { message });
  }
  const written = await writeComments(wanted, target, {
    author: options.author,
    partial: options.partial === true,
    context,
  });
  if (written.result === 'forbidden') await summarize(wanted, written.said, options.file, context);
  else tell(written, target.what, context);
  return exitCodes.done;
}

async function readPlans(file: string, { cwd }: CliContext): Promise<string> {
  const path = resolve(cwd, file);
  try {
    const { size } = await stat(path);
    if (size <= largestFile) return await readFile(path, 'utf8');
  } catch (error) {
    const message = `--file ${file}: cannot be read: ${messageOf(error)}`;
    throw new ReconcilerError('E_USAGE', { message }, { cause: error });
  }
  throw new ReconcilerError('E_USAGE', { message: `--file ${file}: larger than ${largestFile} bytes` });
}

const done = { create: 'created', replace: 'updated', retire: 'no longer applies', kept: 'unchanged' } as const;

function tell(written: Extract<Written, { result: 'written' }>, what: string, { stdout, stderr }: CliContext): void {
  const { edits, author, assumed } = written;
  stdout.write(
    edits.length === 0 ? `${what}: no comment is needed\n` : edits.map((edit) => lineOf(edit, what)).join(''),
  );
  if (author.toLowerCase() === assumed.toLowerCase()) return;
  stderr.write(
    `warning: the forge says that ${visible(author)} wrote these comments, not ${visible(assumed)}, so the next run does not find them. Pass --author ${visible(author)}\n`,
  );
}

function lineOf({ edit, marker, url }: MadeEdit, what: string): string {
  const account = marker === allAccountsMarker ? 'all accounts' : markedAccount(marker);
  return `${what}: comment for ${visible(account)} ${done[edit]}${url === undefined ? '' : `: ${visible(url)}`}\n`;
}

async function summarize(
  wanted: readonly PlanComment[],
  said: string,
  file: string,
  context: CliContext,
): Promise<void> {
  const summary = context.environment['GITHUB_STEP_SUMMARY'] ?? '';
  const why = `notice: the token may not comment there (${said}), as in requests from forks`;
  if (summary === '') {
    context.stderr.write(`${why}. The plans are in ${file}\n`);
    return;
  }
  try {
    await appendFile(resolve(context.cwd, summary), wanted.map(({ body }) => `${body}\n`).join(''));
    context.stderr.write(`${why}. The plans are in the summary of the job\n`);
  } catch (error) {
    context.stderr.write(
      `${why}. The summary of the job cannot be written: ${messageOf(error)}. The plans are in ${file}\n`,
    );
  }
}
