import type { Application, ApplicationId } from '../application/application.ts';
import { groupBy } from '../group-by.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { BrokenManifest, Manifest } from '../manifest/manifest.ts';
import { formatPlace } from '../problem.ts';

/** A manifest that is there already, as far as it can be read. */
export type ExistingManifest = BrokenManifest & Partial<Pick<Manifest, 'formerly'>>;

/** Whether a live application has a manifest: it needs a new one, has one, or it cannot be told. */
export type Match<Existing extends ExistingManifest> = { readonly application: Application } & (
  | { readonly kind: 'new' }
  | { readonly kind: 'exists'; readonly manifest: Existing }
  | { readonly kind: 'unclear'; readonly message: string }
);

/** What manifests are looked for among. */
export interface MatchInput<Existing extends ExistingManifest> {
  readonly applications: readonly Application[];
  readonly manifests: readonly Existing[];
  readonly owned: Ledger;
}

/**
 * The manifest of each application: the one that pins it, else the one whose name the ledger has for it, else the one of its name. Where a
 * manifest without a pin could mean several applications, none of them gets another one: the two would contradict each other.
 */
export function matchManifests<Existing extends ExistingManifest>(
  input: MatchInput<Existing>,
): readonly Match<Existing>[] {
  const { applications, manifests } = input;
  const pinned = new Map(manifests.flatMap((manifest) => (manifest.id === undefined ? [] : [[manifest.id, manifest]])));
  const open = manifests.filter(({ id }) => id === undefined);
  const openNames = new Map(open.map((manifest) => [manifest.name, manifest]));
  const claims = claimsOf(open, pinned, input);
  return applications.map((application): Match<Existing> => {
    const { id, name } = application;
    const own = pinned.get(id);
    if (own !== undefined) return { kind: 'exists', application, manifest: own };
    const claim = claims.get(id);
    if (claim?.count === 1) return { kind: 'exists', application, manifest: claim.manifest };
    const other = claim?.manifest ?? openNames.get(name);
    if (other === undefined) return { kind: 'new', application };
    const means = claim === undefined ? 'has its name and means another one' : `could mean ${claim.count} of them`;
    const message = `the manifest at ${formatPlace(other.place)} ${means}: add the "id:" of the one it means to its metadata`;
    return { kind: 'unclear', application, message };
  });
}

interface Claim<Existing> {
  readonly manifest: Existing;
  /** How many applications the manifest could mean. */
  readonly count: number;
}

/** What manifests without a pin mean: by the ledger first, then by live names among what is left. */
function claimsOf<Existing extends ExistingManifest>(
  open: readonly Existing[],
  pinned: ReadonlyMap<ApplicationId, Existing>,
  { applications, owned }: MatchInput<Existing>,
): ReadonlyMap<ApplicationId, Claim<Existing>> {
  const free = applications.filter(({ id }) => !pinned.has(id));
  const freeIds = new Set(free.map(({ id }) => id));
  const entries = [...owned.entries.values()].filter(({ id }) => freeIds.has(id));
  const byLedger = groupBy(entries, ({ name }) => name);
  const claims = new Map<ApplicationId, Claim<Existing>>();
  const unmet = open.filter((manifest) => !claim(manifest, byLedger, claims));
  const byName = groupBy(
    free.filter(({ id }) => !claims.has(id)),
    ({ name }) => name,
  );
  for (const manifest of unmet) claim(manifest, byName, claims);
  return claims;
}

function claim<Existing extends ExistingManifest>(
  manifest: Existing,
  known: ReadonlyMap<string, readonly Pick<Application, 'id'>[]>,
  claims: Map<ApplicationId, Claim<Existing>>,
): boolean {
  const { name, formerly = [] } = manifest;
  const own = name === undefined ? [] : (known.get(name) ?? []);
  const meant = own.length > 0 ? own : formerly.flatMap((former) => known.get(former) ?? []);
  for (const { id } of meant) claims.set(id, { manifest, count: meant.length });
  return meant.length > 0;
}
