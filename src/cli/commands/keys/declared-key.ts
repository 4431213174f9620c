import { brokenManifestNear, manifestNaming } from '../../../core/ledger/find-owned.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import type { DesiredState } from '../../../core/manifest/manifest.ts';

/** Why the key of this application is its manifest's, which the next pass would put back; undefined when it is ours to replace. */
export function declaredKey(desired: DesiredState, entry: LedgerEntry): string | undefined {
  const manifest = manifestNaming(desired, entry);
  if (manifest?.spec.keys !== undefined) {
    const { file, line } = manifest.place;
    return `its manifest declares the key (${file}:${line}): change the manifest, or remove spec.keys and apply`;
  }
  const broken = manifest === undefined ? brokenManifestNear(desired, entry) : undefined;
  return broken === undefined ? undefined : `an invalid manifest may declare its key: fix ${broken} first`;
}
