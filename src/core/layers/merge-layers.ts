import { shownPerFile } from '../limit-problems.ts';
import type { ManifestCache } from '../manifest/cache.ts';
import { describeSteps } from '../manifest/describe.ts';
import { offsetOf } from '../manifest/locate.ts';
import type { KeyFile, ManifestOptions } from '../manifest/options.ts';
import { yamlSteps } from '../manifest/parse-yaml.ts';
import {
  brokenManifest,
  type FileManifest,
  type FileResult,
  type LayeredDocument,
  type ManifestFile,
  type ParsedFile,
  withHashes,
  writtenPart,
} from '../manifest/read-file.ts';
import type { Problem } from '../problem.ts';
import type { Steps } from '../steps.ts';
import type { PatchedApplication } from './pair-patches.ts';
import { type Part, readParts } from './read-parts.ts';

/** What patched applications are read from, beside the documents themselves. */
export interface MergeInput {
  readonly files: readonly ManifestFile[];
  readonly options: ManifestOptions;
  /** Whether a result that was kept is still true of the key files. */
  readonly isCurrent: (result: FileResult) => boolean;
  readonly optionsKey: string;
  readonly cache: ManifestCache | undefined;
}

/** Applications with their patches, each as if it stood in one document, by the key that it is kept by. Files are parsed once more. */
export function* mergeLayers(
  patched: readonly PatchedApplication[],
  input: MergeInput,
): Steps<ReadonlyMap<string, FileResult>> {
  const files = new ParsedFiles(input.files);
  const results = new Map<string, FileResult>();
  for (const one of patched) {
    const documents = [one.application, ...one.patches];
    const key = documents.map(({ file, document }) => `${file}#${document}`).join(' + ');
    const from = { text: files.textOf(documents), options: input.optionsKey };
    const kept = input.cache?.get(key, from);
    const result = kept !== undefined && input.isCurrent(kept) ? kept : yield* mergeOne(one, files, input);
    input.cache?.set(key, from, result);
    results.set(key, result);
    yield;
  }
  return results;
}

class ParsedFiles {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, ParsedFile>();

  constructor(files: readonly ManifestFile[]) {
    this.#texts = new Map(files.map(({ path, text }) => [path, text]));
  }

  textOf(documents: readonly LayeredDocument[]): string {
    return JSON.stringify(documents.map(({ file }) => this.#texts.get(file)));
  }

  *open(source: LayeredDocument): Steps<OpenPart> {
    const { file, document: index } = source;
    const parsed = yield* this.#parse(file);
    const document = parsed.documents[index];
    if (document === undefined) throw new RangeError(`${file} has no document ${index}`);
    return { source, parsed, document, file, cut: parsed.cuts[index] };
  }

  *#parse(path: string): Steps<ParsedFile> {
    const known = this.#parsed.get(path);
    if (known !== undefined) return known;
    const text = `${this.#texts.get(path)}`;
    const file = { path, text, ...(yield* yamlSteps(path, text)) };
    this.#parsed.set(path, file);
    return file;
  }
}

type OpenPart = Part & { readonly parsed: ParsedFile; readonly source: LayeredDocument };

function* mergeOne(
  { application, patches }: PatchedApplication,
  files: ParsedFiles,
  { options }: MergeInput,
): Steps<FileResult> {
  const base = yield* files.open(application);
  const later: OpenPart[] = [];
  for (const patch of patches) later.push(yield* files.open(patch));
  const keyFiles = new Map<string, KeyFile>();
  const keyFile = (path: string): KeyFile => {
    const found = options.keyFile(path);
    keyFiles.set(path, found);
    return found;
  };
  const read = yield* readParts(base, later, { ...options, keyFile });
  const problems: Problem[] = [];
  for (const { part, findings } of read.found) {
    problems.push(...(yield* describeSteps({ ...part.parsed, findings, secrets: options.secrets }, shownPerFile)));
  }
  const { parsed, document } = base;
  const place = parsed.placeOf(offsetOf(document, ['metadata', 'name'], 'value'));
  const manifest: FileManifest = {
    manifest: withHashes({ ...read.declared, place, ownFile: application.ownFile }),
    document: application.document,
    parts: [writtenPart(parsed, document), ...later.map((part) => writtenPart(part.parsed, part.document))],
    documentOf: (path) => read.partOf(path).source,
  };
  const broken = { broken: brokenManifest(parsed, document, options), ours: true };
  return {
    manifests: read.sound ? [manifest] : [],
    broken: read.sound ? [] : [broken],
    problems,
    keyFiles,
    empty: false,
    layered: [],
    names: [application.name],
    doubtful: false,
  };
}
