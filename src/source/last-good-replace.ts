import { groupBy } from '../core/group-by.ts';
import type { BrokenManifest, DesiredState, Manifest } from '../core/manifest/manifest.ts';
import type { Place, Problem } from '../core/problem.ts';
import type { Steps } from '../core/steps.ts';
import { type KeptManifest, keptKey, type Rereader, rereadKept } from './last-good-form.ts';

/** A form that takes the place of something broken, and what that is, where it can be told. */
interface Match {
  readonly form: KeptManifest;
  readonly place: Place;
  readonly broken: BrokenManifest | undefined;
}

/** What broken manifests are replaced by. */
export interface Replacement {
  readonly manifests: readonly Manifest[];
  /** What stays broken: nothing is known that could stand in for it. */
  readonly broken: readonly BrokenManifest[];
  readonly problems: readonly Problem[];
}

/**
 * Last good forms in place of what is broken, in steps. A broken manifest is matched by its name, then by its id. Whatever else last stood
 * in a file that is broken, unreadable or empty now, and is declared nowhere else, stays in force, too: an error in one document may
 * swallow the ones behind it.
 */
export function* replaceBroken(
  state: DesiredState,
  forms: ReadonlyMap<string, KeptManifest>,
  rereader: Rereader,
): Steps<Replacement> {
  const free = freeForms(state, forms);
  const named = namedMatches(state.broken, free);
  const taken = new Set(named.map(({ form }) => form));
  yield;
  const rest = byPath(
    [...free.values()].filter((form) => !taken.has(form)),
    ({ file }) => file,
  );
  const inFiles = brokenFiles(state).flatMap((file) => (rest.get(file) ?? []).map(standing));
  const read: { readonly match: Match; readonly result: Use }[] = [];
  for (const match of unique([...named, ...inFiles])) {
    read.push({ match, result: rereadKept(match.form, rereader) });
    yield;
  }
  const used = read.flatMap(({ match, result }) =>
    'manifest' in result ? [{ match, manifest: { ...result.manifest, place: match.place } }] : [],
  );
  const usedForms = new Set(used.map(({ match }) => match.form));
  const replaced = new Set(named.filter(({ form }) => usedForms.has(form)).map(({ broken }) => broken));
  const accounted = accountedFiles(state, inFiles, usedForms);
  return {
    manifests: used.map(({ manifest }) => manifest),
    broken: state.broken.filter((one) => !replaced.has(one) && !(isNameless(one) && accounted.has(one.place.file))),
    problems: [...emptyProblems(state, inFiles), ...read.flatMap(({ match, result }) => whyNot(match, result))],
  };
}

/** Forms of this directory whose manifests are not among the valid ones, by key. */
function freeForms(state: DesiredState, forms: ReadonlyMap<string, KeptManifest>): ReadonlyMap<string, KeptManifest> {
  const valid = new Set(state.manifests.flatMap(({ name, id }) => [keptKey(name), keptKey(name, id)]));
  return new Map([...forms].filter(([key, form]) => form.root === state.root && !valid.has(key)));
}

function namedMatches(broken: readonly BrokenManifest[], free: ReadonlyMap<string, KeptManifest>): readonly Match[] {
  const byId = new Map([...free.values()].reverse().map((form) => [form.id, form]));
  return broken.flatMap((one) => {
    const byName =
      one.name === undefined ? undefined : (free.get(keptKey(one.name, one.id)) ?? free.get(keptKey(one.name)));
    const form = byName ?? (one.id === undefined ? undefined : byId.get(one.id));
    return form === undefined ? [] : [{ form, place: one.place, broken: one }];
  });
}

function brokenFiles(state: DesiredState): readonly string[] {
  return [...new Set([...state.broken.map(({ place }) => place.file), ...state.emptyFiles])];
}

/** Things by the file they stand in, and by every directory above it: one that cannot be opened is broken like a file. */
function byPath<Thing>(
  things: readonly Thing[],
  fileOf: (thing: Thing) => string,
): ReadonlyMap<string, readonly Thing[]> {
  const paths = things.flatMap((thing) => pathsAbove(fileOf(thing)).map((path) => ({ path, thing })));
  return new Map([...groupBy(paths, ({ path }) => path)].map(([path, here]) => [path, here.map(({ thing }) => thing)]));
}

/** `a/b/c` gives itself, `a/b` and `a`. */
function pathsAbove(file: string): readonly string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** A form that last stood in a broken file, or in a directory that cannot be opened. */
function standing(form: KeptManifest): Match {
  return { form, place: { file: form.file, line: 1, column: 1 }, broken: undefined };
}

/** A name may be broken twice, as when it is declared twice; it stays in force once. */
function unique(matches: readonly Match[]): readonly Match[] {
  return [...new Map(matches.toReversed().map((match) => [match.form, match])).values()].toReversed();
}

type Use = ReturnType<typeof rereadKept>;

function isNameless({ name, id }: BrokenManifest): boolean {
  return name === undefined && id === undefined;
}

/**
 * Files whose broken documents without a name surely are those whose forms are in force by their file: no more such documents than forms,
 * and every form usable.
 */
function accountedFiles(
  { broken }: DesiredState,
  inFiles: readonly Match[],
  used: ReadonlySet<KeptManifest>,
): ReadonlySet<string> {
  const nameless = groupBy(broken.filter(isNameless), ({ place }) => place.file);
  const known = byPath(inFiles, ({ form }) => form.file);
  const accounted = [...nameless].filter(([file, documents]) => {
    const here = known.get(file) ?? [];
    return here.length >= documents.length && here.every(({ form }) => used.has(form));
  });
  return new Set(accounted.map(([file]) => file));
}

function emptyProblems({ emptyFiles }: DesiredState, inFiles: readonly Match[]): readonly Problem[] {
  const message =
    'this file is empty now: its last valid manifests stay enforced, and nothing is deleted. To remove them, remove the file';
  const known = new Set(inFiles.map(({ form }) => form.file));
  return emptyFiles
    .filter((file) => known.has(file))
    .map((file) => ({ severity: 'warning', place: { file, line: 1, column: 1 }, path: '', message }));
}

function whyNot({ place }: Match, result: Use): readonly Problem[] {
  if ('manifest' in result) return [];
  const message = `its last valid form cannot be enforced instead: ${result.why}`;
  return [{ severity: 'warning', place, path: '', message }];
}
