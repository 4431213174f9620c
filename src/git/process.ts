import { type ChildProcess, spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';

/** What a program is given, and how long it may take. */
export interface ProcessRun {
  /** Bytes for its standard input, read as it takes them. */
  readonly input?: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;
  /** Takes what it writes, as it comes; without it the bytes are kept and given at the end. */
  readonly onOutput?: (bytes: Buffer) => void;
  readonly signal?: AbortSignal | undefined;
  /** Longest that it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** How a process ended. */
export type ProcessEnd =
  | { readonly ended: 'exit'; readonly code: number; readonly output: Buffer; readonly said: string }
  /** It was ended from outside: by us because time was over, there was too much output or a stop was asked for, or by somebody else. */
  | { readonly ended: 'killed'; readonly why: 'timeout' | 'too-large' | 'stopped' | 'signal'; readonly said: string }
  /** It could not be started, by `errno` such as `ENOENT`. */
  | { readonly ended: 'not-started'; readonly errno: string };

/** Most that is kept of what a program writes, in bytes. */
const largestOutput = 32 * 1024 * 1024;
/** Most that is kept of what it says on stderr, in characters. */
const largestSaid = 64 * 1024;
/** What a process that was asked to end has left to tidy up, in milliseconds. */
const graceMs = 2_000;

/**
 * Runs a program without a shell, as the leader of a process group that ends as a whole: a fetch has children that would go on.
 * `environment` is all of its environment.
 */
export function runProcess(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  run: ProcessRun,
): Promise<ProcessEnd> {
  const child = spawn(command, [...parameters], {
    env: environment,
    detached: true, // a process group of its own
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new RunningProcess(child, run).end();
}

type Killed = Extract<ProcessEnd, { ended: 'killed' }>['why'];

class RunningProcess {
  readonly #child: ChildProcess;
  readonly #run: ProcessRun;
  readonly #output: Buffer[] = [];
  #outputBytes = 0;
  #said = '';
  #killed: Killed | undefined;

  constructor(child: ChildProcess, run: ProcessRun) {
    this.#child = child;
    this.#run = run;
  }

  async end(): Promise<ProcessEnd> {
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

  #ended(): Promise<ProcessEnd> {
    const { stdin, stdout, stderr } = this.#child; // none where it was not started for want of file descriptors
    stdout?.on('data', (bytes: Buffer) => this.#take(bytes));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (this.#said.length < largestSaid) this.#said += text;
    });
    // It may end before it has read everything: how it ended says why.
    if (stdin) void pipeline(this.#run.input ?? [], stdin).catch(() => undefined);
    return new Promise((resolve) => {
      this.#child.once('error', ({ code = 'UNKNOWN' }: NodeJS.ErrnoException) =>
        resolve({ ended: 'not-started', errno: code }),
      );
      this.#child.once('close', (code) => resolve(this.#endOf(code)));
    });
  }

  #endOf(code: number | null): ProcessEnd {
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
    const last = setTimeout(() => this.#killForGood(), graceMs);
    this.#child.once('close', () => clearTimeout(last));
  }

  /** A process that left the group lives on, and holds what it was given to write to: it is not listened to any more. */
  #killForGood(): void {
    this.#signalGroup('SIGKILL');
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
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
