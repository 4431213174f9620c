/**
 * Milliseconds since a stamp, by a clock that may have been set. A stamp in the future counts as made now: the clock was set back
 * since, and whatever waits for it waits its whole time once more, but no longer.
 */
export function elapsedSince(stamp: number, now: number): number {
  return Math.max(0, now - stamp);
}
