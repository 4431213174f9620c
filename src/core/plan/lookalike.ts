import type { Application, ApplicationId } from '../application/application.ts';
import { foldName } from '../fold-name.ts';
import { groupBy } from '../group-by.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { formatPlace, type Place } from '../problem.ts';
import { conflict } from './decide.ts';
import type { AdoptChange, CreateChange, Skip } from './plan.ts';
import type { Orphan } from './prune.ts';

/** What a create or an adoption by name is compared with. */
export interface LookalikeContext {
  /** Owned applications that just lost their manifests: not those whose loss was recorded by an earlier pass. */
  readonly justLost: readonly Orphan[];
  /** Live applications by {@link foldName} of their names: to fold them all for each of many creates would take minutes. */
  readonly byFoldedName: ReadonlyMap<string, readonly Application[]>;
  /** All manifests, the broken ones whose names can be read included, in the same way. */
  readonly declared: ReadonlyMap<string, readonly DeclaredName[]>;
  /** Names that will be gone once this plan's renames are done. */
  readonly leaving: ReadonlySet<string>;
}

/** A manifest as far as its name goes. */
interface DeclaredName {
  readonly name: string;
  readonly place: Place;
}

/**
 * The conflict of a change that looks like an accident, unless a pin or `formerly: []` says what is meant: a rename without
 * `formerly` would delete the old application with its id, key and numbers; a new name that differs from an existing one, or from
 * that of another manifest, in case, white space or invisible characters only is most likely a slip.
 */
export function lookalikeOf(change: CreateChange | AdoptChange, context: LookalikeContext): Skip | undefined {
  const { manifest } = change;
  if (manifest.id !== undefined || manifest.formerly?.length === 0) return undefined;
  if (change.action === 'adopt') return renameOf(manifest, context.justLost);
  const isNew = change.replaces === undefined;
  const rename = isNew ? renameOf(manifest, context.justLost) : undefined;
  return rename ?? nearNameOf(manifest, context) ?? (isNew ? nearManifestOf(manifest, context) : undefined);
}

function renameOf(manifest: Manifest, justLost: readonly Orphan[]): Skip | undefined {
  const lost = justLost.find(
    ({ entry }) => (manifest.ownFile && entry.file === manifest.place.file) || entry.specHash === manifest.specHash,
  );
  if (lost === undefined) return undefined;
  const { name, id } = lost.entry;
  const message = `looks like a rename of "${name}": add "formerly: [${JSON.stringify(name)}]" to metadata to rename it, or "formerly: []" if it is a new application`;
  return conflict(manifest, message, [id]);
}

function nearNameOf(manifest: Manifest, { byFoldedName, leaving }: LookalikeContext): Skip | undefined {
  const near = alikeTo(manifest, byFoldedName).find(({ name }) => name !== manifest.name && !leaving.has(name));
  if (near === undefined) return undefined;
  const message = `its name differs from the existing "${near.name}" in ${howNear}: correct the name, pin "id: ${near.id}", or add "formerly: []" if it is a new application`;
  return conflict(manifest, message, [near.id]);
}

function nearManifestOf(manifest: Manifest, { declared }: LookalikeContext): Skip | undefined {
  const near = alikeTo(manifest, declared).find(({ name }) => name !== manifest.name);
  if (near === undefined) return undefined;
  const message = `its name differs from "${near.name}", which ${formatPlace(near.place)} declares, in ${howNear}: correct one of the names, or add "formerly: []" here if it is a new application`;
  return conflict(manifest, message);
}

function alikeTo<Named>({ name }: Manifest, byFolded: ReadonlyMap<string, readonly Named[]>): readonly Named[] {
  return byFolded.get(foldName(name)) ?? [];
}

const howNear = 'case, white space or invisible characters only';

/** The names that manifests declare, by what {@link foldName} makes of them. */
export function declaredNames({ manifests, broken }: DesiredState): LookalikeContext['declared'] {
  const names = [...manifests, ...broken].flatMap(({ name, place }) => (name === undefined ? [] : [{ name, place }]));
  return groupBy(names, ({ name }) => foldName(name));
}

/** Applications by what {@link foldName} makes of their names. */
export function byFoldedName(applications: readonly Application[]): LookalikeContext['byFoldedName'] {
  return groupBy(applications, ({ name }) => foldName(name));
}

/** Ids that stand in any conflict. */
export function disputedIds(skips: readonly Skip[]): ReadonlySet<ApplicationId> {
  return new Set(skips.flatMap(({ candidates }) => candidates ?? []));
}
