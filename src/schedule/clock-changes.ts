const dayMs = 86_400_000;

/** How far clocks in a time zone are ahead of UTC at that time, in milliseconds; the time is in milliseconds since 1970. */
export type ZoneOffset = (at: number) => number;

/** A moment at which the clocks of a zone are changed, as in spring and autumn; all in milliseconds. */
export interface ClockChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** Of a name in the IANA time zone database, such as Europe/Vienna. @throws {RangeError} for an unknown zone */
export function zoneOffset(timezone: string): ZoneOffset {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const whole = Math.floor(at / 1000) * 1000;
    const parts = new Map(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - whole;
  };
}

/** The changes after the first time and up to the second. No zone changes its clocks twice in a day. */
export function clockChanges(offset: ZoneOffset, from: number, to: number): readonly ClockChange[] {
  const changes: ClockChange[] = [];
  let before = offset(from);
  for (let day = from; day < to; day += dayMs) {
    const after = offset(day + dayMs);
    if (after !== before) changes.push({ at: momentOf(offset, day, before), before, after });
    before = after;
  }
  return changes;
}

/** Between that time and a day later, the first moment at which the offset is another. */
function momentOf(offset: ZoneOffset, from: number, before: number): number {
  let [same, other] = [Math.floor(from / 1000), Math.ceil((from + dayMs) / 1000)];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offset(middle * 1000) === before) same = middle;
    else other = middle;
  }
  return other * 1000;
}
