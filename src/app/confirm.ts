import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { CliContext } from './context.ts';
import { StopRequest } from './stop-request.ts';
import { canRedraw } from './terminal.ts';

const consents: ReadonlySet<string> = new Set(['yes', 'y']);

/** What nobody types who means yes. */
const refusals: ReadonlySet<string> = new Set(['no', 'n', '']);

/** What came of a question: something typed, Ctrl-D or the end of the input, Ctrl-C, or another signal. */
type Answer = { readonly typed: string } | 'ended' | 'interrupted' | 'terminated';

/**
 * Asks a person; only "yes" and "y" are a yes. Ctrl-C is more than a no: nothing further is begun.
 * @throws {ReconcilerError} E_NOT_CONFIRMED, also where there is no terminal to ask at; E_INTERRUPTED after Ctrl-C
 */
export async function confirm(question: string, context: CliContext): Promise<void> {
  const { stdin, stderr, stop, redaction, environment } = context;
  if (stdin.isTTY === true && !stdin.readable) throw new ReconcilerError('E_NOT_CONFIRMED', {}); // Ctrl-D at an earlier question
  if (stdin.isTTY !== true) {
    const reason = 'There is no terminal to confirm at: pass --yes to go ahead without the prompt';
    throw new ReconcilerError('E_NOT_CONFIRMED', { reason });
  }
  const lines = createInterface({
    input: stdin,
    output: (stderr.stream ?? stderr) as NodeJS.WritableStream,
    terminal: canRedraw(stderr, environment),
  });
  const answer = await answerTo(redaction.scrub(`\n${question}\n  Only "yes" or "y" is accepted: `), lines, stop);
  if (typeof answer !== 'string' && consents.has(answer.typed.trim())) return;
  if (typeof answer === 'string') stderr.write('\n'); // nobody ended the line of the question
  throw refusalOf(answer);
}

function refusalOf(answer: Answer): ReconcilerError {
  if (answer === 'interrupted') return new ReconcilerError('E_INTERRUPTED', {});
  if (answer === 'terminated')
    return new ReconcilerError('E_NOT_CONFIRMED', { reason: 'Stopped by a signal before it was confirmed' });
  if (answer === 'ended' || refusals.has(answer.typed.trim())) return new ReconcilerError('E_NOT_CONFIRMED', {});
  return new ReconcilerError('E_NOT_CONFIRMED', { reason: 'Cancelled: only "yes" or "y" is accepted' });
}

/** Ctrl-C comes as a key where readline reads single keys, else as a signal to the process. */
async function answerTo(question: string, lines: Interface, stop: AbortSignal): Promise<Answer> {
  let isInterrupted = false;
  lines.once('SIGINT', () => {
    isInterrupted = true;
    lines.close();
  });
  const ended = once(lines, 'close').then(() => undefined);
  try {
    const typed = await Promise.race([lines.question(question, { signal: stop }), ended]);
    if (isInterrupted) return 'interrupted';
    return typed === undefined ? 'ended' : { typed };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error; // Ctrl-D as a key, or the signal
    if (isInterrupted || isSigint(stop.reason)) return 'interrupted';
    return stop.aborted ? 'terminated' : 'ended';
  } finally {
    lines.close();
  }
}

function isSigint(reason: unknown): boolean {
  return reason instanceof StopRequest && reason.signal === 'SIGINT';
}
