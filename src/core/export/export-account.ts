import { type Application, type ApplicationId, parseApplicationId } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import { nameMatcher } from '../name-glob.ts';
import { type ExportedManifest, exportManifest } from './export-manifest.ts';
import type { FileNames } from './file-names.ts';
import { type ExistingManifest, type Match, type MatchInput, matchManifests } from './match-manifests.ts';
import { nameRefusal, type RefusalOptions } from './refusals.ts';
import type { SecretNames } from './secret-names.ts';

/** What an account is exported from, and how. */
export interface AccountExportInput<Existing extends ExistingManifest> extends MatchInput<Existing>, RefusalOptions {
  /** Names or ids of the applications that are wanted, as globs; empty means all. */
  readonly only: readonly string[];
  /** Globs of the names this account's manifests may declare; empty means all. */
  readonly scopeNames: readonly string[];
  /** What is added to the names of all manifests. */
  readonly nameSuffix: string;
  /** What stands at the top of an application's manifest. */
  readonly notesOn: (id: ApplicationId) => readonly string[];
  /** Whether manifests pin the id of their application; those of one name always do. */
  readonly withIds: boolean;
  readonly withKeys: boolean;
  readonly files: FileNames;
  readonly names: SecretNames;
}

/** A manifest to be written. */
export interface NewManifest extends ExportedManifest {
  /** Name of its file. */
  readonly file: string;
  readonly application: Application;
}

/** An application that no manifest is made for. */
interface LeftOut {
  readonly application: Application;
  readonly reason: string;
}

/** What an export does. */
export interface AccountExport<Existing extends ExistingManifest> {
  /** In the order of their applications' names. */
  readonly created: readonly NewManifest[];
  readonly existing: readonly (Match<Existing> & { readonly kind: 'exists' })[];
  /** Something must be done about each of them first. */
  readonly leftOut: readonly LeftOut[];
}

/** The manifests that an account lacks. Reads and writes nothing. */
export function exportAccount<Existing extends ExistingManifest>(
  input: AccountExportInput<Existing>,
): AccountExport<Existing> {
  const isWanted = wanted(input);
  const matches = matchManifests(input).filter(({ application }) => isWanted(application));
  const created: NewManifest[] = [];
  const existing: (Match<Existing> & { readonly kind: 'exists' })[] = [];
  const leftOut: LeftOut[] = [];
  const isTwin = twins(input);
  for (const match of matches.toSorted(inOrder)) {
    const { application } = match;
    const name = declaredName(application, input);
    const refusal = nameRefusal(name, input);
    if (match.kind === 'exists') existing.push(match);
    else if (match.kind === 'unclear') leftOut.push({ application, reason: match.message });
    else if (refusal !== undefined) leftOut.push({ application, reason: refusal });
    else created.push(newManifest(application, input, { name, isTwin: isTwin(application.name) }));
  }
  return { created, existing, leftOut };
}

function newManifest(
  application: Application,
  input: AccountExportInput<ExistingManifest>,
  { name, isTwin }: { readonly name: string; readonly isTwin: boolean },
): NewManifest {
  const isPinned = input.withIds || isTwin;
  const manifest = exportManifest(application, { ...input, name, isPinned, notes: input.notesOn(application.id) });
  return { ...manifest, file: input.files.give(name), application };
}

/** The name without the suffix that it gets back when the manifest is read; empty where it has none. */
function declaredName({ name }: Application, { nameSuffix }: AccountExportInput<ExistingManifest>): string {
  return name.endsWith(nameSuffix) ? name.slice(0, name.length - nameSuffix.length) : '';
}

function wanted({ only, scopeNames }: AccountExportInput<ExistingManifest>): (application: Application) => boolean {
  const ids = new Set<ApplicationId | undefined>(only.map(parseApplicationId));
  const isNamed = nameMatcher(only);
  const isInScope = nameMatcher(scopeNames);
  return ({ id, name }) =>
    (only.length === 0 || ids.has(id) || isNamed(name)) && (scopeNames.length === 0 || isInScope(name));
}

/** Names that one manifest alone would not tell apart. */
function twins({ applications, manifests }: AccountExportInput<ExistingManifest>): (name: string) => boolean {
  const live = groupBy(applications, ({ name }) => name);
  const several = [...live].flatMap(([name, { length }]) => (length > 1 ? name : []));
  const known = new Set([...several, ...manifests.map(({ name }) => name)]);
  return (name) => known.has(name);
}

/** By name; those of one name by id. */
function inOrder(
  { application: one }: Match<ExistingManifest>,
  { application: other }: Match<ExistingManifest>,
): number {
  return compareTexts(one.name, other.name) || compareTexts(one.id, other.id);
}
