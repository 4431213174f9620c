import { relative } from 'node:path';
import type { ReconcilerError } from '../core/errors.ts';
import { folderOf } from '../core/git/folder-identity.ts';
import { countProblems, type Problem } from '../core/problem.ts';
import { renderProblems } from '../core/render/problems.ts';
import { messageLines } from '../core/render/visible.ts';
import type { CliContext } from './context.ts';

/** Tells of an error that ends a command: with its code, so that it can be looked up in docs/errors.md. With --format json as one line of JSON. */
export function reportError(error: ReconcilerError, { stderr, errorFormat }: CliContext, account?: string): void {
  const { code, message, exitCode } = error;
  if (errorFormat === 'json') {
    const document = { format: 'vonage-gitops.error/1', code, message, exitCode, account: account ?? null };
    stderr.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const of = account === undefined ? '' : ` (account ${account})`;
  stderr.write(`${messageLines(message, `Error ${code}${of}: `).join('\n')}\n`);
}

/** Shows what is wrong with manifests, with places as seen from the working directory. Silent when nothing is. */
export function showProblems(problems: readonly Problem[], root: string, { stderr, cwd }: CliContext): void {
  if (problems.length > 0)
    stderr.write(renderProblems(problems, 'text', { directory: folderOf(root) ?? relative(cwd, root) }));
}

/** How many errors there are, shown or only counted. */
export function countErrors(problems: readonly Problem[]): number {
  return countProblems(problems).errors;
}
