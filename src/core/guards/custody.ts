import { objectMember } from '../json.ts';
import { hasBegun, type Ledger } from '../ledger/ledger.ts';
import type { Notice } from '../plan/notice.ts';
import type { Change, CreateChange, Plan } from '../plan/plan.ts';
import { plural } from '../plural.ts';

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

/** Whether the change creates an application whose manifest brings no public key: a key pair is made for it. */
export function bringsNoKey(change: Change): change is CreateChange {
  return change.action === 'create' && objectMember(change.manifest.spec, 'keys').public_key === undefined;
}

/**
 * The applications that would be adopted into a new ledger: they may be in another one. Those that this run leaves alone count as well,
 * for whatever goes ahead beside them would begin the ledger, and the next run would adopt them unasked.
 */
export function firstAdoptions(
  { changes, skips }: Pick<Plan, 'changes' | 'skips'>,
  { owned }: Pick<CustodyFacts, 'owned'>,
): readonly Change[] {
  if (hasBegun(owned)) return [];
  return [...changes, ...skips.flatMap(({ change }) => change ?? [])].filter(({ action }) => action === 'adopt');
}

const remedy = 'set state in the configuration, VONAGE_GITOPS_STATE or --state';

/** Why a key pair is not made. */
export const keyCustodyMessage = `the new private keys would be written to a state directory that was not chosen, and may be lost with this machine: ${remedy}, or an absolute keys.directory`;

/** Why nothing is created or adopted while a new ledger would be begun by adopting; undefined where it would not be. */
export function adoptionCustodyMessage(plan: Plan, facts: CustodyFacts): string | undefined {
  const adoptions = firstAdoptions(plan, facts).length;
  if (adoptions === 0) return undefined;
  return `there is no ledger here yet, and the state directory was not chosen: ${plural(adoptions, 'application')} may be in a ledger elsewhere. To adopt into a new one, ${remedy}`;
}

/** What a plan says of changes that the run which carries it out may block. */
export function custodyNotices(plan: Plan, facts: CustodyFacts): readonly Notice[] {
  const keyless: readonly Change[] = facts.keyCustody === 'noted' ? plan.changes.filter(bringsNoKey) : [];
  const begins = facts.adoptionCustody === 'noted' && firstAdoptions(plan, facts).length > 0;
  const rest = begins ? plan.changes.filter((change) => !keyless.includes(change)) : [];
  const parts = [
    ...(keyless.length === 0 ? [] : [`${plural(keyless.length, 'create')} (guard key-custody)`]),
    ...(rest.length === 0 ? [] : [`${createsAndAdoptions(rest)} (guard adoption-custody)`]),
  ];
  if (parts.length === 0) return [];
  const message = `without a terminal, apply blocks ${parts.join(' and ')} here, because the state directory was not chosen: ${remedy}`;
  return [{ kind: 'custody', message }];
}

/** Nothing else is planned where there is no ledger. */
function createsAndAdoptions(changes: readonly Change[]): string {
  const creates = changes.filter(({ action }) => action === 'create').length;
  const adoptions = changes.length - creates;
  const words = [
    ...(creates === 0 ? [] : [plural(creates, 'create')]),
    ...(adoptions === 0 ? [] : [plural(adoptions, 'adoption')]),
  ];
  return words.join(' and ');
}
