import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { CliContext } from './context.ts';
import { StopRequest } from './stop-request.ts';

/**
 * Asks a person; only "yes" is a yes. Ctrl-C is more than a no: nothing further is begun.
 * @throws {ReconcilerError} E_NOT_CONFIRMED, also where there is no terminal to ask at; E_INTERRUPTED after Ctrl-C
 */
export async function confirm(question: string, { stdin, stderr, stop, redaction }: CliContext): Promise<void> {
  if (stdin.isTTY !== true || !stdin.readable) throw new ReconcilerError('E_NOT_CONFIRMED', {});
  const lines = createInterface({ input: stdin, output: (stderr.stream ?? stderr) as NodeJS.WritableStream });
  const answer = await answerTo(redaction.scrub(`\n${question}\n  Only "yes" is accepted: `), lines, stop);
  if (answer === undefined) throw new ReconcilerError('E_INTERRUPTED', {});
  if (answer.trim() !== 'yes') throw new ReconcilerError('E_NOT_CONFIRMED', {});
}

/**
 * What was typed, which is nothing after Ctrl-D and when the process is asked to stop; undefined after Ctrl-C, which comes as a key
 * where readline reads single keys, else as a signal to the process.
 */
async function answerTo(question: string, lines: Interface, stop: AbortSignal): Promise<string | undefined> {
  let isInterrupted = false;
  lines.once('SIGINT', () => {
    isInterrupted = true;
    lines.close();
  });
  const left = once(lines, 'close').then(() => '');
  try {
    const typed = await Promise.race([lines.question(question, { signal: stop }), left]);
    return isInterrupted ? undefined : typed;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error; // Ctrl-D as a key, or the signal
    return isInterrupted || isSigint(stop.reason) ? undefined : '';
  } finally {
    lines.close();
  }
}

function isSigint(reason: unknown): boolean {
  return reason instanceof StopRequest && reason.signal === 'SIGINT';
}
