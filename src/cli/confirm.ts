import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { World } from './world.ts';

/** Asks a person; only "yes" is a yes. @throws {ReconcilerError} E_NOT_CONFIRMED, also where there is no terminal to ask at */
export async function confirm(question: string, { stdin, stderr, stop }: World): Promise<void> {
  if (stdin.isTTY !== true) throw new ReconcilerError('E_NOT_CONFIRMED', {});
  const lines = createInterface({ input: stdin, output: stderr as NodeJS.WritableStream });
  const answer = await answerTo(`\n${question}\n  Only "yes" goes ahead: `, lines, stop);
  if (answer?.trim() !== 'yes') throw new ReconcilerError('E_NOT_CONFIRMED', {});
}

/** Undefined when the person leaves: Ctrl-C, or Ctrl-D, at which readline closes without a word. */
async function answerTo(question: string, lines: Interface, stop: AbortSignal): Promise<string | undefined> {
  const left = once(lines, 'close').then(() => undefined);
  try {
    return await Promise.race([lines.question(question, { signal: stop }), left]);
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    lines.close();
  }
}
