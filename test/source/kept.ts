import { join } from 'node:path';
import type { DesiredState } from '../../src/core/manifest/manifest.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../src/core/manifest/options.ts';
import { DirectorySource, type DirectorySourceOptions } from '../../src/source/directory.ts';
import { LastGoodSource } from '../../src/source/last-good.ts';
import { recordingLog } from './watching.ts';

/** Manifests in `<base>/manifests` and what is kept of them in `<base>/state/main/last-good`. */
export interface Kept {
  readonly source: LastGoodSource;
  readonly root: string;
  readonly directory: string;
  readonly logged: string[];
}

/** A source as a process that starts now has it; what an earlier one kept is there. */
export function started(
  base: string,
  options: Partial<ManifestOptions> = {},
  tree?: Pick<DirectorySourceOptions, 'root' | 'tree' | 'settle'>,
): Kept {
  const { keyFile: _, ...manifests } = { ...defaultManifestOptions, ...options };
  const root = join(base, 'manifests');
  const directory = join(base, 'state/main/last-good');
  const logged: string[] = [];
  const inner = new DirectorySource({ root, exclude: [], maxFileBytes: 100_000, manifests, ...tree });
  return { source: new LastGoodSource({ inner, directory, log: recordingLog(logged) }), root, directory, logged };
}

/** What a desired state says, as short as it can be told: `name@version` of manifests, names of what is broken. */
export function told({ manifests, broken, complete }: DesiredState) {
  return {
    manifests: manifests.map(({ name, labels }) => `${name}@${labels['version']}`),
    broken: broken.map(({ name }) => name ?? '?'),
    complete,
  };
}
