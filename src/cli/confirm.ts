import { createInterface } from 'node:readline/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { World } from './world.ts';

/** Asks a person; only "yes" is a yes. @throws {ReconcilerError} E_NOT_CONFIRMED, also where there is no terminal to ask at */
export async function confirm(question: string, { stdin, stderr, stop }: World): Promise<void> {
  if (stdin.isTTY !== true) throw new ReconcilerError('E_NOT_CONFIRMED', {});
  const lines = createInterface({ input: stdin, output: stderr as NodeJS.WritableStream });
  try {
    const answer = await lines.question(`\n${question}\n  Only "yes" goes ahead: `, { signal: stop });
    if (answer.trim() === 'yes') return;
  } finally {
    lines.close();
  }
  throw new ReconcilerError('E_NOT_CONFIRMED', {});
}
