import { join } from 'node:path';
import { replaceFile } from '../disk/durable-file.ts';
import type { Log, WriteGuard } from '../reconcile/ports.ts';

/** Keeps a ledger as it was in an earlier format: the way back to the program that wrote it. Throws what the file system throws, E_LOCK_LOST. */
export async function keepEarlierFormat(
  directory: string,
  { schema, text }: { readonly schema: number; readonly text: string },
  { guard, log }: { readonly guard?: Pick<WriteGuard, 'assertHeld'>; readonly log?: Pick<Log, 'warn'> },
): Promise<void> {
  const path = join(directory, `ledger.v${schema}.json`);
  await replaceFile(path, text, async () => guard?.assertHeld());
  log?.warn({ path, schema }, 'backup of earlier ledger format written');
}
