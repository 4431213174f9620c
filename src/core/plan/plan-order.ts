import type { ApplicationId } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import type { Change, Skip } from './plan.ts';
import type { PlanInput } from './plan-input.ts';

/** The plan must not depend on the order in which files are read or pages arrive. */
export function inInputOrder(input: PlanInput): PlanInput {
  const { desired, live, owned } = input;
  return {
    ...input,
    desired: { ...desired, manifests: desired.manifests.toSorted(compareNamed) },
    live: {
      ...live,
      applications: live.applications.toSorted(compareNamed),
      missing: new Set([...live.missing].toSorted(compareTexts)),
    },
    owned: {
      ...owned,
      entries: new Map([...owned.entries].toSorted(([one], [other]) => compareTexts(one, other))),
      intents: owned.intents.toSorted((one, other) => compareTexts(one.fingerprint, other.fingerprint)),
    },
  };
}

const phases: Readonly<Record<Change['action'], number>> = { adopt: 1, create: 2, update: 3, delete: 4 };

/** Renames first, so that the names they leave are free; deletes last. */
export function inOrder(changes: readonly Change[]): readonly Change[] {
  const phase = (change: Change) => (previousNames(change).length > 0 ? 0 : phases[change.action]);
  return changes.toSorted((one, other) => phase(one) - phase(other) || compareNamed(one, other));
}

/** The names a change takes from an application. */
export function previousNames(change: Change): readonly string[] {
  return 'previousName' in change && change.previousName !== undefined ? [change.previousName] : [];
}

/** By reason, then name. */
export function byReason(skips: readonly Skip[]): readonly Skip[] {
  return skips.toSorted((one, other) => compareTexts(one.reason, other.reason) || compareNamed(one, other));
}

interface Named {
  readonly name: string;
  readonly id?: ApplicationId;
}

function compareNamed(one: Named, other: Named): number {
  return compareTexts(one.name, other.name) || compareTexts(idOf(one), idOf(other));
}

function idOf({ id }: Named): string {
  return id ?? '';
}
