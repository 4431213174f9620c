import { byPlace, compareTexts } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import { sha256 } from '../hash.ts';
import { jsonEquals } from '../json.ts';
import { leftProblem, limitProblems, shownInAll, shownPerFile } from '../limit-problems.ts';
import { formatPlace, type Problem } from '../problem.ts';
import { finish, type Steps } from '../steps.ts';
import type { ManifestCache } from './cache.ts';
import { describeSteps } from './describe.ts';
import type { Finding } from './finding.ts';
import { offsetOf } from './locate.ts';
import type { BrokenManifest, Manifest } from './manifest.ts';
import type { ManifestOptions } from './options.ts';
import { type YamlFile, yamlSteps } from './parse-yaml.ts';
import { type FileResult, fileSteps, type ManifestFile } from './read-file.ts';
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
  return finish(manifestSteps(files, options, cache));
}

/** Characters of a file that is read in one step. */
const smallFile = 4000;
/** Files that did not change are passed over so many a step. */
const keptPerStep = 64;

/** As `parseManifests`, in steps. */
export function* manifestSteps(
  files: readonly ManifestFile[],
  options: ManifestOptions,
  cache?: ManifestCache,
): Steps<ParsedManifests> {
  const inOrder = [...files].sort((one, other) => compareTexts(one.path, other.path));
  const results = yield* resultSteps(inOrder, options, cache);
  cache?.keep(new Set(inOrder.map((file) => file.path)));
  const found = results.flatMap((result) => result.manifests);
  const broken = results.flatMap((result) => result.broken);
  yield;
  const together = checkTogether(found, broken);
  yield;
  const unusable = new Set(together.flatMap(({ severity, manifest }) => (severity === 'error' ? [manifest] : [])));
  const usable = found.filter((one) => !unusable.has(one));
  const problems = [
    ...results.flatMap((result) => result.problems),
    ...(yield* togetherSteps(together, inOrder, options)),
  ].sort(byPlace);
  return {
    manifests: usable.map(({ manifest }) => manifest),
    texts: new Map(usable.map(({ manifest, text }) => [formatPlace(manifest.place), text])),
    broken: [...broken.map((one) => one.broken), ...[...unusable].map((one) => brokenForm(one.manifest))].sort(byPlace),
    problems: limitProblems(problems),
    complete: problems.every((problem) => problem.severity === 'warning'),
    emptyFiles: inOrder.filter((_, index) => results[index]?.empty).map((file) => file.path),
  };
}

/** The files' results. Once as many problems are told as are ever shown, those of further files are only counted. */
function* resultSteps(
  files: readonly ManifestFile[],
  options: ManifestOptions,
  cache: ManifestCache | undefined,
): Steps<readonly FileResult[]> {
  const optionsKey = cache === undefined ? '' : keyOf(options);
  const results: FileResult[] = [];
  let room = shownInAll;
  for (const file of files) {
    const most = Math.min(room, shownPerFile);
    const from = { text: file.text, options: `${optionsKey} ${most}` };
    const kept = cache?.get(file.path, from);
    const result = kept !== undefined && sameKeyFiles(kept, options) ? kept : yield* freshResult(file, options, most);
    cache?.set(file.path, from, result);
    results.push(result);
    room = Math.max(0, room - result.problems.filter(({ left }) => left === undefined).length);
    if (results.length % keptPerStep === 0) yield;
  }
  return results;
}

/** A small file takes a few milliseconds: to leave off inside of it would only cost time. */
function* freshResult(file: ManifestFile, options: ManifestOptions, most: number): Steps<FileResult> {
  const steps = fileSteps(file, options, most);
  if (file.text.length > smallFile) return yield* steps;
  yield;
  return finish(steps);
}

function brokenForm({ place, name, id }: Manifest): BrokenManifest {
  return { place, name, ...(id === undefined ? {} : { id }) };
}

/** Everything in the options that a file's result depends on, key files excepted. */
function keyOf({ environment, ...options }: ManifestOptions): string {
  const allowed = options.allowedEnvironment.map((name) => [name, environment[name]]);
  return sha256(JSON.stringify([options, allowed]));
}

function sameKeyFiles(result: FileResult, options: ManifestOptions): boolean {
  return [...result.keyFiles].every(([path, before]) => jsonEquals({ ...before }, { ...options.keyFile(path) }));
}

/** Problems between manifests: documents are looked up once more for as many as are shown, the others are counted. */
function* togetherSteps(
  findings: readonly TogetherFinding[],
  files: readonly ManifestFile[],
  { secrets }: ManifestOptions,
): Steps<readonly Problem[]> {
  const problems: Problem[] = [];
  const byFile = groupBy(findings, ({ file }) => file);
  let room = shownInAll;
  for (const { path, text } of files) {
    const [first, ...others] = byFile.get(path) ?? [];
    if (first === undefined) continue;
    const shown = [first, ...others].slice(0, Math.min(room, shownPerFile));
    if (shown.length > 0)
      problems.push(...(yield* describeTogether(shown, yield* yamlSteps(path, text), { text, secrets })));
    const left = [first, ...others].slice(shown.length);
    if (left.length > 0) {
      const errors = left.filter(({ severity }) => severity === 'error').length;
      const { place } = first.manifest.manifest;
      problems.push(leftProblem({ place, errors, warnings: left.length - errors }));
    }
    room -= shown.length;
    yield;
  }
  return problems;
}

function* describeTogether(
  findings: readonly TogetherFinding[],
  yaml: YamlFile,
  { text, secrets }: { readonly text: string; readonly secrets: readonly string[] },
): Steps<readonly Problem[]> {
  const byDocument = groupBy(findings, ({ document }) => String(document));
  const located = yaml.documents.flatMap((document, index): readonly Finding[] =>
    (byDocument.get(String(index)) ?? []).map(({ severity, path, message }) => ({
      severity,
      path,
      message,
      offset: offsetOf(document, path, 'value'),
    })),
  );
  return yield* describeSteps({ ...yaml, text, findings: located, secrets });
}
