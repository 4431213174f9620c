import { mkdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ReconcilerError } from '../../core/errors.ts';
import type { NewManifest } from '../../core/export/export-account.ts';
import { fileReason } from '../../core/mistakes/file-reason.ts';
import { createUnsynced } from '../../disk/create-unsynced.ts';
import type { ExportTarget } from './export-target.ts';

/** Files written before signals are heard again. */
const filesPerTurn = 50;

/**
 * Writes new manifests, each whole or not at all. No file is overwritten, and none is written outside the root.
 * @throws {ReconcilerError} E_REFUSED when a link leads out, or a file is there by now
 */
export async function writeManifests(
  { root, directory }: ExportTarget,
  manifests: readonly NewManifest[],
  signal: AbortSignal,
): Promise<void> {
  if (manifests.length === 0) return;
  const path = join(root, directory);
  try {
    const real = madeInside(path, root);
    for (const [index, { file, text }] of manifests.entries()) {
      if (index % filesPerTurn === 0) await setImmediate();
      if (signal.aborted) throw new ReconcilerError('E_ABORTED', { when: ' before all manifests were written' });
      if (createUnsynced(join(real, file), text)) continue;
      throw refused(join(path, file), 'the file was made since the directory was read: run export again');
    }
  } catch (error) {
    if (error instanceof ReconcilerError) throw error;
    throw refused(path, fileReason(error), error);
  }
}

/** The real path of the directory, which is made if it is missing. */
function madeInside(path: string, root: string): string {
  mkdirSync(path, { recursive: true });
  const [real, realRoot] = [realpathSync(path), realpathSync(root)];
  if (real === realRoot || real.startsWith(`${realRoot}${sep}`)) return real;
  throw refused(path, 'it leads out of the manifest directory');
}

function refused(what: string, reason: string, cause?: unknown): ReconcilerError {
  return new ReconcilerError('E_REFUSED', { what, reason }, { cause });
}
