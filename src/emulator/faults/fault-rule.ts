import { z } from 'zod';
import type { JsonObject } from '../json.ts';

const milliseconds = z.number().min(0);
const mebibytes = z.int().min(1).max(1_048_576);
const errorStatus = z.int().min(400).max(599);
/** 204 and 205 have no room for a page. */
const pageStatus = z.union([errorStatus, z.literal([200, 201, 202, 203, 206])]);

/** Which requests a rule concerns; absent conditions hold. `after`, `nth`, `times` count matching requests from 1. */
const faultMatchSchema = z.strictObject({
  /** HTTP verb, upper case. */
  verb: z
    .string()
    .regex(/^[A-Z]+$/)
    .exactOptional(),
  /** Regular expression over the path with its query. */
  path: z.string().refine(isRegex, 'must be a regular expression').exactOptional(),
  /** Only the nth matching request. */
  nth: z.int().min(1).exactOptional(),
  /** Only matching requests after the first so many. */
  after: z.int().min(0).exactOptional(),
  /** At most so many times. */
  times: z.int().min(1).exactOptional(),
  /** Chance, 0 to 1. */
  probability: z.number().min(0).max(1).exactOptional(),
});

/** What goes wrong. `afterCommit` answers with the fault although the request did its work. */
const faultActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: errorStatus,
    /** Seconds, or any text for the header as it is. */
    retryAfter: z.union([z.number(), z.string()]).exactOptional(),
    afterCommit: z.boolean().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('html'), status: pageStatus, afterCommit: z.boolean().exactOptional() }),
  /** One application is answered with the API's own 404, and nothing is done. */
  z.strictObject({ kind: z.literal('id-404') }),
  /** A 404 of something in between, and nothing is done. */
  z.strictObject({ kind: z.literal('gateway-404'), style: z.literal('spring').exactOptional() }),
  z.strictObject({ kind: z.literal('reset-before') }),
  z.strictObject({ kind: z.literal('reset-after') }),
  z.strictObject({ kind: z.literal('timeout-after') }),
  z.strictObject({ kind: z.literal('truncate') }),
  /** After a page of a list, another writer deletes `victim` (id or name; else the page's first) and creates one. */
  z.strictObject({ kind: z.literal('page-shift'), victim: z.string().exactOptional() }),
  /** A created application stays out of lists for so long, or for so many list requests; 3 requests if neither. */
  z.strictObject({
    kind: z.literal('stale-list'),
    ms: milliseconds.exactOptional(),
    requests: z.int().min(1).exactOptional(),
  }),
  /** Reads show an account without applications. */
  z.strictObject({ kind: z.literal('empty-account') }),
  /** Reads show the account as it was so long ago. */
  z.strictObject({ kind: z.literal('lag'), ms: milliseconds }),
  /** The response to a POST or PUT that did its work shows another application. */
  z.strictObject({ kind: z.literal('foreign-body') }),
  /** The response to a PUT that did its work shows the application as it was before. */
  z.strictObject({ kind: z.literal('stale-body') }),
  /** A PUT is answered as if done, and nothing is stored. */
  z.strictObject({ kind: z.literal('not-stored') }),
  /** The response to a POST that did its work shows no `keys`. */
  z.strictObject({ kind: z.literal('no-key') }),
  /** The response to a POST that did its work shows a public key that was not sent or stored. */
  z.strictObject({ kind: z.literal('other-key') }),
  /** Pages of a list claim that there are so many applications, text being sent as text; if absent, they do not say. */
  z.strictObject({ kind: z.literal('total'), items: z.union([z.number(), z.string()]).exactOptional() }),
  /** A page of a list shows only its first so many applications (none if absent); its totals do not say so. */
  z.strictObject({ kind: z.literal('short-page'), items: z.int().min(0).exactOptional() }),
  /** Every page of a list shows the applications of the first one; its totals do not say so. */
  z.strictObject({ kind: z.literal('repeat-page') }),
  /** The body is padded to so many MiB; 64 if absent. */
  z.strictObject({ kind: z.literal('huge'), mib: mebibytes.exactOptional() }),
  /** The body never ends. */
  z.strictObject({ kind: z.literal('endless') }),
  /** The body is small on the wire and inflates to so many MiB; 1024 if absent. */
  z.strictObject({ kind: z.literal('gzip-bomb'), mib: mebibytes.exactOptional() }),
  /** The body is nested so many levels deep; 6000 if absent. */
  z.strictObject({ kind: z.literal('deep'), levels: z.int().min(2).max(1_000_000).exactOptional() }),
  /** The Date header is off by so many ms, or missing if absent. */
  z.strictObject({ kind: z.literal('date'), offsetMs: z.int().exactOptional() }),
  /** Another writer changes the application just after a GET of it or just before a PUT; a JSON merge patch. */
  z.strictObject({
    kind: z.literal('foreign-writer'),
    patch: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('latency'), ms: milliseconds }),
]);

/** One fault: what goes wrong, and when. */
export const faultRuleSchema = z.strictObject({ match: faultMatchSchema.exactOptional(), action: faultActionSchema });

/** What goes wrong. */
export type FaultAction = Readonly<z.output<typeof faultActionSchema>>;

/** When it does. */
export type FaultMatch = Readonly<z.output<typeof faultMatchSchema>>;

/** One fault: what goes wrong, and when. */
export interface FaultRule {
  readonly match?: FaultMatch;
  readonly action: FaultAction;
}

/** The names of all faults. */
export const FAULT_KINDS: readonly FaultAction['kind'][] = faultActionSchema.options.map(
  (option) => option.shape.kind.value,
);

function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
