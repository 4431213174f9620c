import type { ApplicationId } from '../application/application.ts';
import { objectMember } from '../json.ts';
import type { AdoptChange, Change, UpdateChange } from '../plan/plan.ts';

/** The capabilities that phone numbers use an application by. */
const usedByNumbers = ['voice', 'messages'];

/**
 * The applications whose phone numbers a change would cut off: one that is deleted, one that is gone and is replaced under a new id, one
 * that loses its voice or messages capability.
 */
export function idsAtStake(change: Change): readonly ApplicationId[] {
  const replaced = 'replaces' in change && change.replaces !== undefined ? [change.replaces] : [];
  if (change.action === 'create') return replaced;
  return change.action === 'delete' || losesCapability(change) ? [...replaced, change.id] : replaced;
}

function losesCapability({ manifest, members }: AdoptChange | UpdateChange): boolean {
  const declared = objectMember(manifest.spec, 'capabilities');
  return usedByNumbers.some((capability) => {
    if (Object.hasOwn(declared, capability)) return false;
    const path = `/capabilities/${capability}`;
    return members.some((member) => {
      const isOfIt = member.path === path || member.path.startsWith(`${path}/`);
      return isOfIt && member.after === undefined;
    });
  });
}
