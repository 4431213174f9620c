/** Exit code of a command that had nothing to lose when its reader closed the pipe. Source: POSIX shells, 128 + SIGPIPE (13). */
const pipeClosedCode = 141;

/** Commands that write neither to the account nor to the state, and whose output is all there is to them. */
const readOnly = ['plan', 'validate', 'schema', 'status', 'explain', 'doctor', 'keys list', 'keys path', 'keys check'];
const readOnlyCommands: ReadonlySet<string> = new Set([...readOnly, 'ledger show', 'ledger check']);

/**
 * Keeps a command going whose output can no longer be written: `apply | head` must finish what it began, and a full disk must not end
 * a daemon. What it says is lost; the exit code tells.
 */
export class OutputWatch {
  #lostBy: string | undefined;

  constructor(streams: readonly NodeJS.WritableStream[]) {
    for (const stream of streams) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        this.#lostBy ??= error.code ?? error.message;
      });
    }
  }

  /**
   * The exit code after everything. A success of a command that only reads becomes 141 when its reader had seen enough (`plan | head`);
   * any success becomes 1 when output was lost for another reason, which `say` is told.
   */
  exitCode(code: number, args: readonly string[], say: (text: string) => void): number {
    if (this.#lostBy === undefined) return code;
    if (this.#lostBy !== 'EPIPE') {
      say(`Error: some output could not be written (${this.#lostBy}). All other work completed.\n`);
      return code === 0 ? 1 : code;
    }
    const isReadOnly = [1, 2].some((words) => readOnlyCommands.has(args.slice(0, words).join(' ')));
    return code === 0 && isReadOnly ? pipeClosedCode : code;
  }
}
