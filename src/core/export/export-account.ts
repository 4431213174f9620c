import type { Application, ApplicationId } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import type { ExportedManifest } from './export-manifest.ts';
import type { FileNames } from './file-names.ts';
import { type MakerOptions, ManifestMaker } from './manifest-maker.ts';
import { type ExistingManifest, type Match, type MatchInput, matchManifests } from './match-manifests.ts';
import { nameRefusal } from './refusals.ts';
import type { SecretNames } from './secret-names.ts';

/** What an account is exported from, and how. */
export interface AccountExportInput<Existing extends ExistingManifest> extends MatchInput<Existing>, MakerOptions {
  readonly manifests: readonly Existing[];
  /** What stands at the top of an application's manifest. */
  readonly notesOn: (id: ApplicationId) => readonly string[];
  readonly files: FileNames;
  readonly names: SecretNames;
  /** Of the same options, where manifests were made ahead. */
  readonly maker?: ManifestMaker;
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
  const { maker = new ManifestMaker(input), names, notesOn, files } = input;
  const matches = matchManifests(input).filter(({ application }) => maker.isWanted(application));
  const created: NewManifest[] = [];
  const existing: (Match<Existing> & { readonly kind: 'exists' })[] = [];
  const leftOut: LeftOut[] = [];
  const isTwin = twins(input);
  for (const match of matches.toSorted(inOrder)) {
    const { application } = match;
    const name = maker.nameOf(application);
    const refusal = nameRefusal(name, input);
    if (match.kind === 'exists') existing.push(match);
    else if (match.kind === 'unclear') leftOut.push({ application, reason: match.message });
    else if (refusal !== undefined) leftOut.push({ application, reason: refusal });
    else {
      const isPinned = input.withIds || isTwin(application.name);
      const manifest = maker.make(application, { isPinned, notes: notesOn(application.id), names });
      created.push({ ...manifest, file: files.give(name), application });
    }
  }
  return { created, existing, leftOut };
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
