/** When a process is killed. */
import { wholeFrom } from './torture-faults.ts';

/** When a process is killed; it may end before. */
export interface KillPlan {
  /** After so many requests of a kind have ended, or in the wait for a second look; 'start': after a while alone. */
  readonly after:
    | { readonly what: 'start' }
    | { readonly what: 'reads' | 'writes'; readonly count: number }
    | { readonly what: 'waiting' };
  /** Milliseconds after that. */
  readonly thenMs: number;
  /** Milliseconds after the start, whatever has happened by then. */
  readonly atLatestMs: number;
}

/** What is left to do, and how often it is still to be killed on the way. */
export interface Left {
  readonly writes: number;
  readonly kills: number;
}

/** So many of the last kills of the creates are meant for the wait for lost ones, and for what follows it. */
const lateKills = 5;

/** A moment to kill creates at: a while after the start, after some reads or POSTs, or in or after the wait for lost creates. */
export function drawKillOfCreates(random: () => number, left: Left): KillPlan {
  const thenMs = wholeFrom(random, 0, 400);
  if (left.writes > 0 && left.kills <= lateKills)
    return { after: { what: 'waiting' }, thenMs: thenMs * 10, atLatestMs: 30_000 };
  return drawKill(random, { ...left, kills: left.kills - lateKills });
}

/** A moment to kill at: a while after the start, after some reads, or after some writes, so that some are left for every kill. */
export function drawKill(random: () => number, { writes, kills }: Left): KillPlan {
  const number = random();
  const thenMs = wholeFrom(random, 0, 400);
  if (writes === 0 || number < 0.1)
    return { after: { what: 'start' }, thenMs, atLatestMs: wholeFrom(random, 50, 1_500) };
  if (number < 0.25) return { after: { what: 'reads', count: wholeFrom(random, 1, 14) }, thenMs, atLatestMs: 15_000 };
  const most = (2 * writes) / Math.max(1, kills);
  return { after: { what: 'writes', count: wholeFrom(random, 1, Math.max(2, most)) }, thenMs, atLatestMs: 15_000 };
}

/** A moment to kill a rotation at, which has three requests: before or after one of them. */
export function drawKillOfRotation(random: () => number): KillPlan {
  const number = random();
  const thenMs = wholeFrom(random, 0, 60);
  if (number < 0.2) return { after: { what: 'start' }, thenMs, atLatestMs: wholeFrom(random, 100, 1_000) };
  if (number < 0.6) return { after: { what: 'reads', count: wholeFrom(random, 1, 3) }, thenMs, atLatestMs: 15_000 };
  return { after: { what: 'writes', count: 1 }, thenMs, atLatestMs: 15_000 };
}
