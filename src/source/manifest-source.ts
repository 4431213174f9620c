import type { DesiredState } from '../core/manifest/manifest.ts';
import type { KeyFile } from '../core/manifest/options.ts';
import { type ParsedManifests, parseManifests } from '../core/manifest/parse.ts';
import type { ManifestFile } from '../core/manifest/read-file.ts';
import type { DesiredSource } from '../reconcile/ports.ts';
import type { Rereader } from './last-good-form.ts';
import type { ReadOptions } from './read-tree.ts';

/** A source of manifests whose texts can be read once more. */
export interface ManifestSource extends DesiredSource, Rereader {
  /** The state while nothing can be told of the manifests. @throws {ReconcilerError} E_SOURCE_UNREADABLE */
  unknownState(): DesiredState;
  /** Whose manifests these are. @throws {ReconcilerError} E_SOURCE_UNREADABLE */
  identity(): string;
}

/** The state of a source while nothing can be told of what is in it. */
export function unknownState({ manifests }: ReadOptions, where: Pick<DesiredState, 'root' | 'source'>): DesiredState {
  const { allowedEnvironment, environment, secrets } = manifests;
  return {
    ...where,
    revision: { id: 'unknown', content: 'unknown' },
    manifests: [],
    texts: new Map(),
    hiddenValues: [...allowedEnvironment.flatMap((name) => environment[name] ?? []), ...secrets],
    broken: [],
    emptyFiles: [],
    complete: false,
    problems: [],
  };
}

/** Reads the texts of one manifest by today's rules and variables. A key file that it names is taken to hold the given text. */
export function rereadManifest(
  { manifests }: ReadOptions,
  files: readonly ManifestFile[],
  keyText?: string,
): ParsedManifests {
  const found: KeyFile = keyText === undefined ? { reason: 'its text was not stored' } : { text: keyText };
  return parseManifests(files, { ...manifests, keyFile: () => found });
}
