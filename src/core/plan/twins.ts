import type { Application, ApplicationId, LiveState } from '../application/application.ts';
import { foldName } from '../fold-name.ts';
import { groupBy } from '../group-by.ts';
import { liveFingerprint } from '../ledger/intents.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Notice } from './notice.ts';
import type { Pairing } from './pairing.ts';

/** What twins are looked for in. Only keys that the applications show are compared. */
export interface TwinInput {
  readonly live: LiveState;
  readonly owned: Ledger;
  readonly pairings: readonly Pairing[];
}

/**
 * Applications that look like doubles of managed ones: a create may have taken effect twice, or an application that seemed gone may
 * have come back. Nothing is done about them, because only a person can tell which one is in use.
 *
 * (a) We do not own it, and it shows the current public key of an entry or of an open create whose pair is ours.
 * (b) We do not own it, and it has the name, as people read names, of a manifest that is paired with another application.
 */
export function twinNotices(input: TwinInput): readonly Notice[] {
  const byKey = keyTwins(input);
  const known = new Set(byKey.map(({ ids }) => ids?.at(-1)));
  return [...byKey, ...nameTwins(input).filter(({ ids }) => !known.has(ids?.at(-1)))];
}

/** Whose a key of ours is. An open create has no application yet. */
interface KeyHolder {
  readonly name: string;
  readonly id?: ApplicationId;
}

function keyTwins({ live, owned }: TwinInput): readonly Notice[] {
  const holders = keyHolders(owned);
  const released = new Set(owned.retired.flatMap(({ reason, id }) => (reason === 'released' ? (id ?? []) : [])));
  return foreign({ live, owned }).flatMap((application): readonly Notice[] => {
    const fingerprint = liveFingerprint(application);
    const holder = fingerprint === undefined ? undefined : holders.get(fingerprint);
    if (holder === undefined || released.has(application.id)) return [];
    const whose = holder.id === undefined ? 'of the undecided create' : `of ${holder.id}`;
    const message = `twin: ${application.id} "${application.name}" shows the public key ${whose} as well. Find out which one is in use and delete the other one manually; rotate-key or release also ends this notice`;
    return [
      {
        kind: 'twin',
        name: holder.name,
        message,
        ids: [...(holder.id === undefined ? [] : [holder.id]), application.id],
      },
    ];
  });
}

/** Current keys whose pairs are ours; not retired ones, which may live on elsewhere. */
function keyHolders({ entries, intents }: Ledger): ReadonlyMap<string, KeyHolder> {
  const ofIntents = intents
    .filter(({ keyGenerated, postedAt }) => keyGenerated && postedAt !== undefined)
    .map(({ fingerprint, name = '' }) => [fingerprint, { name }] as const);
  const ofEntries = [...entries.values()].flatMap(({ id, name, keyGenerated, keyFingerprint }) =>
    keyGenerated && keyFingerprint !== undefined ? [[keyFingerprint, { id, name }] as const] : [],
  );
  return new Map<string, KeyHolder>([...ofIntents, ...ofEntries]);
}

function nameTwins({ live, owned, pairings }: TwinInput): readonly Notice[] {
  const unowned = groupBy(foreign({ live, owned }), ({ name }) => foldName(name));
  if (unowned.size === 0) return [];
  return pairings.flatMap((pairing): readonly Notice[] => {
    if (pairing.kind !== 'owned') return [];
    const { manifest, entry, application } = pairing;
    if (manifest.id !== undefined || manifest.formerly?.length === 0) return [];
    const twins = (unowned.get(foldName(manifest.name)) ?? []).filter(({ id }) => !entry.namesakes?.includes(id));
    return twins.map(({ id, name }) => {
      const message = `twin: ${id} "${name}" has the same name, and the manifest refers to ${application.id}. Delete the one that is not in use manually, or add "id: ${application.id}" to metadata`;
      return { kind: 'twin', name: manifest.name, message, ids: [application.id, id] };
    });
  });
}

function foreign({ live, owned }: Pick<TwinInput, 'live' | 'owned'>): readonly Application[] {
  return live.applications.filter(({ id }) => !owned.entries.has(id));
}
