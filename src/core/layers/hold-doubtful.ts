import type { FileManifest } from '../manifest/read-file.ts';
import type { Problem } from '../problem.ts';
import { layerOf } from './layer-of.ts';

/** Applications that patches nobody can read may change, and what is told of it. */
export interface Doubt {
  readonly held: ReadonlySet<FileManifest>;
  readonly problems: readonly Problem[];
}

/**
 * Applications of earlier layers than a path that cannot be read: a patch of them may be in it, and without it they are not what they
 * should be. One that another file of that layer patches is not in doubt: a layer has one patch of each.
 */
export function holdDoubtful(
  manifests: readonly FileManifest[],
  doubtful: readonly string[],
  layers: readonly string[],
): Doubt {
  const held = new Set<FileManifest>();
  const problems: Problem[] = [];
  for (const file of doubtful) {
    const layer = layerOf(file, layers);
    const inDoubt = manifests.filter(
      ({ manifest, parts }) =>
        layerOf(manifest.place.file, layers) < layer && !parts.some((part) => layerOf(part.file, layers) === layer),
    );
    for (const one of inDoubt) held.add(one);
    if (inDoubt.length > 0) problems.push(doubtProblem(file));
  }
  return { held, problems };
}

function doubtProblem(file: string): Problem {
  const message =
    'until this can be read, applications of earlier layers are left unchanged: patches of them may be in it';
  return { severity: 'error', place: { file, line: 1, column: 1 }, path: '', message };
}
