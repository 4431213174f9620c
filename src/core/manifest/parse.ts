import { byPlace, compareTexts } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import { sha256 } from '../hash.ts';
import { jsonEquals } from '../json.ts';
import { layerOf } from '../layers/layer-of.ts';
import { readLayers } from '../layers/read-layers.ts';
import { leftProblem, limitProblems, shownInAll, shownPerFile } from '../limit-problems.ts';
import { formatPlace, type Problem } from '../problem.ts';
import { finish, type Steps } from '../steps.ts';
import type { ManifestCache } from './cache.ts';
import { describeSteps } from './describe.ts';
import type { Finding } from './finding.ts';
import { offsetOf } from './locate.ts';
import type { BrokenManifest, Manifest, WrittenPart } from './manifest.ts';
import type { ManifestOptions } from './options.ts';
import { type YamlFile, yamlSteps } from './parse-yaml.ts';
import type { LayerFacts } from './read-document.ts';
import { type FileResult, fileSteps, type ManifestFile } from './read-file.ts';
import { checkTogether, type TogetherFinding } from './rules-together.ts';

/** Manifests of one account, as far as they can be told from texts. */
export interface ParsedManifests {
  /** In the order of their places. */
  readonly manifests: readonly Manifest[];
  /** Each manifest's documents as written, by `formatPlace` of its place; variables are not filled in. */
  readonly texts: ReadonlyMap<string, readonly [WrittenPart, ...WrittenPart[]]>;
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

/**
 * As `parseManifests`, in steps. `unreadable`: paths that should be read and cannot be; in a later layer, there may be patches in them.
 */
export function* manifestSteps(
  files: readonly ManifestFile[],
  options: ManifestOptions,
  cache?: ManifestCache,
  unreadable: readonly string[] = [],
): Steps<ParsedManifests> {
  const inOrder = [...files].sort((one, other) => compareTexts(one.path, other.path));
  const optionsKey = cache === undefined ? '' : keyOf(options);
  const results = yield* resultSteps(inOrder, { options, optionsKey, cache });
  const layers = yield* readLayers(inOrder, results, {
    options,
    optionsKey,
    cache,
    unreadable,
    isCurrent: (result) => sameKeyFiles(result, options),
  });
  cache?.keep(new Set([...inOrder.map((file) => file.path), ...layers.merged.keys()]));
  const all = [...results.values(), ...layers.merged.values()];
  const found = all.flatMap((result) => result.manifests);
  const broken = [...all.flatMap((result) => result.broken), ...layers.broken];
  yield;
  const together = [...layers.findings, ...checkTogether(found, broken)];
  yield;
  const unusable = new Set([
    ...together.flatMap(({ severity, manifest }) => (severity === 'error' ? (manifest ?? []) : [])),
    ...layers.held,
  ]);
  const usable = found.filter((one) => !unusable.has(one)).sort((one, other) => byPlace(one.manifest, other.manifest));
  const problems = [
    ...all.flatMap((result) => result.problems),
    ...layers.problems,
    ...(yield* togetherSteps(together, inOrder, options)),
  ].sort(byPlace);
  return {
    manifests: usable.map(({ manifest }) => manifest),
    texts: new Map(usable.map(({ manifest, parts }) => [formatPlace(manifest.place), parts])),
    broken: [...broken.map((one) => one.broken), ...[...unusable].map((one) => brokenForm(one.manifest))].sort(byPlace),
    problems: limitProblems(problems),
    complete: problems.every((problem) => problem.severity === 'warning'),
    emptyFiles: [...results].flatMap(([path, { empty }]) => (empty ? [path] : [])),
  };
}

interface ReadInput {
  readonly options: ManifestOptions;
  readonly optionsKey: string;
  readonly cache: ManifestCache | undefined;
}

/** The files' results by their paths, in the order of these. */
function* resultSteps(files: readonly ManifestFile[], input: ReadInput): Steps<Results> {
  const { layers } = input.options;
  const read: Results[] = [];
  const patched = new Set<string>();
  // Later layers first: an application that one of them patches is read together with the patch.
  for (const layer of [...layers.keys()].toReversed()) {
    const ofLayer = layers.length === 1 ? files : files.filter(({ path }) => layerOf(path, layers) === layer);
    const results = yield* layerResults(ofLayer, { ...input, layer, patched: new Set(patched) });
    for (const { kind, name } of [...results.values()].flatMap(({ layered }) => layered))
      if (kind === 'patch') patched.add(name);
    read.push(results);
  }
  return new Map(read.flatMap((results) => [...results]).sort(([one], [other]) => compareTexts(one, other)));
}

type Results = ReadonlyMap<string, FileResult>;

/** Once as many problems are told as are ever shown, those of further files are only counted. */
function* layerResults(
  files: readonly ManifestFile[],
  { options, optionsKey, cache, ...facts }: ReadInput & LayerFacts,
): Steps<Results> {
  const results = new Map<string, FileResult>();
  let room = shownInAll;
  for (const file of files) {
    const most = Math.min(room, shownPerFile);
    const from = { text: file.text, options: `${optionsKey} ${most}` };
    const kept = cache?.get(file.path, from);
    const isCurrent = kept !== undefined && sameKeyFiles(kept, options) && samePatched(kept, facts);
    const result = isCurrent ? kept : yield* freshResult(file, options, { most, ...facts });
    cache?.set(file.path, from, result);
    results.set(file.path, result);
    room = Math.max(0, room - result.problems.filter(({ left }) => left === undefined).length);
    if (results.size % keptPerStep === 0) yield;
  }
  return results;
}

/** Whether later layers patch the same applications of a file as when it was read. */
function samePatched({ names, layered }: FileResult, { patched }: LayerFacts): boolean {
  const before = new Set(layered.flatMap(({ kind, name }) => (kind === 'patched' ? [name] : [])));
  return names.every((name) => patched.has(name) === before.has(name));
}

/** A small file takes a few milliseconds: to leave off inside of it would only cost time. */
function* freshResult(
  file: ManifestFile,
  options: ManifestOptions,
  facts: LayerFacts & { readonly most: number },
): Steps<FileResult> {
  const steps = fileSteps(file, options, facts);
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
      const { place } = first;
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
