import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationId } from '../../core/application/application.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { differingFields } from '../../core/export/differing-fields.ts';
import type { SecretNames } from '../../core/export/secret-names.ts';
import { type ManifestUpdate, type UpdateRemark, updateManifests } from '../../core/export/update-manifests.ts';
import { groupBy } from '../../core/group-by.ts';
import { layerOf } from '../../core/layers/layer-of.ts';
import { fileReason } from '../../core/mistakes/file-reason.ts';
import { formatPlace } from '../../core/problem.ts';
import { replaceFile } from '../../disk/durable-file.ts';
import { defaultMaxFileBytes } from '../../source/directory.ts';
import { DiskTree } from '../../source/file-tree.ts';
import { maxKeyBytes } from '../../source/read-tree.ts';
import type { Session } from '../session.ts';
import { readingOf } from '../source/open-source.ts';
import type { FoundExport } from './export-of-account.ts';
import type { ExportTarget } from './export-target.ts';

/** What happens to a file with manifests in it. */
export interface FileUpdate {
  /** Relative to the root of the manifests. */
  readonly file: string;
  readonly before: string;
  /** The same as before when nothing means anything else now. */
  readonly text: string;
}

/** What the manifests that are there become. */
export interface ExistingUpdates {
  readonly files: readonly FileUpdate[];
  /** Applications whose manifest says something else now. */
  readonly updated: readonly ApplicationId[];
  readonly remarks: readonly UpdateRemark[];
  readonly variables: readonly { readonly variable: string; readonly application: string }[];
}

/** What manifests are updated with. */
interface UpdateSettings {
  readonly withIds: boolean;
  readonly withKeys: boolean;
  readonly names: SecretNames;
}

/** Brings manifests that are there up to what is live; writes nothing. Those of earlier layers, and those that patches change, are told. */
export function updateExisting(
  session: Session,
  target: ExportTarget,
  { existing, texts }: FoundExport,
  settings: UpdateSettings,
): ExistingUpdates {
  const { manifests } = readingOf(session, target.account, { opaqueVariables: true });
  const tree = new DiskTree(target.root, []);
  const root = realpathSync.native(target.root);
  const keyFile = (path: string) => tree.read(root, path, maxKeyBytes);
  const options = { ...settings, manifest: { ...manifests, keyFile } };
  const whole: ManifestUpdate[] = [];
  const remarks: UpdateRemark[] = [];
  for (const { manifest, application } of existing) {
    const { place } = manifest;
    const parts = texts?.get(formatPlace(place)) ?? [];
    const isLayered = parts.length > 1 || layerOf(place.file, manifests.layers) < manifests.layers.length - 1;
    if (!('spec' in manifest))
      remarks.push({ place, path: '', what: 'this manifest is invalid: fix it, and run export again' });
    else if (isLayered) remarks.push(...differingFields(manifest, application, parts));
    else whole.push({ manifest, application });
  }
  const updated = [...groupBy(whole, ({ manifest }) => manifest.place.file)].map(([file, updates]) => {
    const content = tree.read(root, file, defaultMaxFileBytes);
    if (!('text' in content)) throw refused(join(target.root, file), content.reason);
    return { file, before: content.text, ...updateManifests({ path: file, text: content.text }, updates, options) };
  });
  return {
    files: updated,
    updated: updated.flatMap((one) => one.updated),
    remarks: [...remarks, ...updated.flatMap((one) => one.remarks)],
    variables: updated.flatMap((one) => one.variables),
  };
}

/** @throws {ReconcilerError} E_REFUSED when a file has changed since it was read */
export async function writeUpdates(
  { root }: ExportTarget,
  files: readonly FileUpdate[],
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return; // the root may not be there at all
  const tree = new DiskTree(root, []);
  const real = realpathSync.native(root);
  for (const { file, before, text } of files) {
    if (text === before) continue;
    if (signal.aborted) throw new ReconcilerError('E_ABORTED', { when: ' before all manifests were written' });
    const unchanged = async () => {
      const content = tree.read(real, file, defaultMaxFileBytes);
      if ('text' in content && content.text === before) return;
      throw refused(join(root, file), 'the file has changed since it was read: run export again');
    };
    try {
      const path = realpathSync.native(join(real, file));
      await replaceFile(path, text, unchanged, statSync(path).mode & 0o777);
    } catch (error) {
      throw error instanceof ReconcilerError ? error : refused(join(root, file), fileReason(error), error);
    }
  }
}

function refused(what: string, reason: string, cause?: unknown): ReconcilerError {
  return new ReconcilerError('E_REFUSED', { what, reason }, { cause });
}
