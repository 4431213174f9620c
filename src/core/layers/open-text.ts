import { AliasTargets, Locator } from '../manifest/locate.ts';
import type { WrittenPart } from '../manifest/manifest.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import { parseYaml } from '../manifest/parse-yaml.ts';
import { readValue } from '../manifest/read-value.ts';
import type { Path } from '../manifest/schema.ts';
import type { ReadPart } from './merge-reads.ts';

/** A document read from its text. */
export interface OpenedText extends ReadPart {
  /** Relative to the manifests' root. */
  readonly file: string;
  /** Line of the file that a value stands on, counted from 1. */
  readonly lineAt: (path: Path) => number;
}

/** Reads one document of a valid manifest again. */
export function openText({ file, line, text }: WrittenPart, options: ManifestOptions): OpenedText {
  const { documents, placeOf } = parseYaml(file, text);
  const [document] = documents;
  if (document === undefined) throw new RangeError(`no document in the text of ${file}`);
  const targets = new AliasTargets(document);
  const locator = new Locator(document, targets);
  const lineAt = (path: Path) => line - 1 + placeOf(locator.offsetOf(path, 'value')).line;
  return { file, lineAt, read: readValue(document, targets, options) };
}
