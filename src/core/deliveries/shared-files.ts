import { bringsNoKey } from '../guards/custody.ts';
import { hashJson } from '../hash.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Change, CreateChange } from '../plan/plan.ts';
import type { KeyFacts, KeyPlace } from './key-place.ts';

/** One file that the keys of two or more applications would be in. */
export interface SharedFile {
  readonly file: string;
  /** Of the applications, in order. */
  readonly names: readonly string[];
}

/**
 * The files that two or more of these applications would have their keys in, by fingerprint. To deliver one of them would take the key of
 * the other away.
 */
export function sharedFiles(keys: readonly KeyFacts[], places: readonly KeyPlace[]): ReadonlyMap<string, SharedFile> {
  const shared = new Map<string, SharedFile>();
  for (const place of places) {
    for (const [file, users] of usersOf(keys, place)) {
      if (users.length < 2) continue;
      const names = users.map(({ name }) => name).toSorted();
      for (const { fingerprint } of users) shared.set(fingerprint, { file, names });
    }
  }
  return shared;
}

function usersOf(keys: readonly KeyFacts[], place: KeyPlace): ReadonlyMap<string, readonly KeyFacts[]> {
  const users = new Map<string, readonly KeyFacts[]>();
  for (const key of keys) {
    const file = place.fileFor(key);
    // An id makes the file its own, also one that is not known yet.
    if (file !== undefined && !file.includes('{id}')) users.set(file, [...(users.get(file) ?? []), key]);
  }
  return users;
}

/** What two applications of one file have to do about it. */
export function sharedFileMessage({ file, names }: SharedFile): string {
  const apart = 'rename one of them, or name files by {id} (keys.deliver)';
  return `${names.map((name) => JSON.stringify(name)).join(' and ')} would have their private keys in one file, ${file}: ${apart}`;
}

/** The keys that are ours once these changes are made, as far as they are delivered by name: those in use, and those of creates. */
export function keysAfter(
  { entries, intents }: Pick<Ledger, 'entries' | 'intents'>,
  changes: readonly Change[],
): readonly KeyFacts[] {
  const replaced = new Set(changes.map((change) => ('replaces' in change ? change.replaces : undefined)));
  const renamed = new Map(changes.flatMap((change) => ('id' in change ? [[change.id, change.name] as const] : [])));
  const creates = changes.filter(bringsNoKey).map(keyOfCreate);
  const used = [...entries.values()].flatMap(
    ({ id, name, keyFingerprint, keyGenerated, missingAt }): readonly KeyFacts[] => {
      const isGone = replaced.has(id) || missingAt !== undefined;
      if (keyFingerprint === undefined || !keyGenerated || isGone) return [];
      return [{ id, name: renamed.get(id) ?? name, labels: {}, fingerprint: keyFingerprint }];
    },
  );
  const named = new Set(creates.map(({ name }) => name));
  const open = intents.flatMap(({ name, fingerprint, keyGenerated }): readonly KeyFacts[] =>
    name === undefined || !keyGenerated || named.has(name) ? [] : [{ name, labels: {}, fingerprint }],
  );
  return [...used, ...creates, ...open];
}

/** What is known of the key of a create before there is one: enough to tell it from others. */
export function keyOfCreate({ name, manifest, intent, heldFingerprint }: CreateChange): KeyFacts {
  const fingerprint =
    intent?.fingerprint ?? heldFingerprint ?? hashJson({ create: name, place: { ...manifest.place } });
  return { name, labels: manifest.labels, fingerprint };
}
