import { groupBy } from '../group-by.ts';
import { hashJson } from '../hash.ts';
import type { Json } from '../json.ts';
import type { Change, MemberChange } from '../plan/plan.ts';

/** Changes that are shown together. */
export type ChangeGroup =
  | { readonly kind: 'one'; readonly change: Change }
  /** Different applications, in which the same fields change from the same values to the same values, for the same reason. */
  | { readonly kind: 'alike'; readonly first: Change; readonly changes: readonly Change[] };

/** From so many on, equal changes are shown as one. */
const fewestAlike = 3;

/** Changes with those that are equal but for their applications together, in the order of the first of each group. A delete stands alone. */
export function changeGroups(changes: readonly Change[]): readonly ChangeGroup[] {
  const groups = groupBy(changes, (change) => likenessOf(change));
  return [...groups.values()].flatMap((changes): readonly ChangeGroup[] => {
    const ones = changes.map((change) => ({ kind: 'one', change }) as const);
    return ones.length < fewestAlike
      ? ones
      : ones.slice(0, 1).map(({ change: first }) => ({ kind: 'alike', first, changes }));
  });
}

/** Whether an adoption writes nothing: the application is as its manifest says. */
export function isQuietAdoption(change: Change): boolean {
  return change.action === 'adopt' && change.members.length === 0 && change.replaces === undefined;
}

/** The fields that changes of one group share: of new applications all but their names. */
export function sharedMembers({ action, members }: Change): readonly MemberChange[] {
  return action === 'create' ? members.filter(({ path }) => path !== '/name') : members;
}

/** Equal for changes that may be shown together. What says more of one application than its fields is not. */
function likenessOf(change: Change): string {
  const { action, name, reason } = change;
  const own = action === 'delete' || ('replaces' in change && change.replaces !== undefined) || losses(change) > 0;
  if (own) return `${action} ${'id' in change ? change.id : name}`;
  const members = sharedMembers(change).map(
    ({ path, before, after }): Json => [path, before === undefined ? [] : [before], after === undefined ? [] : [after]],
  );
  return `${action} ${hashJson([reason, members])}`;
}

function losses(change: Change): number {
  return change.action === 'adopt' ? change.losses.length : 0;
}
