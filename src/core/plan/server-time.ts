import type { LiveState } from '../application/application.ts';

/** A difference between two clocks that is worth a warning, in milliseconds. */
const worryingSkewMs = 5 * 60 * 1000;

/**
 * The time by which deletes leave the budget of 24 hours: the earlier of this machine's clock and the API's, so that a clock set ahead
 * does not free it. In milliseconds since 1970; this machine's when the API told no time.
 */
export function budgetTime({ serverTime }: { readonly serverTime?: number | undefined }, now: number): number {
  return Math.min(now, serverTime ?? now);
}

/** How this machine's clock and the API's differ, with the remedy; undefined when they agree to 5 minutes, or the API told no time. */
export function clockSkew({ serverTime }: Pick<LiveState, 'serverTime'>, now: number): string | undefined {
  if (serverTime === undefined || Math.abs(now - serverTime) <= worryingSkewMs) return undefined;
  const [here, there] = [now, serverTime].map((time) => new Date(time).toISOString());
  return `this machine's clock says ${here}, the API says ${there}: synchronize this machine's clock with NTP; meanwhile deletes are counted by the earlier of the two`;
}
