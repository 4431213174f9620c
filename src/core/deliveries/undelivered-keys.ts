import type { ApplicationId } from '../application/application.ts';
import type { Delivery } from '../ledger/deliveries.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { KeyPlace } from './key-place.ts';

/** A private key in use that a target does not have, or of which it does not know that it is in use. */
export interface UndeliveredKey {
  readonly id: ApplicationId;
  readonly name: string;
  readonly fingerprint: string;
  readonly target: string;
  /** Why the last attempt failed; absent while there was none. */
  readonly failed?: { readonly at: number; readonly reason: string };
}

/** Key pairs of ours that are in use and not delivered to each place under the present name, in the order of the ledger. */
export function undeliveredKeys(
  { entries, deliveries }: Pick<Ledger, 'entries' | 'deliveries'>,
  places: readonly KeyPlace[],
): readonly UndeliveredKey[] {
  if (places.length === 0) return [];
  const known = new Map(deliveries.map((one) => [keyOf(one), one]));
  return [...entries.values()].flatMap((entry) => {
    const { id, name, keyFingerprint: fingerprint } = entry;
    if (fingerprint === undefined || !isDelivered(entry)) return [];
    return places.flatMap(({ name: target }): readonly UndeliveredKey[] => {
      const delivery = known.get(keyOf({ fingerprint, target }));
      if (delivery !== undefined && isActiveFor(delivery, { id, name })) return [];
      const { failed } = delivery ?? {};
      return [{ id, name, fingerprint, target, ...(failed === undefined ? {} : { failed }) }];
    });
  });
}

/** Whether the target knows of this application, by this name, that the key is in use. */
export function isActiveFor(
  delivery: Delivery,
  { id, name }: { readonly id?: ApplicationId | undefined; readonly name: string },
): boolean {
  return delivery.phase === 'active' && delivery.id === id && delivery.name === name;
}

/** An application that is gone has no use for its key until it is created again, and then it is delivered anew. */
function isDelivered({ keyGenerated, missingAt }: LedgerEntry): boolean {
  return keyGenerated && missingAt === undefined;
}

function keyOf({ fingerprint, target }: Pick<Delivery, 'fingerprint' | 'target'>): string {
  return `${fingerprint} ${target}`;
}
