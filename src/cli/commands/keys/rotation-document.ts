import type { AccountPorts } from '../../../app/open-account.ts';
import type { UndeliveredKey } from '../../../core/deliveries/undelivered-keys.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import type { Rotation } from '../../../reconcile/rotate-key.ts';

/** A finished rotation as JSON. */
export function rotationDocument({ keys }: AccountPorts, { id, name }: LedgerEntry, rotation: Rotation): object {
  const { fingerprint, path, previous, leftOut, undelivered } = rotation;
  return {
    application: name,
    applicationId: id,
    key: { fingerprint, path },
    ...(previous === undefined ? {} : { previous: { fingerprint: previous, path: keys.path(previous) } }),
    leftOut: [...leftOut],
    ...(undelivered.length === 0 ? {} : { undelivered: undelivered.map(undeliveredDocument) }),
  };
}

function undeliveredDocument({ target, failed }: UndeliveredKey): object {
  return { target, ...(failed === undefined ? {} : { reason: failed.reason }) };
}
