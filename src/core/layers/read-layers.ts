import type { FileResult, ManifestFile } from '../manifest/read-file.ts';
import type { Steps } from '../steps.ts';
import { type Doubt, holdDoubtful } from './hold-doubtful.ts';
import { layerOf } from './layer-of.ts';
import { type MergeInput, mergeLayers } from './merge-layers.ts';
import { type PairedPatches, pairPatches } from './pair-patches.ts';

/** What layers make of the results of files. */
export interface LayersRead extends Pick<PairedPatches, 'findings' | 'broken'>, Doubt {
  /** Results of applications with their patches, by the key that each is kept by. */
  readonly merged: ReadonlyMap<string, FileResult>;
}

/** What files are merged with. `unreadable`: paths that should be read and cannot be. */
export type LayersInput = Omit<MergeInput, 'files'> & { readonly unreadable: readonly string[] };

/** Merges patches into the applications of earlier layers, in steps. `results`: those of the files, by path. */
export function* readLayers(
  files: readonly ManifestFile[],
  results: ReadonlyMap<string, FileResult>,
  { unreadable, ...input }: LayersInput,
): Steps<LayersRead> {
  const { layers, nameSuffix } = input.options;
  if (layers.length === 1) return { merged: new Map(), findings: [], broken: [], held: new Set(), problems: [] };
  const inLayers = [...results].map(([path, result]) => ({ path, layer: layerOf(path, layers), result }));
  const lost = unreadable.map((path) => ({ layer: layerOf(path, layers), result: nothingKnown }));
  const { patched, findings, broken } = pairPatches([...inLayers, ...lost], nameSuffix);
  const merged = yield* mergeLayers(patched, { ...input, files });
  const manifests = [...results.values(), ...merged.values()].flatMap((result) => result.manifests);
  const doubtful = inLayers.filter(({ result }) => result.doubtful).map(({ path }) => path);
  return { merged, findings, broken, ...holdDoubtful(manifests, [...doubtful, ...unreadable], layers) };
}

const nothingKnown = { layered: [], names: [], broken: [], doubtful: true } as const;
