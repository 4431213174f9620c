import { z } from 'zod';

/**
 * Behaviors of the API that public material leaves open or contradicts, each with the better attested one as default.
 * Sources: docs/api-notes.md, Vonage OpenAPI 2.4.1, fixtures of Vonage's SDKs.
 */
export const switchesSchema = z.strictObject({
  /** Members nobody documented: refused with 400 (vonage-dotnet-sdk issue 625), dropped, or kept and echoed. */
  unknownMembers: z.enum(['reject', 'drop', 'keep']).default('reject'),
  /** Members of older documents only: `payment_enabled`, `payments`, `rtc.leg_persistence_time`, `bulk`. */
  legacyMembers: z.enum(['accept', 'reject']).default('accept'),
  /** Host of the `type` links in errors. */
  errorHost: z.enum(['developer.nexmo.com', 'developer.vonage.com']).default('developer.nexmo.com'),
  /** Content type of errors. */
  errorContentType: z.enum(['application/json', 'application/problem+json']).default('application/json'),
  /** Fill `signed_callbacks`, `conversations_ttl` (hours) and `leg_persistence_time` (days). */
  voiceDefaults: z.boolean().default(true),
  /** The `leg_persistence_time` filled in, days: recorded answers show 7, the OpenAPI document says 2. */
  legPersistenceTime: z.int().min(1).max(31).default(7),
  /** Fill `connect_timeout` and `socket_timeout` (ms) of voice webhooks. */
  timeoutDefaults: z.boolean().default(true),
  /** Echo `{"address": "", "http_method": "GET"}` for a fallback webhook nobody set, as in 2021. */
  emptyFallback: z.boolean().default(false),
  /** Fill `messages.version` v1 and `verify.version` v2. */
  versionDefaults: z.boolean().default(true),
  /** `privacy.improve_ai` of a create that does not say: recorded false, documented true. */
  improveAi: z.boolean().default(false),
  /** A `keys.private_key` in a PUT, which the OpenAPI document lists: refused as an unknown member, or ignored. */
  privateKeyInPut: z.enum(['reject', 'ignore']).default('reject'),
  /** What a PUT without keys does to the public key. */
  keysOmitted: z.enum(['kept', 'dropped']).default('kept'),
  /** Applications on a page when the client does not say. */
  pageSizeDefault: z.int().min(1).max(1000).default(10),
  /** Largest `page_size`; beyond it 400. */
  pageSizeMax: z.int().min(1).max(1000).default(100),
  /** `total_pages` of an empty account. */
  emptyTotalPages: z.int().min(0).max(1).default(1),
  /** Numbers outside their documented range: refused, or taken as they are. */
  ranges: z.enum(['reject', 'accept']).default('reject'),
  /** An `id` in a create: used as the new application's id, or ignored. */
  idInPost: z.enum(['honored', 'ignored']).default('honored'),
  /** Status answered to `"capabilities": []`. */
  capabilitiesArray: z.union([z.literal(400), z.literal(500)]).default(400),
  /** Video members the server adds by itself: on, added but refused when sent back, or off. */
  videoExtras: z.enum(['on', 'readonly', 'off']).default('on'),
  /** List items carry `keys.public_key` (recorded); off is the shape of the OpenAPI document. */
  listKeys: z.boolean().default(true),
  /** Accept only public keys that really parse (SPKI, RSA); off accepts anything shaped like a PEM public key. */
  strictKeys: z.boolean().default(false),
  /** HTTP's status of the Numbers API's error 420. */
  numbersErrorStatus: z.union([z.literal(420), z.literal(200)]).default(420),
});

/** Every switch with its value. */
export type Switches = Readonly<z.output<typeof switchesSchema>>;

/** The switches with the given ones turned. @throws {z.ZodError} for an unknown switch or value */
export function resolveSwitches(given: Partial<Switches> | undefined): Switches {
  return switchesSchema.parse(given ?? {});
}
