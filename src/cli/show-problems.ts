import { relative } from 'node:path';
import { countProblems, type Problem } from '../core/problem.ts';
import { renderProblems } from '../core/render/problems.ts';
import type { World } from './world.ts';

/** Shows what is wrong with manifests, with places as seen from the working directory. Silent when nothing is. */
export function showProblems(problems: readonly Problem[], root: string, { stderr, cwd }: World): void {
  if (problems.length > 0) stderr.write(renderProblems(problems, 'text', relative(cwd, root)));
}

/** How many errors there are, shown or only counted. */
export function countErrors(problems: readonly Problem[]): number {
  return countProblems(problems).errors;
}
