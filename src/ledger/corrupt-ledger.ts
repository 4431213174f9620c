import { ReconcilerError } from '../core/errors.ts';
import { readIfThere } from '../disk/read-if-there.ts';

/** The error for a ledger file that cannot be used. It names the copy beside the file where that one can be. */
export async function corruptLedger(path: string, reason: string): Promise<ReconcilerError> {
  const backup = `${path}.bak`;
  const details = { path, reason, ...((await isReadable(backup)) ? { backup } : {}) };
  return new ReconcilerError('E_LEDGER_CORRUPT', details);
}

async function isReadable(path: string): Promise<boolean> {
  const { parseLedger } = await import('./parse-ledger.ts'); // only when it is needed
  const text = await readIfThere(path).catch(() => undefined); // the ledger itself is what is told of
  return text !== undefined && parseLedger(text).outcome === 'read';
}
