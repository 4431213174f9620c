import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Whether git has a file of this folder (its `.gitignore` is no secret), or would take a key file laid into it. Without git, or outside of any repository: no.
 */
export async function isTrackedByGit(folder: string): Promise<boolean> {
  const tracked = await git(folder, ['ls-files', '--', '.']);
  if (tracked.exit !== 0) return false;
  if (tracked.output.split('\n').some((file) => file !== '' && file !== '.gitignore')) return true;
  const ignored = await git(folder, ['check-ignore', '--quiet', join(folder, `${'0'.repeat(64)}.pem`)]);
  return ignored.exit === 1;
}

interface GitAnswer {
  /** Undefined when git could not be run. */
  readonly exit: number | undefined;
  readonly output: string;
}

async function git(folder: string, parameters: readonly string[]): Promise<GitAnswer> {
  try {
    const { stdout } = await run('git', ['-C', folder, ...parameters], { timeout: 10_000 });
    return { exit: 0, output: stdout };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return { exit: typeof code === 'number' ? code : undefined, output: '' };
  }
}
