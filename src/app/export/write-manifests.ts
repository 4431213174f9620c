import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ReconcilerError } from '../../core/errors.ts';
import type { NewManifest } from '../../core/export/export-account.ts';
import { fileReason } from '../../core/mistakes/file-reason.ts';
import { createFile } from '../../disk/durable-file.ts';
import type { ExportTarget } from './export-target.ts';

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
    mkdirSync(path, { recursive: true });
    const [real, realRoot] = [realpathSync(path), realpathSync(root)];
    if (real !== realRoot && !real.startsWith(`${realRoot}${sep}`))
      throw refused(path, 'it leads out of the manifest directory');
    const mode = statSync(real).mode & 0o666; // for who may read and write the directory
    for (const { file, text } of manifests) {
      if (signal.aborted) throw new ReconcilerError('E_ABORTED', { when: ' before all manifests were written' });
      if (await createFile(join(real, file), text, mode)) continue;
      throw refused(join(path, file), 'the file was made since the directory was read: run export again');
    }
  } catch (error) {
    if (error instanceof ReconcilerError) throw error;
    throw refused(path, fileReason(error), error);
  }
}

function refused(what: string, reason: string, cause?: unknown): ReconcilerError {
  return new ReconcilerError('E_REFUSED', { what, reason }, { cause });
}
