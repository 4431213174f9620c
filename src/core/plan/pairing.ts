import type { Application, ApplicationId, LiveState } from '../application/application.ts';
import { groupBy } from '../group-by.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Absences } from './absence.ts';
import type { Policy } from './policy.ts';

/** Which application a manifest means, and how we know. */
export type Pairing =
  | {
      readonly kind: 'owned';
      readonly manifest: Manifest;
      readonly application: Application;
      readonly entry: LedgerEntry;
    }
  | {
      readonly kind: 'found';
      readonly manifest: Manifest;
      readonly application: Application;
      readonly via: FoundVia;
      /** The manifest's entry, whose application is gone: this one has its name. */
      readonly missingEntry?: LedgerEntry;
    }
  /** The ledger owns it and the listing does not show it: no action is taken yet. */
  | { readonly kind: 'missing'; readonly manifest: Manifest; readonly entry: LedgerEntry }
  /** None: it is to be created. `lost` is the entry whose application is gone. */
  | { readonly kind: 'none'; readonly manifest: Manifest; readonly missingEntry?: LedgerEntry }
  | Conflict;

/** An application we did not own, found by the manifest's pin, by its name, or by an earlier name. */
export type FoundVia = 'id' | 'name' | 'formerly';

/** A manifest that could mean several applications, or one that another manifest means too. */
interface Conflict {
  readonly kind: 'conflict';
  readonly manifest: Manifest;
  readonly message: string;
  readonly candidates: readonly ApplicationId[];
  /** The manifest's entry, whose application is gone: it stays until the conflict is solved. */
  readonly missingEntry?: LedgerEntry;
}

/** What pairing looks at. */
export interface PairingInput {
  readonly manifests: readonly Manifest[];
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly policy: Policy;
  /** What is known of owned applications that are not live. */
  readonly absences: Absences;
}

/**
 * Every manifest with its application. Claims are resolved for all manifests together, in tiers:
 *
 * | tier | the manifest's                    | finds                                   | several       |
 * |------|-----------------------------------|-----------------------------------------|---------------|
 * | 1    | pinned `id`                       | that application, invisible below       | conflict      |
 * | 2    | name                              | the ledger's entry of that name         | conflict      |
 * | 3    | `formerly`, without a hit in 2    | the ledger's entry of an earlier name   | conflict      |
 * | 4    | name                              | the one live application of that name   | conflict      |
 * | 5    | `formerly`, without a hit in 2    | the one live application of such a name | conflict      |
 *
 * An entry whose application is not listed stands still until it is surely gone; then tier 4 is tried, and tier 5 is not: the manifest's
 * earlier names are spent. Tiers 4 and 5 see only applications that no entry with a manifest owns. Two claims on one id make both manifests conflicts.
 */
export function pairManifests(input: PairingInput): readonly Pairing[] {
  const tiers = new Tiers(input);
  const recorded = input.manifests.map((manifest) => tiers.recorded(manifest));
  const taken = new Set(recorded.flatMap((pairing) => claimedIds(pairing)));
  const all = recorded.map((pairing) => (pairing.kind === 'none' ? tiers.byName(pairing, taken) : pairing));
  return refuseDoubleClaims(all);
}

/** The id a pairing stands on, if it does. */
export function pairedId(pairing: Pairing): ApplicationId | undefined {
  return pairing.kind === 'owned' || pairing.kind === 'found' ? pairing.application.id : undefined;
}

/** The entries a pairing speaks for: that of its application, of the one that is missing or gone, and what the manifest pins. */
export function meantIds(pairing: Pairing): readonly ApplicationId[] {
  switch (pairing.kind) {
    case 'owned':
    case 'missing':
      return [pairing.entry.id];
    case 'found':
      return [pairing.application.id];
    case 'none':
      return pairing.missingEntry === undefined ? [] : [pairing.missingEntry.id];
    case 'conflict':
      return [pairing.manifest.id, pairing.missingEntry?.id].flatMap((id) => id ?? []);
  }
}

function claimedIds(pairing: Pairing): readonly ApplicationId[] {
  const id = pairedId(pairing);
  if (id !== undefined) return [id];
  return pairing.kind === 'conflict' ? pairing.candidates : [];
}

/** The tiers of the table above, over indexes that are built once. */
class Tiers {
  readonly #policy: Policy;
  readonly #live: ReadonlyMap<ApplicationId, Application>;
  readonly #absences: Absences;
  readonly #missing: ReadonlySet<ApplicationId>;
  readonly #owned: Ledger;
  readonly #pinned: ReadonlySet<ApplicationId>;
  readonly #liveByName: ReadonlyMap<string, readonly Application[]>;
  readonly #entriesByName: ReadonlyMap<string, readonly LedgerEntry[]>;

  constructor({ manifests, live, owned, policy, absences }: PairingInput) {
    this.#policy = policy;
    this.#owned = owned;
    this.#absences = absences;
    this.#missing = live.missing;
    this.#live = new Map(live.applications.map((application) => [application.id, application]));
    this.#pinned = new Set(manifests.flatMap((manifest) => manifest.id ?? []));
    this.#liveByName = groupBy(live.applications, (application) => application.name);
    const visible = [...owned.entries.values()].filter((entry) => !this.#pinned.has(entry.id));
    this.#entriesByName = groupBy(visible, (entry) => entry.name);
  }

  /** Tiers 1 to 3: what the manifest pins, or the ledger knows. */
  recorded(manifest: Manifest): Pairing {
    if (manifest.id !== undefined) return this.#byPin(manifest, manifest.id);
    const own = this.#entriesByName.get(manifest.name) ?? [];
    const earlier = (manifest.formerly ?? []).flatMap((name) => this.#entriesByName.get(name) ?? []);
    const [first, ...others] = own.length > 0 ? own : earlier;
    return first === undefined ? { kind: 'none', manifest } : this.#byEntries(manifest, [first, ...others]);
  }

  #byPin(manifest: Manifest, id: ApplicationId): Pairing {
    const application = this.#live.get(id);
    if (application !== undefined) return this.#pair(manifest, application, 'id');
    const entry = this.#owned.entries.get(id);
    if (entry !== undefined && this.#absences.get(id) !== 'gone') return { kind: 'missing', manifest, entry };
    const message =
      entry === undefined && !this.#missing.has(id)
        ? `metadata.id pins ${id}, which is not listed, and the API did not confirm that it does not exist, or was not asked because too many are missing: run plan again`
        : `metadata.id pins ${id}, and no such application exists in this account: correct the id, or remove it to create a new application`;
    return { kind: 'conflict', manifest, message, candidates: [] };
  }

  /** An entry whose application is gone still spends the manifest's earlier names, and its own name is looked up live. */
  #byEntries(manifest: Manifest, entries: readonly [LedgerEntry, ...LedgerEntry[]]): Pairing {
    const present = entries.flatMap((entry) => {
      const application = this.#live.get(entry.id);
      return application === undefined ? [] : [{ kind: 'owned', manifest, application, entry } as const];
    });
    const [owned, ...others] = present;
    if (others.length > 0)
      return severalMatches(
        manifest,
        'the ledger owns',
        present.map(({ entry }) => entry),
      );
    if (owned !== undefined) return owned;
    const missing = entries.find(({ id }) => this.#absences.get(id) !== 'gone');
    return missing === undefined
      ? { kind: 'none', manifest, missingEntry: entries[0] }
      : { kind: 'missing', manifest, entry: missing };
  }

  /** Tiers 4 and 5: what is live under the manifest's name, or under an earlier one. */
  byName(pairing: Pairing & { kind: 'none' }, taken: ReadonlySet<ApplicationId>): Pairing {
    const { manifest } = pairing;
    const free = (name: string) =>
      (this.#liveByName.get(name) ?? []).filter(({ id }) => !taken.has(id) && !this.#pinned.has(id));
    const sameName = this.#adoptable(manifest, free(manifest.name), 'name');
    const { missingEntry } = pairing;
    const isOpen = sameName?.kind === 'found' || sameName?.kind === 'conflict';
    if (isOpen && missingEntry !== undefined) return { ...sameName, missingEntry };
    if (sameName !== undefined) return sameName;
    if (missingEntry !== undefined) return pairing;
    return this.#adoptable(manifest, (manifest.formerly ?? []).flatMap(free), 'formerly') ?? pairing;
  }

  #adoptable(manifest: Manifest, candidates: readonly Application[], via: FoundVia): Pairing | undefined {
    const [application, ...others] = candidates;
    if (application === undefined) return undefined;
    if (others.length > 0) return severalMatches(manifest, 'the account has', candidates);
    if (this.#policy.adoption === 'by-name' || this.#owned.entries.has(application.id)) {
      return this.#pair(manifest, application, via);
    }
    const message = `an application named "${application.name}" exists and adoption is explicit: to adopt it, add "id: ${application.id}" to metadata`;
    return { kind: 'conflict', manifest, message, candidates: [application.id] };
  }

  #pair(manifest: Manifest, application: Application, via: FoundVia): Pairing {
    const entry = this.#owned.entries.get(application.id);
    if (entry !== undefined) return { kind: 'owned', manifest, application, entry };
    return { kind: 'found', manifest, application, via };
  }
}

function severalMatches(
  manifest: Manifest,
  who: string,
  candidates: readonly { readonly id: ApplicationId; readonly name: string }[],
): Conflict {
  const message = `${who} ${candidates.length} applications this manifest could refer to: choose one by adding its "id:" to metadata`;
  return { kind: 'conflict', manifest, message, candidates: candidates.map(({ id }) => id).sort() };
}

/** Two manifests that claim one id are both conflicts, in whatever tiers; a pin alone never collides with lower tiers. */
function refuseDoubleClaims(pairings: readonly Pairing[]): readonly Pairing[] {
  const claims = new Map<ApplicationId, readonly Manifest[]>();
  for (const pairing of pairings) {
    const id = pairedId(pairing);
    if (id !== undefined) claims.set(id, [...(claims.get(id) ?? []), pairing.manifest]);
  }
  return pairings.map((pairing) => {
    const id = pairedId(pairing);
    const claimants = id === undefined ? undefined : claims.get(id);
    const rivals = claimants?.filter((manifest) => manifest !== pairing.manifest) ?? [];
    if (id === undefined || rivals.length === 0) return pairing;
    const names = rivals.map(({ name }) => `"${name}"`).sort();
    const message = `${names.join(' and ')} ${rivals.length === 1 ? 'refers' : 'refer'} to the same application: add "id: ${id}" to the metadata of the intended one`;
    const missingEntry =
      pairing.kind === 'found' && pairing.missingEntry !== undefined ? { missingEntry: pairing.missingEntry } : {};
    return { kind: 'conflict', manifest: pairing.manifest, message, candidates: [id], ...missingEntry };
  });
}
