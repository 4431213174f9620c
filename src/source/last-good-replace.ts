import type { BrokenManifest, DesiredState, Manifest } from '../core/manifest/manifest.ts';
import type { Place, Problem } from '../core/problem.ts';
import { type Form, formKey, type Rereader, rereadForm } from './last-good-form.ts';

/** A form that takes the place of something broken, and what that is, where it can be told. */
interface Match {
  readonly form: Form;
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
 * Last good forms in place of what is broken. A broken manifest is matched by its name, then by its id. Whatever else last stood in a
 * file that is broken, unreadable or empty now, and is declared nowhere else, stays in force, too: an error in one document may swallow
 * the ones behind it.
 */
export function replaceBroken(state: DesiredState, forms: ReadonlyMap<string, Form>, rereader: Rereader): Replacement {
  const free = freeForms(state, forms);
  const named = state.broken.flatMap((broken) => matchOf(broken, free) ?? []);
  const taken = new Set(named.map(({ form }) => form));
  const rest = [...free.values()].filter((form) => !taken.has(form));
  const inFiles = brokenFiles(state).flatMap((file) => matchesIn(file, rest));
  const matches = unique([...named, ...inFiles]);
  const read = matches.map((match) => ({ match, result: rereadForm(match.form, rereader) }));
  const used = read.flatMap(({ match, result }) =>
    'manifest' in result ? [{ match, manifest: { ...result.manifest, place: match.place } }] : [],
  );
  const usedForms = new Set(used.map(({ match }) => match.form));
  const replaced = new Set(named.filter(({ form }) => usedForms.has(form)).map(({ broken }) => broken));
  const stood = inFiles.filter(({ form }) => usedForms.has(form));
  return {
    manifests: used.map(({ manifest }) => manifest),
    broken: state.broken.filter((one) => !replaced.has(one) && !isAccountedFor(one, state, { inFiles, stood })),
    problems: [...emptyProblems(state, inFiles), ...read.flatMap(({ match, result }) => whyNot(match, result))],
  };
}

/** Forms of this folder whose manifests are not among the valid ones, by key. */
function freeForms(state: DesiredState, forms: ReadonlyMap<string, Form>): ReadonlyMap<string, Form> {
  const valid = new Set(state.manifests.map(({ name }) => formKey(name)));
  return new Map([...forms].filter(([key, form]) => form.root === state.root && !valid.has(key)));
}

function matchOf(broken: BrokenManifest, free: ReadonlyMap<string, Form>): Match | undefined {
  const byName = broken.name === undefined ? undefined : free.get(formKey(broken.name));
  const form = byName ?? (broken.id === undefined ? undefined : [...free.values()].find(({ id }) => id === broken.id));
  return form && { form, place: broken.place, broken };
}

function brokenFiles(state: DesiredState): readonly string[] {
  return [...new Set([...state.broken.map(({ place }) => place.file), ...state.emptyFiles])];
}

/** Forms that last stood in this file, or in this folder when it is one that cannot be opened. */
function matchesIn(file: string, forms: readonly Form[]): readonly Match[] {
  return forms
    .filter((form) => form.file === file || form.file.startsWith(`${file}/`))
    .map((form) => ({ form, place: { file: form.file, line: 1, column: 1 }, broken: undefined }));
}

/** A name may be broken twice, as when it is declared twice; it stays in force once. */
function unique(matches: readonly Match[]): readonly Match[] {
  return [...new Map(matches.toReversed().map((match) => [match.form, match])).values()].toReversed();
}

type Use = ReturnType<typeof rereadForm>;

/**
 * Whether a broken document without a name surely is one of those whose forms are in force by their file: no more such documents than
 * forms, and every form usable.
 */
function isAccountedFor(
  one: BrokenManifest,
  state: DesiredState,
  { inFiles, stood }: { readonly inFiles: readonly Match[]; readonly stood: readonly Match[] },
): boolean {
  if (one.name !== undefined || one.id !== undefined) return false;
  const isHere = ({ form }: Match) => form.file === one.place.file || form.file.startsWith(`${one.place.file}/`);
  const nameless = state.broken.filter(
    ({ name, id, place }) => name === undefined && id === undefined && place.file === one.place.file,
  );
  const known = inFiles.filter(isHere).length;
  return known >= nameless.length && stood.filter(isHere).length === known;
}

function emptyProblems({ emptyFiles }: DesiredState, inFiles: readonly Match[]): readonly Problem[] {
  const message =
    'nothing stands in this file any more: what stood in it stays in force, and nothing is deleted. To remove it, remove the file';
  return emptyFiles
    .filter((file) => inFiles.some(({ form }) => form.file === file))
    .map((file) => ({ severity: 'warning', place: { file, line: 1, column: 1 }, path: '', message }));
}

function whyNot({ place }: Match, result: Use): readonly Problem[] {
  if ('manifest' in result) return [];
  const message = `what last stood here cannot stay in force instead: ${result.why}`;
  return [{ severity: 'warning', place, path: '', message }];
}
