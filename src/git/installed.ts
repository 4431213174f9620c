import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Git } from './program.ts';

/** Longest that a program may take to tell its version, in milliseconds. */
const timeoutMs = 10_000;

/** Whether a program is in one of the directories of PATH. It is not run. */
export async function isInstalled(program: string, searchPath: string | undefined): Promise<boolean> {
  for (const directory of (searchPath ?? '').split(delimiter)) {
    if (directory === '') continue;
    try {
      await access(join(directory, program), constants.X_OK);
      return true;
    } catch {
      // the next one
    }
  }
  return false;
}

/** The version of git as `2.39.5`; undefined when there is no git that tells it. */
export async function gitVersion(git: Git): Promise<string | undefined> {
  const end = await git(['--version'], { timeoutMs });
  if (end.ended !== 'exit' || end.code !== 0) return undefined;
  return /\b(\d+\.\d+(\.\d+)*)/.exec(end.output.toString())?.[1];
}
