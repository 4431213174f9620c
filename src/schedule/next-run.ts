import { type ClockChange, clockChanges, type ZoneOffset } from './clock-changes.ts';
import type { CronTimes } from './cron-times.ts';

const dayMs = 86_400_000;

/** A span of time and the clock that decides in it; its end is not part of it. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/**
 * The first run after that time, both in milliseconds since 1970; undefined when there is none in 40 years.
 *
 * Where clocks are set ahead, the times they skip are kept by the clock before the change: 02:30 is half an hour after the change.
 * Where they are set back, times that come twice are kept the first time only, unless that would make the next run later than one
 * interval: an expression for every hour, or one that runs more often than the clock is set back, goes on both times.
 */
export function nextRun(times: CronTimes, offset: ZoneOffset, after: number): number | undefined {
  let found = after;
  for (;;) {
    const known = found + dayMs;
    // No change of clocks is by more than a day: an earlier one has no effect any more.
    const next = firstIn(
      spansOf(times, clockChanges(offset, after - dayMs, known), offset(after - dayMs)),
      times,
      after,
    );
    if (next === undefined || next <= known) return next;
    found = next;
  }
}

function firstIn(spans: readonly Span[], times: CronTimes, after: number): number | undefined {
  const runs = spans.flatMap(({ from, to, offset }) => {
    const local = to <= after ? undefined : times.next(Math.max(after, from - 1) + offset);
    return local === undefined || local - offset >= to ? [] : [local - offset];
  });
  return runs.length === 0 ? undefined : Math.min(...runs);
}

/** Which clock decides when; spans overlap where the times that a change skips are still kept. */
function spansOf(times: CronTimes, changes: readonly ClockChange[], first: number): readonly Span[] {
  const spans: Span[] = [];
  let span: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, offset: first };
  for (const change of changes) {
    const { at, after } = change;
    const shift = Math.abs(change.after - change.before);
    const isSetAhead = change.after > change.before;
    spans.push({ ...span, to: isSetAhead ? at + shift : at });
    span = {
      from: isSetAhead || keepsBoth(times, change) ? at : at + shift,
      to: Number.POSITIVE_INFINITY,
      offset: after,
    };
  }
  return [...spans, span];
}

/** Whether times that come twice are kept twice: the run after them would else be later than one interval. */
function keepsBoth(times: CronTimes, { at, before, after }: ClockChange): boolean {
  const endOfFirst = at + before;
  const next = times.next(endOfFirst - 1);
  const last = next === undefined ? undefined : times.next(next - (before - after));
  return times.everyHour || (last !== undefined && last < endOfFirst);
}
