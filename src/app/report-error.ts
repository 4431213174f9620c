import { relative } from 'node:path';
import type { ReconcilerError } from '../core/errors.ts';
import { countProblems, type Problem } from '../core/problem.ts';
import { renderProblems } from '../core/render/problems.ts';
import { messageLines } from '../core/render/visible.ts';
import type { CliContext } from './context.ts';

/** Tells a person of an error that ends a command: with its code, so that it can be looked up in docs/errors.md. */
export function reportError(error: ReconcilerError, { stderr }: CliContext, account?: string): void {
  const of = account === undefined ? '' : ` (account ${account})`;
  stderr.write(`${messageLines(error.message, `Error ${error.code}${of}: `).join('\n')}\n`);
}

/** Shows what is wrong with manifests, with places as seen from the working directory. Silent when nothing is. */
export function showProblems(problems: readonly Problem[], root: string, { stderr, cwd }: CliContext): void {
  if (problems.length > 0) stderr.write(renderProblems(problems, 'text', { directory: relative(cwd, root) }));
}

/** How many errors there are, shown or only counted. */
export function countErrors(problems: readonly Problem[]): number {
  return countProblems(problems).errors;
}
