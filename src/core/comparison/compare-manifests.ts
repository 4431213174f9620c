import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { compareTexts } from '../compare.ts';
import type { JsonObject } from '../json.ts';
import type { BrokenManifest, DesiredState, Manifest } from '../manifest/manifest.ts';
import type { MemberChange } from '../plan/plan.ts';
import type { Place } from '../problem.ts';
import { asWritten, shownTexts } from '../redact/shown-members.ts';

/** How a manifest differs between two states of the files. */
export interface ManifestDifference {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly name: string;
  /** The name before, of one that was renamed with `formerly`. */
  readonly formerly?: string;
  /** Of one that was removed, where it stood. */
  readonly place: Place;
  /** As people may see them; of one that was added or removed, all fields. */
  readonly members: readonly MemberChange[];
}

/** A manifest that is invalid on one side, so that nothing can be said of it. */
export interface Incomparable extends BrokenManifest {
  readonly side: 'before' | 'after';
}

/** How the manifests of an account differ between two states of the files: nothing of the account itself is known. */
export interface Comparison {
  /** By name. */
  readonly differences: readonly ManifestDifference[];
  readonly equal: number;
  readonly incomparable: readonly Incomparable[];
}

type Side = Pick<DesiredState, 'manifests' | 'broken'>;

/** The state of now knows which values must not be shown. */
type Now = Side & Pick<DesiredState, 'hiddenValues'>;

/** Compares what manifests mean: order, comments, files and spelling make no difference. Placeholders are compared as they are written. */
export function compareManifests(before: Side, after: Now): Comparison {
  const { hiddenValues } = after;
  const incomparable = [
    ...before.broken.map((one) => ({ side: 'before' as const, ...one })),
    ...after.broken.map((one) => ({ side: 'after' as const, ...one })),
  ];
  const unknown = new Set(incomparable.flatMap(({ name }) => name ?? []));
  const known = ({ manifests }: Side) =>
    new Map(manifests.flatMap((one) => (unknown.has(one.name) ? [] : [[one.name, one]])));
  const [old, now] = [known(before), known(after)];
  const differences: ManifestDifference[] = [];
  let equal = 0;
  for (const manifest of now.values()) {
    const former = old.get(manifest.name) ?? renamed(manifest, old, now);
    if (former !== undefined) old.delete(former.name);
    const difference = differenceOf(former, manifest, hiddenValues);
    if (difference === undefined) equal += 1;
    else differences.push(difference);
  }
  for (const gone of old.values()) {
    differences.push({
      kind: 'removed',
      name: gone.name,
      place: gone.place,
      members: membersOf(gone, undefined, hiddenValues),
    });
  }
  differences.sort((one, other) => compareTexts(one.name, other.name));
  return { differences, equal, incomparable };
}

/** The manifest that this one says it was, where that is gone. */
function renamed(
  { formerly = [] }: Manifest,
  old: ReadonlyMap<string, Manifest>,
  now: ReadonlyMap<string, Manifest>,
): Manifest | undefined {
  const name = formerly.find((one) => old.has(one) && !now.has(one));
  return name === undefined ? undefined : old.get(name);
}

function differenceOf(
  before: Manifest | undefined,
  after: Manifest,
  hidden: Now['hiddenValues'],
): ManifestDifference | undefined {
  const { name, place } = after;
  const members = membersOf(before, after, hidden);
  if (before === undefined) return { kind: 'added', name, place, members };
  if (members.length === 0 && before.name === name) return undefined;
  const formerly = before.name === name ? {} : { formerly: before.name };
  return { kind: 'changed', name, ...formerly, place, members };
}

function membersOf(
  before: Manifest | undefined,
  after: Manifest | undefined,
  hidden: Now['hiddenValues'],
): readonly MemberChange[] {
  const { members } = diff(bodyOf(before), bodyOf(after));
  return shownTexts(members, hidden);
}

/** All that a manifest says. Its name is a field of it only where another manifest becomes this one. */
function bodyOf(manifest: Manifest | undefined): JsonObject {
  if (manifest === undefined) return {};
  const { concealed, concealedMetadata = new Map(), spec } = manifest;
  const metadata = asWritten(metadataOf(manifest), concealedMetadata);
  const kept = Object.keys(metadata).length === 0 ? {} : { metadata };
  return { ...canonical(asWritten(spec, concealed)), ...kept };
}

function metadataOf({ id, formerly, labels, deletionPolicy, reconcile, ignore }: Manifest): JsonObject {
  return {
    ...(id === undefined ? {} : { id }),
    ...(formerly === undefined ? {} : { formerly: [...formerly] }),
    ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    ...(reconcile === 'enabled' ? {} : { reconcile }),
    ...(ignore.length === 0 ? {} : { ignore: [...ignore] }),
  };
}
