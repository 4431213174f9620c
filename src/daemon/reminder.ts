import type { Log } from '../reconcile/ports.ts';
import { describePause, isAnyPaused } from './pauses.ts';
import type { AccountStatus } from './status.ts';

/** How often a pause is mentioned again, in milliseconds: it is easily forgotten. */
const reminderMs = 3_600_000;

/** Says what is paused when it began or an hour has passed; answers with when it was last said, in milliseconds since 1970. */
export function remindOfPauses(log: Log, { pauses }: AccountStatus, last: number, now: number): number {
  if (!isAnyPaused(pauses)) return 0;
  if (now - last < reminderMs) return last;
  if (pauses.account !== undefined) log.warn({ pause: describePause(pauses.account) }, 'account is paused');
  for (const [application, pause] of Object.entries(pauses.applications)) {
    log.warn({ application, pause: describePause(pause) }, 'application is paused');
  }
  return now;
}
