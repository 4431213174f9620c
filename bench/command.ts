import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How one process went. */
export interface Run {
  readonly ms: number;
  readonly code: number | null;
}

/** Runs Node with these arguments from start to end; what it prints is read and dropped. @throws when the code is not expected */
export async function runNode(
  args: readonly string[],
  { environment = process.env, directory, codes = [0] }: RunOptions = {},
): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: environment, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const [talk, , [code]] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'close')]);
  const ms = performance.now() - started;
  if (!codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${talk.slice(-2000)}`);
  return { ms, code };
}

/** In which surroundings. */
export interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Working directory. */
  readonly directory?: string;
  readonly codes?: readonly number[];
}
