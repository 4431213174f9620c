import { type ChildProcess, spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { type GitSettings, type GitSurroundings, gitEnvironment, settingsArguments } from './environment.ts';

/** One run of git. */
export interface GitRun {
  /** Bytes for its standard input, read as git takes them. */
  readonly input?: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;
  /** Takes what git writes, as it comes; without it the bytes are kept and given at the end. */
  readonly onOutput?: (bytes: Buffer) => void;
  readonly settings?: GitSettings;
  readonly signal?: AbortSignal | undefined;
  /** Longest that it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** How a run of git ended. */
export type GitEnd =
  | { readonly ended: 'exit'; readonly code: number; readonly output: Buffer; readonly said: string }
  /** It was ended from outside: by us because time was over, there was too much output or a stop was asked for, or by somebody else. */
  | { readonly ended: 'killed'; readonly why: 'timeout' | 'too-large' | 'stopped' | 'signal'; readonly said: string }
  /** It could not be started, by `errno` such as `ENOENT`. */
  | { readonly ended: 'not-started'; readonly errno: string };

/** Runs git. */
export type Git = (parameters: readonly string[], run: GitRun) => Promise<GitEnd>;

/** Most that is kept of what git writes, in bytes. */
const largestOutput = 32 * 1024 * 1024;
/** Most that is kept of what git says on stderr, in characters. */
const largestSaid = 64 * 1024;
/** What a process that was asked to end has left to tidy up, in milliseconds. */
const graceMs = 2_000;

/**
 * The program `git`, the only way it is ever started: without a shell, in an environment made from nothing (see gitEnvironment), as the
 * leader of a process group that ends as a whole, for a fetch has children that would go on. Arguments are ours or were checked, and
 * what comes from outside stands behind `--` or `--end-of-options`.
 */
export function gitProgram(surroundings: GitSurroundings): Git {
  return (parameters, run) => {
    const child = spawn('git', [...settingsArguments(run.settings ?? []), ...parameters], {
      env: gitEnvironment(surroundings),
      detached: true, // a process group of its own
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new RunningGit(child, run).end();
  };
}

type Killed = Extract<GitEnd, { ended: 'killed' }>['why'];

class RunningGit {
  readonly #child: ChildProcess;
  readonly #run: GitRun;
  readonly #output: Buffer[] = [];
  #outputBytes = 0;
  #said = '';
  #killed: Killed | undefined;

  constructor(child: ChildProcess, run: GitRun) {
    this.#child = child;
    this.#run = run;
  }

  async end(): Promise<GitEnd> {
    const { signal, timeoutMs } = this.#run;
    const timer = setTimeout(() => this.#kill('timeout'), timeoutMs);
    const stop = () => this.#kill('stopped');
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      return await this.#ended();
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  #ended(): Promise<GitEnd> {
    const { stdin, stdout, stderr } = this.#child; // none where it was not started for want of file descriptors
    stdout?.on('data', (bytes: Buffer) => this.#take(bytes));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#said.length < largestSaid) this.#said += text;
    });
    // git may end before it has read everything: how it ended says why.
    if (stdin) void pipeline(this.#run.input ?? [], stdin).catch(() => undefined);
    return new Promise((resolve) => {
      this.#child.once('error', ({ code = 'UNKNOWN' }: NodeJS.ErrnoException) =>
        resolve({ ended: 'not-started', errno: code }),
      );
      this.#child.once('close', (code) => resolve(this.#endOf(code)));
    });
  }

  #endOf(code: number | null): GitEnd {
    const said = this.#said.trim();
    if (this.#killed !== undefined || code === null) return { ended: 'killed', why: this.#killed ?? 'signal', said };
    return { ended: 'exit', code, output: Buffer.concat(this.#output), said };
  }

  #take(bytes: Buffer): void {
    const { onOutput = (kept) => this.#keep(kept) } = this.#run;
    onOutput(bytes);
  }

  #keep(bytes: Buffer): void {
    this.#outputBytes += bytes.length;
    if (this.#outputBytes <= largestOutput) this.#output.push(bytes);
    else this.#kill('too-large');
  }

  /** Ends the whole group: first by asking, then without. */
  #kill(why: Killed): void {
    if (this.#killed !== undefined) return;
    this.#killed = why;
    this.#signalGroup('SIGTERM');
    const last = setTimeout(() => this.#signalGroup('SIGKILL'), graceMs);
    this.#child.once('close', () => clearTimeout(last));
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return; // it did not start
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // All of it has ended. Where a process waits to be reaped, macOS says EPERM of the same.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }
}
