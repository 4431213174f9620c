import type { DeclaredApplication } from '../layers/check-document.ts';
import { cutFinding, readParts, syntaxFinding } from '../layers/read-parts.ts';
import { syntaxSlips } from '../mistakes/syntax-slip.ts';
import type { Place } from '../problem.ts';
import type { Steps } from '../steps.ts';
import type { Cut } from './cut-document.ts';
import type { Finding } from './finding.ts';
import { metadataText, offsetOf, scalarAt, type YamlDocument } from './locate.ts';
import type { ManifestOptions } from './options.ts';
import { readHeader } from './read-header.ts';
import { patchKind } from './schema.ts';

/**
 * What came of one document: nothing to read, a configuration, written by this program, no manifest of ours, broken, an application; or
 * what is read only together with others: an application that later layers patch, and a patch.
 */
export type DocumentResult = { readonly findings: readonly Finding[] } & (
  | { readonly kind: 'empty' | 'config' | 'written' }
  | { readonly kind: 'foreign' | 'broken' }
  | { readonly kind: 'application'; readonly declared: DeclaredApplication }
  /** `name`: as written. */
  | { readonly kind: 'patched' | 'patch'; readonly name: string }
);

/** What a file is among the layers. */
export interface LayerFacts {
  /** Counted from 0. */
  readonly layer: number;
  /** Names, as written, of the applications that later layers patch. */
  readonly patched: ReadonlySet<string>;
}

/** Errors of the YAML parser told per document: later ones mostly follow from the first. */
const maxSyntaxErrors = 5;

/** Where a document comes from. */
interface Origin extends LayerFacts {
  /** Relative to the manifests' root. */
  readonly file: string;
  /** Set when it is not complete. */
  readonly cut: Cut | undefined;
  /** The whole file. */
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
}

/** Reads one parsed document, in steps. */
export function* readDocument(
  document: YamlDocument,
  { file, cut, text, placeOf, ...facts }: Origin,
  options: ManifestOptions,
): Steps<DocumentResult> {
  const errors = document.errors.slice(0, maxSyntaxErrors);
  const source = { text, start: document.range[0], lineOf: (offset: number) => placeOf(offset).line };
  const syntax = syntaxSlips(source, errors).map(({ offset, message }) => syntaxFinding(offset, message));
  const cutOff = cut === undefined ? [] : [cutFinding(cut)];
  if (syntax.length > 0) return { kind: 'broken', findings: [...syntax, ...cutOff] };
  const header = readHeader(document) ?? layerHeader(document, facts);
  if (header !== undefined) return header;
  const { found, sound, declared } = yield* readParts({ document, file, cut }, [], options);
  const findings = found.flatMap((ofPart) => ofPart.findings);
  return sound ? { kind: 'application', declared, findings } : { kind: 'broken', findings };
}

/** What is read only together with documents of other layers; undefined when the document stands for itself. */
function layerHeader(document: YamlDocument, { layer, patched }: LayerFacts): DocumentResult | undefined {
  const name = metadataText(document, 'name');
  if (scalarAt(document.contents, 'kind') !== patchKind)
    return name !== undefined && patched.has(name) ? { kind: 'patched', name, findings: [] } : undefined;
  if (layer === 0) return brokenPatch(document, ['kind'], noEarlierLayer);
  return name === undefined
    ? brokenPatch(document, ['metadata', 'name'], 'missing: expected the name of an application of an earlier layer')
    : { kind: 'patch', name, findings: [] };
}

const noEarlierLayer = `${patchKind} changes an application of an earlier layer: it must not stand in the first one. List the directories in manifests of the account, the base first`;

function brokenPatch(document: YamlDocument, path: readonly string[], message: string): DocumentResult {
  const offset = offsetOf(document, path, 'value');
  return { kind: 'broken', findings: [{ severity: 'error', offset, path, message }] };
}
