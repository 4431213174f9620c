import type { AccountPorts } from '../../../app/open-account.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import type { Rotation } from '../../../reconcile/rotate-key.ts';

/** A finished rotation as JSON. */
export function rotationDocument({ keys }: AccountPorts, { id, name }: LedgerEntry, rotation: Rotation): object {
  const { fingerprint, path, previous, leftOut } = rotation;
  return {
    application: name,
    applicationId: id,
    key: { fingerprint, path },
    ...(previous === undefined ? {} : { previous: { fingerprint: previous, path: keys.path(previous) } }),
    leftOut: [...leftOut],
  };
}
