import type { ManifestCache } from '../../../src/core/manifest/cache.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { type ParsedManifests, parseManifests } from '../../../src/core/manifest/parse.ts';
import { manifestText } from '../manifest/builders.ts';

/** A patch as text: this metadata and spec, each given as YAML lines without indentation. */
export function patchText(metadata = 'name: Support', spec = ''): string {
  return manifestText(metadata, spec)
    .replace('kind: Application', 'kind: ApplicationPatch')
    .replace(/spec:\n+$/, '');
}

/** What files of the layers `base` and `prod` are read as, by their paths. */
export function parseLayers(
  texts: Readonly<Record<string, string>>,
  options: Partial<ManifestOptions> = {},
  cache?: ManifestCache,
): ParsedManifests {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  return parseManifests(files, { ...defaultManifestOptions, layers: ['base', 'prod'], ...options }, cache);
}

/** What is held because nobody can read what it is: names, where they are known. */
export function brokenNames({ broken }: ParsedManifests): readonly string[] {
  return broken.map(({ name }) => name ?? '?');
}
