import { type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import { kindWords } from '../core/application/odd-field.ts';
import { isJsonObject, type Json, type JsonObject, objectMember, omitMembers } from '../core/json.ts';
import { z } from '../core/zod.ts';
import { pageSize } from '../reconcile/ports.ts';
import { respell, type TimeoutSpelling } from './spelling.ts';

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
  /** How many applications there are in all; undefined when the page does not say. */
  readonly total: number | undefined;
  /** How many pages there are, at least 1. */
  readonly pages: number;
  /** With fewer applications than that a page is the last one. */
  readonly size: number;
  readonly applications: readonly WireApplication[];
  readonly unreadable: readonly UnreadableItem[];
}

/** What stands in the place of an application and has no id or no name that can be read. */
export interface UnreadableItem {
  readonly id: ApplicationId | undefined;
  /** Its place on the page, from 1. */
  readonly position: number;
  /** Which field, and what it is instead: `"name" is null`. */
  readonly problem: string;
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

/**
 * The application a response holds; undefined when it is not one. Only id and name are relied on: what the API sends beyond them is
 * carried along, older applications hold out-of-range values.
 */
export function decodeApplication(json: Json | undefined): WireApplication | undefined {
  if (!isJsonObject(json)) return undefined;
  const { id: wireId, name } = json;
  const id = idOf(json);
  if (id === undefined || typeof wireId !== 'string' || typeof name !== 'string') return undefined;
  return { id, wireId, name, body: withoutForeignMembers(json) };
}

/** Why a response that should hold an application holds none, as a clause about the field at fault; undefined when it is no object. */
export function applicationProblem(json: Json | undefined): string | undefined {
  if (!isJsonObject(json) || json['id'] === undefined) return undefined;
  if (idOf(json) === undefined) return `"id" is ${isText(json['id']) ? 'not a UUID' : kindWords(json['id'])}`;
  return isText(json['name']) ? undefined : `"name" is ${kindWords(json['name'])}`;
}

/**
 * The page a response holds, with the applications on it that cannot be read; or a clause that names the field for which it is not
 * one, undefined when nothing of it looks like a page.
 */
export function decodePage(json: Json | undefined): WirePage | string | undefined {
  if (!isJsonObject(json) || !('_embedded' in json || 'total_items' in json)) return undefined;
  const items = objectMember(json, '_embedded')['applications'];
  if (!Array.isArray(items)) return `"_embedded.applications" is ${kindWords(items)} where a list is expected`;
  const { total_items: counted } = json;
  const total = countOf(counted);
  if (total === undefined && counted !== undefined && counted !== null)
    return `"total_items" is ${isText(counted) ? 'text' : kindWords(counted)} that is not a count`;
  return { total, ...pagesOf(json, total), ...decodeItems(items) };
}

function pagesOf(json: JsonObject, total: number | undefined): Pick<WirePage, 'pages' | 'size'> {
  const size = countOf(json['page_size']) || undefined;
  if (total === undefined) return { pages: 1, size: size ?? 1 }; // without a size only an empty page is sure to be the last
  const said = countOf(json['total_pages']) ?? 1;
  // Recorded responses exist whose total_pages is too small (vonage-php-sdk fixtures); one that is too large costs requests only.
  const pages = Math.max(1, Math.ceil(total / (size ?? pageSize)), Math.min(said, total));
  return { pages, size: size ?? pageSize };
}

function decodeItems(items: readonly Json[]): Pick<WirePage, 'applications' | 'unreadable'> {
  const applications: WireApplication[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const [index, item] of items.entries()) {
    const application = decodeApplication(item);
    if (application !== undefined) applications.push(application);
    else unreadable.push({ id: idOf(item), position: index + 1, problem: itemProblem(item) });
  }
  return { applications, unreadable };
}

function itemProblem(item: Json): string {
  return applicationProblem(item) ?? (isJsonObject(item) ? '"id" is missing' : `it is ${kindWords(item)}`);
}

function idOf(json: Json): ApplicationId | undefined {
  const id = isJsonObject(json) ? json['id'] : undefined;
  return typeof id === 'string' ? parseApplicationId(id) : undefined;
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string';
}

/** A whole number, 0 or more, or its digits as text. */
function countOf(value: Json | undefined): number | undefined {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
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
