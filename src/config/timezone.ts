import { didYouMean } from '../core/mistakes/suggest.ts';
import { z } from '../core/zod.ts';

/** A name in the IANA time zone database. */
export const timezone = z
  .string()
  .superRefine((name, context) => {
    if (isTimezone(name)) return;
    const near = didYouMean(name, Intl.supportedValuesOf('timeZone'));
    context.addIssue({ code: 'custom', message: `expected an IANA time zone, such as Europe/Vienna${near}` });
  })
  .describe('Time zone of schedule: a name in the IANA time zone database. Default: UTC');

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
