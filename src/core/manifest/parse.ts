import { groupBy } from '../group-by.ts';
import { sha256 } from '../hash.ts';
import { jsonEquals } from '../json.ts';
import type { Place, Problem } from '../problem.ts';
import type { ManifestCache } from './cache.ts';
import { describeFindings } from './describe.ts';
import { offsetOf, parseYaml } from './locate.ts';
import type { BrokenManifest, Manifest } from './manifest.ts';
import type { ManifestOptions } from './options.ts';
import { type FileResult, type ManifestFile, readManifestFile } from './read-file.ts';
import { checkTogether, type TogetherFinding } from './rules-together.ts';

/** Manifests of one account, as far as they can be told from texts. */
export interface ParsedManifests {
  /** In the order of their places. */
  readonly manifests: readonly Manifest[];
  /** Each manifest's document as written, by the manifest's name; its variables are not filled in. */
  readonly texts: ReadonlyMap<string, string>;
  readonly broken: readonly BrokenManifest[];
  /** In the order of their places. */
  readonly problems: readonly Problem[];
  /** Whether there is no error among the problems. */
  readonly complete: boolean;
  /** Files with nothing in them but comments. */
  readonly emptyFiles: readonly string[];
}

/**
 * Reads manifests: file texts to checked manifests and located problems, all of them at once. It never throws, whatever the texts.
 * With a cache, files that did not change since the last call are not read again.
 */
export function parseManifests(
  files: readonly ManifestFile[],
  options: ManifestOptions,
  cache?: ManifestCache,
): ParsedManifests {
  const inOrder = [...files].sort((one, other) => compare(one.path, other.path));
  const readOne = cache === undefined ? readManifestFile : cachedReader(cache, options);
  const results = inOrder.map((file) => readOne(file, options));
  cache?.keep(new Set(inOrder.map((file) => file.path)));
  const found = results.flatMap((result) => result.manifests);
  const broken = results.flatMap((result) => result.broken);
  const together = checkTogether(found, broken);
  const unusable = new Set(together.map(({ manifest }) => manifest));
  const usable = found.filter((one) => !unusable.has(one));
  const problems = [...results.flatMap((result) => result.problems), ...describeTogether(together, files, options)];
  return {
    manifests: usable.map(({ manifest }) => manifest),
    texts: new Map(usable.map(({ manifest, text }) => [manifest.name, text])),
    broken: [...broken.map((one) => one.broken), ...[...unusable].map((one) => brokenForm(one.manifest))].sort(byPlace),
    problems: problems.sort(byPlace),
    complete: problems.every((problem) => problem.severity === 'warning'),
    emptyFiles: inOrder.filter((_, index) => results[index]?.empty).map((file) => file.path),
  };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function byPlace({ place: one }: { readonly place: Place }, { place: other }: { readonly place: Place }): number {
  return compare(one.file, other.file) || one.line - other.line || one.column - other.column;
}

function brokenForm({ place, name, id }: Manifest): BrokenManifest {
  return { place, name, ...(id === undefined ? {} : { id }) };
}

function cachedReader(cache: ManifestCache, options: ManifestOptions): typeof readManifestFile {
  const optionsKey = keyOf(options);
  return (file) => {
    const from = { text: file.text, options: optionsKey };
    const kept = cache.get(file.path, from);
    if (kept !== undefined && sameKeyFiles(kept, options)) return kept;
    const result = readManifestFile(file, options);
    cache.set(file.path, from, result);
    return result;
  };
}

/** Everything in the options that a file's result depends on, key files excepted. */
function keyOf({ environment, ...options }: ManifestOptions): string {
  const allowed = options.allowedEnvironment.map((name) => [name, environment[name]]);
  return sha256(JSON.stringify([options, allowed]));
}

function sameKeyFiles(result: FileResult, options: ManifestOptions): boolean {
  return [...result.keyFiles].every(([path, before]) => jsonEquals({ ...before }, { ...options.keyFile(path) }));
}

function describeTogether(
  findings: readonly TogetherFinding[],
  files: readonly ManifestFile[],
  { secrets }: ManifestOptions,
): readonly Problem[] {
  if (findings.length === 0) return [];
  const byFile = groupBy(findings, ({ file }) => file);
  return files.flatMap(({ path, text }) => {
    const inFile = byFile.get(path);
    if (inFile === undefined) return [];
    const yaml = parseYaml(path, text);
    const located = yaml.documents.flatMap((document, index) =>
      inFile
        .filter((one) => one.document === index)
        .map((one) => ({ ...one, severity: 'error' as const, offset: offsetOf(document, one.path, 'value') })),
    );
    return describeFindings({ ...yaml, text, findings: located, secrets });
  });
}
