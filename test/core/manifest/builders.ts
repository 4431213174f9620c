import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { type ParsedManifests, parseManifests } from '../../../src/core/manifest/parse.ts';
import { formatPlace } from '../../../src/core/problem.ts';

/** A manifest as text: this metadata and spec, each given as YAML lines without indentation. */
export function manifestText(metadata = 'name: Support', spec = 'capabilities: {}'): string {
  const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');
  return `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n${indent(metadata)}\nspec:\n${indent(spec)}\n`;
}

/** What the text of one file, `a.yaml`, is read as. */
export function parseText(text: string, options: Partial<ManifestOptions> = {}): ParsedManifests {
  return parseManifests([{ path: 'a.yaml', text }], { ...defaultManifestOptions, ...options });
}

/** Problems as lines: `error a.yaml:1:1 path: message`. */
export function problemLines({ problems }: ParsedManifests): readonly string[] {
  return problems.map(({ severity, place, path, message }) => `${severity} ${formatPlace(place)} ${path}: ${message}`);
}
