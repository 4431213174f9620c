/** Exit code of a command that had nothing to lose when its reader closed the pipe. Source: POSIX shells, 128 + SIGPIPE (13). */
const pipeClosedCode = 141;

/** Commands that write neither to the account nor to the state, and whose output is all there is to them. */
const readOnly = [
  'plan',
  'validate',
  'render',
  'schema',
  'status',
  'explain',
  'doctor',
  'keys list',
  'keys path',
  'keys check',
];
const readOnlyCommands: ReadonlySet<string> = new Set([
  ...readOnly,
  'history',
  'version',
  'completion',
  'ledger show',
  'ledger check',
  'state show',
  'state check',
  'source list',
  'source show',
]);

/**
 * Keeps a command going whose output can no longer be written: `apply | head` must finish what it began, and a full disk must not end
 * a daemon. What it says is lost; the exit code tells.
 */
export class OutputWatch {
  readonly #stdoutLost = new AbortController();
  #failure: string | undefined;

  constructor(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream) {
    for (const stream of [stdout, stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') this.#failure ??= error.code ?? error.message;
        if (stream === stdout) this.#stdoutLost.abort(error);
      });
    }
  }

  /** Aborts with the first write to stdout that fails. */
  get stdoutLost(): AbortSignal {
    return this.#stdoutLost.signal;
  }

  /**
   * The exit code after everything. A success of a command that only reads becomes 141 when its reader had seen enough (`plan | head`);
   * any success becomes 1 when output was lost for another reason, which `say` is told.
   */
  exitCode(code: number, args: readonly string[], say: (text: string) => void): number {
    if (this.#failure !== undefined) {
      say(`Error: some output could not be written (${this.#failure}). All other work completed.\n`);
      return code === 0 ? 1 : code;
    }
    if (!this.#stdoutLost.signal.aborted) return code;
    return code === 0 && writesNothing(args) ? pipeClosedCode : code;
  }
}

function writesNothing(args: readonly string[]): boolean {
  if (args.some((arg) => /^--out(=|$)/.test(arg))) return false; // the file of a plan
  return [1, 2].some((words) => readOnlyCommands.has(args.slice(0, words).join(' ')));
}
