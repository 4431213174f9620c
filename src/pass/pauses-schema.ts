import { z } from '../core/zod.ts';
import type { Pause } from './pauses.ts';

/** The last moment that a date can be, in milliseconds since 1970: what lies beyond was not meant as milliseconds. */
const lastMoment = 8.64e15;
const moment = z.number().min(-lastMoment).max(lastMoment);

const pause = z.strictObject({ reason: z.string(), since: moment, until: moment.optional() });

/** As pairs, because an application may be named `__proto__`, which records leave out. */
const byName = z
  .preprocess((value) => (isObject(value) ? Object.entries(value) : undefined), z.array(z.tuple([z.string(), pause])))
  .transform((pairs): Record<string, Pause> => Object.fromEntries(pairs));

/** What the PAUSE file of an account holds. A module of its own: it is loaded only where there is such a file. */
export const pausesSchema = z.strictObject({
  account: pause.optional(),
  applications: byName.default({}),
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
