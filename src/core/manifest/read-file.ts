import { type ApplicationId, parseApplicationId } from '../application/application.ts';
import { messageOf } from '../errors.ts';
import { hashJson } from '../hash.ts';
import type { Place, Problem } from '../problem.ts';
import { privateKeyStart } from '../redact/patterns.ts';
import { holdsSecret, shownTextBy } from '../redact/scrubber.ts';
import type { Steps } from '../steps.ts';
import { describeSteps } from './describe.ts';
import { metadataText, offsetOf, scalarAt, type YamlDocument } from './locate.ts';
import type { BrokenManifest, Manifest, WrittenPart } from './manifest.ts';
import type { KeyFile, ManifestOptions } from './options.ts';
import { type YamlFile, yamlSteps } from './parse-yaml.ts';
import { type DocumentResult, type LayerFacts, readDocument } from './read-document.ts';
import { type Path, patchKind } from './schema.ts';

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
  /** Its documents as written: its own, then patches in the order of their layers. */
  readonly parts: readonly [WrittenPart, ...WrittenPart[]];
  /** Which document of which file a value came from, where patches were merged in. */
  readonly documentOf?: (path: Path) => DocumentPlace;
}

/** Which document, counted from 0, of which file. */
export interface DocumentPlace {
  readonly file: string;
  readonly document: number;
}

/** A document that is read only together with those of other layers: a patch, or an application that has one. */
export interface LayeredDocument extends DocumentPlace {
  readonly kind: 'patched' | 'patch';
  /** As written. */
  readonly name: string;
  /** Where the name stands. */
  readonly place: Place;
  readonly id?: ApplicationId;
  readonly ownFile: boolean;
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
  /** What is read only together with documents of other layers. */
  readonly layered: readonly LayeredDocument[];
  /** Names, as written, of the applications that are declared in it. */
  readonly names: readonly string[];
  /** Whether documents may be in it that nobody can know of, patches among them. */
  readonly doubtful: boolean;
}

/** Lists in lists, opened on one line: told before the parser sees them, which takes all memory for some ten thousand of them. */
const deepLine = /^[ \t]*(?:[-?:][ \t]+){65}/m;

/**
 * Reads one file, a few milliseconds' worth a step; at most `most` problems are told, the others are counted. Whatever is in the file, the
 * result is manifests and located problems; nothing is thrown.
 */
export function* fileSteps(
  file: ManifestFile,
  options: ManifestOptions,
  { most, ...facts }: LayerFacts & { readonly most: number },
): Steps<FileResult> {
  if (facts.layer > 0 && file.text.trim() === '') return { ...unreadable(emptied, startOf(file), []), empty: true };
  const deep = deepLine.exec(file.text);
  if (deep !== null) {
    const place = { file: file.path, line: file.text.slice(0, deep.index).split('\n').length, column: 1 };
    return unreadable('nested more than 64 levels deep', place, [{ broken: { place }, ours: true }]);
  }
  try {
    return yield* documentSteps(file, options, { most, ...facts });
  } catch (error) {
    // Nesting so deep that the parser runs out of stack. The offset is lost with it.
    const message = `this file cannot be read: ${shownTextBy(options.secrets)(messageOf(error))}`;
    const place = startOf(file);
    return unreadable(message, place, [{ broken: { place }, ours: true }]);
  }
}

const emptied =
  'this file is empty: patches that were in it may be lost. Remove the file if it is to hold nothing, or write a comment into it';

function startOf({ path }: ManifestFile): Place {
  return { file: path, line: 1, column: 1 };
}

function unreadable(message: string, place: Place, broken: readonly BrokenDocument[]): FileResult {
  const problems: readonly Problem[] = [{ severity: 'error', place, path: '', message }];
  return {
    manifests: [],
    broken,
    problems,
    keyFiles: new Map(),
    empty: false,
    layered: [],
    names: [],
    doubtful: true,
  };
}

function* documentSteps(
  file: ManifestFile,
  options: ManifestOptions,
  { most, ...facts }: LayerFacts & { readonly most: number },
): Steps<FileResult> {
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
    const origin = { file: file.path, cut: yaml.cuts[index], text: file.text, placeOf: yaml.placeOf, ...facts };
    results.push(yield* readDocument(document, origin, { ...options, keyFile }));
    yield;
  }
  const findings = results.flatMap((result) => result.findings);
  const problems = yield* describeSteps({ ...yaml, text: file.text, findings, secrets: options.secrets }, most);
  yield;
  const empty = results.every(({ kind }) => kind === 'empty' || kind === 'written');
  return { ...(yield* sortSteps({ ...yaml, ...file }, results, options)), problems, keyFiles, empty };
}

/** A file, parsed. */
export type ParsedFile = YamlFile & ManifestFile;

function* sortSteps(
  file: ParsedFile,
  results: readonly DocumentResult[],
  options: ManifestOptions,
): Steps<Pick<FileResult, 'manifests' | 'broken' | 'layered' | 'names' | 'doubtful'>> {
  const manifests: FileManifest[] = [];
  const broken: BrokenDocument[] = [];
  const layered: LayeredDocument[] = [];
  let doubtful = false;
  const ownFile =
    results.filter(({ kind }) => kind !== 'empty' && kind !== 'config' && kind !== 'written').length === 1;
  for (const [index, document] of file.documents.entries()) {
    const result = results[index];
    if (result?.kind === 'application') {
      manifests.push(fileManifest(file, index, document, { ...result.declared, ownFile }));
    } else if (result?.kind === 'broken' || result?.kind === 'foreign') {
      broken.push({
        broken: brokenManifest(file, document, options),
        // A patch declares nothing that a manifest could clash with.
        ours: result.kind === 'broken' && scalarAt(document.contents, 'kind') !== patchKind,
      });
      doubtful ||= mayHideOthers(document);
    } else if (result?.kind === 'patch' || result?.kind === 'patched') {
      const { kind } = result;
      const known = brokenManifest(file, document, options);
      layered.push({ ...known, kind, name: result.name, file: file.path, document: index, ownFile });
    }
    yield;
  }
  const names = file.documents.flatMap((document, index) =>
    results[index]?.kind === 'patch' ? [] : (metadataText(document, 'name') ?? []),
  );
  return { manifests, broken, layered, names, doubtful };
}

/** Whether nobody knows which application a broken document means, or what stands behind its errors. */
function mayHideOthers(document: YamlDocument): boolean {
  return document.errors.length > 0 || metadataText(document, 'name') === undefined;
}

function fileManifest(
  file: ParsedFile,
  index: number,
  document: YamlDocument,
  declared: Omit<Manifest, 'hash' | 'specHash' | 'place'>,
): FileManifest {
  const place = file.placeOf(offsetOf(document, ['metadata', 'name'], 'value'));
  return { manifest: withHashes({ ...declared, place }), document: index, parts: [writtenPart(file, document)] };
}

/** A document as written. */
export function writtenPart({ path, documents, text, placeOf }: ParsedFile, { range }: YamlDocument): WrittenPart {
  if (documents.length === 1) return { file: path, line: 1, text };
  return { file: path, line: placeOf(range[0]).line, text: text.slice(range[0], range[2]) };
}

/** The manifest with its hashes, each made when it is first asked for: a plan asks for those of manifests that it changes. */
export function withHashes(declared: Omit<Manifest, 'hash' | 'specHash'>): Manifest {
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
export function brokenManifest(yaml: YamlFile, document: YamlDocument, options: ManifestOptions): BrokenManifest {
  const name = metadataText(document, 'name');
  const id = parseApplicationId(metadataText(document, 'id') ?? '');
  const shown = name !== undefined && !privateKeyStart.test(name) && !holdsSecret(name, options.secrets);
  return {
    place: yaml.placeOf(offsetOf(document, ['metadata', 'name'], 'value')),
    ...(shown ? { name: `${name}${options.nameSuffix}` } : {}),
    ...(id === undefined ? {} : { id }),
  };
}
