import { isMap } from 'yaml';
import { parseApplicationId } from '../application/application.ts';
import { messageOf } from '../errors.ts';
import { hashJson } from '../hash.ts';
import type { Place, Problem } from '../problem.ts';
import { privateKeyStart } from '../redact/patterns.ts';
import { holdsSecret, shownTextBy } from '../redact/scrubber.ts';
import type { Steps } from '../steps.ts';
import { describeSteps } from './describe.ts';
import { offsetOf, scalarAt, type YamlDocument } from './locate.ts';
import type { BrokenManifest, Manifest } from './manifest.ts';
import type { KeyFile, ManifestOptions } from './options.ts';
import { type YamlFile, yamlSteps } from './parse-yaml.ts';
import { type DocumentResult, readDocument } from './read-document.ts';

/** One input file. */
export interface ManifestFile {
  /** Relative to the manifests' root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A manifest, and which document of its file it is, counted from 0. */
export interface FileManifest {
  readonly manifest: Manifest;
  readonly document: number;
  /** The document as written, its variables not filled in. */
  readonly text: string;
}

/** A document that could not be read, and whether it claims to be a manifest of ours. */
export interface BrokenDocument {
  readonly broken: BrokenManifest;
  readonly ours: boolean;
}

/** What one file holds. */
export interface FileResult {
  readonly manifests: readonly FileManifest[];
  readonly broken: readonly BrokenDocument[];
  readonly problems: readonly Problem[];
  /** Key files that were looked up, with what was found: the result holds only as long as they stay the same. */
  readonly keyFiles: ReadonlyMap<string, KeyFile>;
  /** Whether there is nothing in it but comments, and documents that this program wrote: over a manifest, that was an accident. */
  readonly empty: boolean;
}

/** Lists in lists, opened on one line: told before the parser sees them, which takes all memory for some ten thousand of them. */
const deepLine = /^[ \t]*(?:[-?:][ \t]+){65}/m;

/**
 * Reads one file, a few milliseconds' worth a step; at most `most` problems are told, the others are counted. Whatever is in the file, the
 * result is manifests and located problems; nothing is thrown.
 */
export function* fileSteps(file: ManifestFile, options: ManifestOptions, most: number): Steps<FileResult> {
  const deep = deepLine.exec(file.text);
  if (deep !== null) {
    const place = { file: file.path, line: file.text.slice(0, deep.index).split('\n').length, column: 1 };
    return unreadable('nested more than 64 levels deep', place, [{ broken: { place }, ours: true }]);
  }
  try {
    return yield* documentSteps(file, options, most);
  } catch (error) {
    // Nesting so deep that the parser runs out of stack. The offset is lost with it.
    const message = `this file cannot be read: ${shownTextBy(options.secrets)(messageOf(error))}`;
    const place = { file: file.path, line: 1, column: 1 };
    return unreadable(message, place, [{ broken: { place }, ours: true }]);
  }
}

function unreadable(message: string, place: Place, broken: readonly BrokenDocument[]): FileResult {
  const problems: readonly Problem[] = [{ severity: 'error', place, path: '', message }];
  return { manifests: [], broken, problems, keyFiles: new Map(), empty: false };
}

function* documentSteps(file: ManifestFile, options: ManifestOptions, most: number): Steps<FileResult> {
  const yaml = yield* yamlSteps(file.path, file.text);
  const leaked = privateKeyStart.exec(file.text);
  if (leaked !== null) return leakedKey(yaml, leaked.index, options);
  if (yaml.refused !== undefined) {
    const place = yaml.placeOf(yaml.refused.offset);
    return unreadable(yaml.refused.message, place, [{ broken: { place }, ours: true }]);
  }
  const keyFiles = new Map<string, KeyFile>();
  const keyFile = (path: string): KeyFile => {
    const found = options.keyFile(path);
    keyFiles.set(path, found);
    return found;
  };
  const results: DocumentResult[] = [];
  for (const [index, document] of yaml.documents.entries()) {
    const origin = { file: file.path, cut: yaml.cuts[index], text: file.text, placeOf: yaml.placeOf };
    results.push(yield* readDocument(document, origin, { ...options, keyFile }));
    yield;
  }
  const findings = results.flatMap((result) => result.findings);
  const problems = yield* describeSteps({ ...yaml, text: file.text, findings, secrets: options.secrets }, most);
  yield;
  const empty = results.every(({ kind }) => kind === 'empty' || kind === 'written');
  return { ...(yield* sortSteps({ ...yaml, text: file.text }, results, options)), problems, keyFiles, empty };
}

function* sortSteps(
  yaml: YamlFile & { readonly text: string },
  results: readonly DocumentResult[],
  options: ManifestOptions,
): Steps<Pick<FileResult, 'manifests' | 'broken'>> {
  const manifests: FileManifest[] = [];
  const broken: BrokenDocument[] = [];
  const ownFile =
    results.filter(({ kind }) => kind !== 'empty' && kind !== 'config' && kind !== 'written').length === 1;
  for (const [index, document] of yaml.documents.entries()) {
    const result = results[index];
    if (result?.kind === 'application') {
      const place = yaml.placeOf(offsetOf(document, ['metadata', 'name'], 'value'));
      const manifest = withHashes({ ...result.declared, place, ownFile });
      manifests.push({ manifest, document: index, text: documentText(yaml, document) });
    } else if (result?.kind === 'broken' || result?.kind === 'foreign') {
      broken.push({ broken: brokenManifest(yaml, document, options), ours: result.kind === 'broken' });
    }
    yield;
  }
  return { manifests, broken };
}

function documentText({ documents, text }: YamlFile & { readonly text: string }, { range }: YamlDocument): string {
  return documents.length === 1 ? text : text.slice(range[0], range[2]);
}

/** The manifest with its hashes, each made when it is first asked for: a plan asks for those of manifests that it changes. */
function withHashes(declared: Omit<Manifest, 'hash' | 'specHash'>): Manifest {
  const { name, spec, ignore } = declared;
  let hash: string | undefined;
  let specHash: string | undefined;
  return {
    ...declared,
    get hash() {
      hash ??= hashJson({ name, spec, ignore });
      return hash;
    },
    get specHash() {
      specHash ??= hashJson(spec);
      return specHash;
    },
  };
}

function leakedKey(yaml: YamlFile, offset: number, options: ManifestOptions): FileResult {
  const message =
    'private keys are not allowed in manifests; this one is not shown here. Consider it leaked and create a new one';
  const broken = yaml.documents.map((document) => ({ broken: brokenManifest(yaml, document, options), ours: true }));
  return unreadable(message, yaml.placeOf(offset), broken);
}

/** What little can be told of a document that cannot be used: its name and id when they are plainly there. */
function brokenManifest(yaml: YamlFile, document: YamlDocument, options: ManifestOptions): BrokenManifest {
  const name = metadataText(document, 'name');
  const id = parseApplicationId(metadataText(document, 'id') ?? '');
  const shown = name !== undefined && !privateKeyStart.test(name) && !holdsSecret(name, options.secrets);
  return {
    place: yaml.placeOf(offsetOf(document, ['metadata', 'name'], 'value')),
    ...(shown ? { name } : {}),
    ...(id === undefined ? {} : { id }),
  };
}

function metadataText(document: YamlDocument, member: string): string | undefined {
  const metadata = isMap(document.contents) ? document.contents.get('metadata') : undefined;
  const text = scalarAt(metadata, member);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
