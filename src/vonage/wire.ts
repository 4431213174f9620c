import { type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import { isJsonObject, type Json, type JsonObject, omitMembers } from '../core/json.ts';
import { z } from '../core/zod.ts';
import { pageSize } from '../reconcile/ports.ts';
import { respell, type TimeoutSpelling } from './spelling.ts';

/** Only what we rely on: what the API sends beyond it is carried along, older applications hold out-of-range values. */
const wireApplication = z.looseObject({ id: z.string(), name: z.string() });

const wirePage = z.looseObject({
  total_items: z.int().min(0),
  total_pages: z.int().min(0).optional(),
  page_size: z.int().min(1).optional(),
  _embedded: z.looseObject({ applications: z.array(z.unknown()) }),
});

const wireProblem = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  invalid_parameters: z
    .array(z.looseObject({ name: z.string().optional(), reason: z.string().optional() }))
    .optional()
    .catch(undefined),
});

/** What is looked at of an explanation, in characters; what people are shown is cut shorter, once secrets are out of it. */
const maxTextLength = 20_000;
const maxInvalidParameters = 50;

/** An application as it came: `body` still spelt the API's way. */
export interface WireApplication {
  readonly id: ApplicationId;
  /** The API's own spelling of the id, 32 digits or dashed. */
  readonly wireId: string;
  readonly name: string;
  /** Without `id`, `_links` and the private key. */
  readonly body: JsonObject;
}

/** One page of a listing. */
export interface WirePage {
  readonly total: number;
  /** How many pages there are, at least 1. */
  readonly pages: number;
  readonly applications: readonly WireApplication[];
}

/** What the API says about a request it did not carry out. */
export interface WireProblem {
  readonly title: string;
  readonly detail: string;
  /** `name: reason` each, the first fifty. */
  readonly invalidParameters: readonly string[];
  /** Where the kind of error is documented; undefined when the response has no such field. */
  readonly type: string | undefined;
  /** Whether the response has the API's own error format, not merely JSON of something in between. */
  readonly genuine: boolean;
}

/** The application a response holds; undefined when it is not one. */
export function decodeApplication(json: Json | undefined): WireApplication | undefined {
  const parsed = wireApplication.safeParse(json);
  const id = parsed.success ? parseApplicationId(parsed.data.id) : undefined;
  if (!parsed.success || id === undefined || !isJsonObject(json)) return undefined;
  return { id, wireId: parsed.data.id, name: parsed.data.name, body: withoutForeignMembers(json) };
}

/** The page a response holds; undefined when it, or any application on it, is not one. */
export function decodePage(json: Json | undefined): WirePage | undefined {
  const parsed = wirePage.safeParse(json);
  if (!parsed.success) return undefined;
  const items = parsed.data._embedded.applications.map((item) => decodeApplication(item as Json));
  const applications = items.filter((item) => item !== undefined);
  if (applications.length < items.length) return undefined;
  const { total_items: total, total_pages: said = 1, page_size: size = pageSize } = parsed.data;
  // Recorded responses exist whose total_pages is too small (vonage-php-sdk fixtures); one that is too large costs requests only.
  const pages = Math.max(1, Math.ceil(total / size), Math.min(said, total));
  return { total, pages, applications };
}

/** What an error response says; members it lacks are empty. */
export function decodeProblem(json: Json | undefined): WireProblem {
  const parsed = wireProblem.safeParse(json);
  if (!parsed.success) return { title: '', detail: '', invalidParameters: [], type: undefined, genuine: false };
  const { type, title = '', detail = '', invalid_parameters: invalid = [] } = parsed.data;
  return {
    title: title.slice(0, maxTextLength),
    detail: detail.slice(0, maxTextLength),
    invalidParameters: invalid
      .slice(0, maxInvalidParameters)
      .map(({ name = '?', reason = 'invalid' }) => `${name}: ${reason}`.slice(0, maxTextLength)),
    type,
    genuine: type !== undefined || title !== '',
  };
}

/**
 * The member a refusal calls unknown, or undefined. The one place where a detail is parsed: the API gives this refusal no code and
 * no `invalid_parameters` (recorded in vonage-dotnet-sdk issue 625).
 */
export function unknownMember(detail: string): string | undefined {
  return /^\s*["'`]?([^\s"'`]+)["'`]?\s+is not a known json property\b/i.exec(detail)?.[1];
}

/** The request body of a desired body: what the API alone decides is left out, connection timeouts are spelt its way. */
export function encodeBody(body: JsonObject, spelling: TimeoutSpelling): JsonObject {
  return respell(withoutForeignMembers(body), spelling);
}

function withoutForeignMembers(body: JsonObject): JsonObject {
  const own = omitMembers(body, ['id', '_links']);
  const keys = Object.hasOwn(own, 'keys') ? own['keys'] : undefined;
  return isJsonObject(keys) ? { ...own, keys: omitMembers(keys, ['private_key']) } : own;
}
