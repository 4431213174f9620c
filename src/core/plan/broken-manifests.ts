import type { ApplicationId } from '../application/application.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { type Pairing, pairedId } from './pairing.ts';
import type { Skip } from './plan.ts';

/** What broken manifests hold: the applications they may mean are left alone until they are fixed. */
export class BrokenManifests {
  readonly #names: ReadonlySet<string>;
  /** Those of them that only manifests with readable pins have: they mean these ids and no others. */
  readonly #pinnedNames: ReadonlySet<string>;
  readonly #ids: ReadonlySet<ApplicationId>;

  constructor(desired: DesiredState, owned: Ledger) {
    const files = new Set([...desired.broken.map(({ place }) => place.file), ...emptied(desired, owned)]);
    this.#names = new Set(desired.broken.flatMap(({ name }) => name ?? []));
    const unpinned = new Set(desired.broken.flatMap(({ name, id }) => (id === undefined ? (name ?? []) : [])));
    this.#pinnedNames = new Set([...this.#names].filter((name) => !unpinned.has(name)));
    const named = new Set(desired.manifests.map(({ name }) => name));
    const pinned = new Set(desired.manifests.map(({ id }) => id));
    const mayBeMeant = (entry: LedgerEntry) => files.has(entry.file) && !named.has(entry.name) && !pinned.has(entry.id);
    // One that a healthy manifest pins is not meant by a broken one that pins another of its name.
    const isPinnedBeside = ({ id, name }: LedgerEntry) => pinned.has(id) && this.#pinnedNames.has(name);
    const entries = [...owned.entries.values()].filter(
      (entry) => (this.#names.has(entry.name) && !isPinnedBeside(entry)) || mayBeMeant(entry),
    );
    this.#ids = new Set([...desired.broken.flatMap(({ id }) => id ?? []), ...entries.map(({ id }) => id)]);
  }

  /** Whether a broken manifest may mean this application. */
  hasId(id: ApplicationId): boolean {
    return this.#ids.has(id);
  }

  /** The skip of a healthy manifest that would take what a broken one may mean; undefined when it is free. */
  skipOf(pairing: Pairing): Skip | undefined {
    const { manifest } = pairing;
    const id = pairedId(pairing);
    const isHeld = this.#takesName(manifest) || this.#takesHeldName(pairing) || (id !== undefined && this.hasId(id));
    return isHeld ? heldSkip(manifest, id) : undefined;
  }

  #takesName({ name, id }: Manifest): boolean {
    return this.#names.has(name) && !(id !== undefined && this.#pinnedNames.has(name));
  }

  /** An application nobody owns is known by its name only. */
  #takesHeldName(pairing: Pairing): boolean {
    return pairing.kind === 'found' && pairing.via !== 'id' && this.#names.has(pairing.application.name);
  }
}

/** Files the ledger knows that hold no document any more, in whole or in part: an editor's or a disk's accident looks like that. */
function emptied(desired: DesiredState, owned: Ledger): readonly string[] {
  const empty = new Set(desired.emptyFiles);
  return [...owned.entries.values()].map(({ file }) => file).filter((file) => empty.has(file));
}

/** Whether a file that was once a manifest is empty now: the desired state is not complete, then. */
function hasEmptiedFiles(desired: DesiredState, owned: Ledger): boolean {
  return desired.emptyFiles.length > 0 && emptied(desired, owned).length > 0;
}

/** Whether every manifest could be read and no file that held one is empty now. */
export function isComplete({ desired, owned }: { readonly desired: DesiredState; readonly owned: Ledger }): boolean {
  return desired.complete && !hasEmptiedFiles(desired, owned);
}

function heldSkip(manifest: Manifest, id: ApplicationId | undefined): Skip {
  const message = 'an invalid manifest may refer to the same application: fix it first';
  return { reason: 'held', name: manifest.name, ...(id === undefined ? {} : { id }), place: manifest.place, message };
}
