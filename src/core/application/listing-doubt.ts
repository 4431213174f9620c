import { plural } from '../plural.ts';
import type { LiveState, UnreadableApplication } from './application.ts';

/** Why nothing may be deleted by a listing that is complete otherwise. */
export const uncountedDoubt = 'the API did not say how many applications there are ("total_items")';

/** Why nothing may be concluded from a listing whose pages disagree. */
export const changedDoubt = 'the listing changed while it was read';

/** How many unreadable applications a sentence names. */
const mostNamed = 3;

/** Why a listing may miss applications, as a clause; undefined when it is complete. */
export function listingDoubt({
  stable,
  unreadable = [],
}: Pick<LiveState, 'stable' | 'unreadable'>): string | undefined {
  if (unreadable.length > 0) return `the listing shows ${unreadableWords(unreadable)}`;
  return stable ? undefined : changedDoubt;
}

/** Why an application may be missing in a listing, and what to do; for deletes it must have been counted, too. Undefined when none can be. */
export function listingMisses(live: LiveState): string | undefined {
  const doubt = listingDoubt(live);
  const remedy = live.unreadable === undefined ? 'run plan again' : 'correct it in the dashboard';
  if (doubt !== undefined) return `${doubt}, so an application may be missing in it: ${remedy}`;
  return live.uncounted === true
    ? `${uncountedDoubt}, so one may be missing in the listing: run plan again`
    : undefined;
}

function unreadableWords(unreadable: readonly UnreadableApplication[]): string {
  const named = unreadable.slice(0, mostNamed).map(({ where, problem }) => `${where}: ${problem}`);
  const more = unreadable.length > mostNamed ? `; and ${unreadable.length - mostNamed} more` : '';
  const count = unreadable.length === 1 ? 'an application' : plural(unreadable.length, 'application');
  return `${count} that cannot be read (${named.join('; ')}${more})`;
}
