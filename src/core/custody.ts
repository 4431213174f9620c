import { objectMember } from './json.ts';
import { hasBegun, type Ledger } from './ledger/ledger.ts';
import type { Notice } from './notice.ts';
import type { Change } from './plan/plan.ts';
import { plural } from './plural.ts';

/**
 * Whether what a run writes to the state directory lasts. `unsafe`: nobody chose the directory and nobody is at a terminal, so that it
 * may vanish with the machine, or not be the one that is meant. `noted`: the same, but the run only plans.
 */
export type Custody = 'safe' | 'unsafe' | 'noted';

/** What custody is judged from. */
export interface CustodyFacts {
  /** Of private keys we generate. */
  readonly keyCustody: Custody;
  /** Of a ledger that is begun by adopting. */
  readonly adoptionCustody: Custody;
  readonly owned: Ledger;
}

/** Whether the change makes a key pair. */
export function bringsNoKey(change: Change): boolean {
  return change.action === 'create' && objectMember(change.manifest.spec, 'keys').public_key === undefined;
}

/** Whether the change would begin a ledger with an application that exists already: it may be in another ledger. */
export function beginsByAdopting(change: Change, { owned }: Pick<CustodyFacts, 'owned'>): boolean {
  return change.action === 'adopt' && !hasBegun(owned);
}

const remedy = 'set state in the configuration, VONAGE_GITOPS_STATE or --state';

/** Why a key pair is not made. */
export const keyCustodyMessage =
  'the new private keys would be written to a state directory that was not chosen, and may be lost with this machine: set state in the configuration, VONAGE_GITOPS_STATE, --state or keys.directory';

/** Why applications are not adopted. */
export function adoptionCustodyMessage(count: number): string {
  return `there is no ledger here yet, and the state directory was not chosen: ${plural(count, 'application')} may be in a ledger elsewhere. To adopt into a new one, ${remedy}`;
}

/** What a plan says of changes that the run which carries it out may block. */
export function custodyNotices(changes: readonly Change[], facts: CustodyFacts): readonly Notice[] {
  const creates = facts.keyCustody === 'noted' ? changes.filter(bringsNoKey).length : 0;
  const adoptions =
    facts.adoptionCustody === 'noted' ? changes.filter((change) => beginsByAdopting(change, facts)).length : 0;
  const parts = [
    ...(creates === 0 ? [] : [`${plural(creates, 'create')} (guard key-custody)`]),
    ...(adoptions === 0 ? [] : [`${plural(adoptions, 'adoption')} (guard adoption-custody)`]),
  ];
  if (parts.length === 0) return [];
  const message = `without a terminal, apply blocks ${parts.join(' and ')} here, because the state directory was not chosen: ${remedy}`;
  return [{ kind: 'custody', message }];
}
