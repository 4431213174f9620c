import { bringsNoKey } from '../guards/custody.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Notice } from '../plan/notice.ts';
import type { Change, Plan } from '../plan/plan.ts';
import type { KeyPlace } from './key-place.ts';
import { keyOfCreate, keysAfter, sharedFileMessage, sharedFiles } from './shared-files.ts';
import { type UndeliveredKey, undeliveredKeys } from './undelivered-keys.ts';

/** The plan, and what it says of private keys that are delivered: where those of creates will go, and which are not there yet. */
export function tellDeliveries(plan: Plan, owned: Ledger, places: readonly KeyPlace[]): Plan {
  if (places.length === 0) return plan;
  const changes = plan.changes.map((change) => withPlaces(change, places));
  const shared = sharedFiles(keysAfter(owned, []), places);
  const notices = undeliveredKeys(owned, places).map((key): Notice => {
    const file = shared.get(key.fingerprint);
    return {
      kind: 'key-delivery',
      name: key.name,
      message: file === undefined ? whyUndelivered(key) : sharedFileMessage(file),
    };
  });
  return { ...plan, changes, notices: [...plan.notices, ...distinct(notices)] };
}

function withPlaces(change: Change, places: readonly KeyPlace[]): Change {
  if (!bringsNoKey(change)) return change;
  const key = keyOfCreate(change);
  // Of a key that is not made yet nobody knows the fingerprint.
  const fingerprint = change.intent?.fingerprint ?? change.heldFingerprint ?? '{fingerprint}';
  return { ...change, keyTo: places.map((place) => place.fileFor({ ...key, fingerprint }) ?? place.name) };
}

/** Why a private key in use is not everywhere where it is used, and that it will be. */
export function whyUndelivered({ target, failed }: Pick<UndeliveredKey, 'target' | 'failed'>): string {
  return failed === undefined
    ? `its private key is still to be delivered to ${target}`
    : `its private key was not delivered to ${target}: ${failed.reason}. It is tried again by each run`;
}

function distinct(notices: readonly Notice[]): readonly Notice[] {
  return [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()];
}
