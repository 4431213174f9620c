import type { ExistingComment } from '../core/comments/comment-edits.ts';
import { type Json, parseJson } from '../core/json.ts';
import type { HttpResult, Send } from '../net/request.ts';
import { rateLimitWaitMs } from './rate-limit.ts';
import { reasonIn } from './response-text.ts';

/** The comments of one pull request. Whatever cannot be done is thrown as a {@link ForgeRefusal}. */
export interface ForgeComments {
  /** Login of whoever the token is for; undefined when the forge does not tell it. */
  author(signal: AbortSignal): Promise<string | undefined>;
  /** All of this author, oldest first. */
  list(author: string, signal: AbortSignal): Promise<readonly ExistingComment[]>;
  /** Who has written it, and where it can be read. */
  create(body: string, signal: AbortSignal): Promise<WrittenComment>;
  replace(id: number, body: string, signal: AbortSignal): Promise<WrittenComment>;
}

/** A comment as the forge took it. */
export interface WrittenComment {
  readonly author: string;
  /** Where it can be read, if the forge says so. */
  readonly url?: string;
}

/** What forges need. */
export interface ForgeOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly token: string;
  readonly send: Send;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Why a request to a forge came to nothing. `again`: another attempt may fare better. */
export type RefusalKind = 'again' | 'forbidden' | 'unauthorized' | 'not-found' | 'moved' | 'other';

/** A request to a forge that came to nothing. */
export class ForgeRefusal extends Error {
  readonly kind: RefusalKind;
  readonly url: string;
  /** How long the forge wants not to be asked, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(kind: RefusalKind, url: string, said: string, waitMs?: number) {
    super(said);
    this.kind = kind;
    this.url = url;
    this.waitMs = waitMs;
  }
}

/** Most that is read of a page, in bytes: fifty comments, each as long as it may be. */
export const largestPage = 64 * 1024 * 1024;

/** Most pages that are read. A pull request of GitHub has at most 2,500 comments. */
export const mostPages = 200;

/** Comments of a page. */
export const pageSize = 50;

/** One request to a forge, with a JSON body if there is one. @throws {ForgeRefusal} */
export async function askForge(
  { token, send, now }: ForgeOptions,
  request: {
    readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: object;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly json: Json | undefined; readonly headers: Readonly<Record<string, string | undefined>> }> {
  const { method, url, headers, body, signal } = request;
  const result = await send({
    method,
    url,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  if ('failure' in result) throw new ForgeRefusal('again', url, result.reason);
  if (result.status >= 200 && result.status < 300) return { json: parseJson(result.text), headers: result.headers };
  throw refusal(url, result, token, now());
}

function refusal(
  url: string,
  result: Extract<HttpResult, { status: number }>,
  token: string,
  now: number,
): ForgeRefusal {
  const { status, text } = result;
  const said = `${status} ${reasonIn(text, token) || 'no reason'}`;
  const waitMs = rateLimitWaitMs(result, now);
  if (waitMs !== undefined || status >= 500) return new ForgeRefusal('again', url, said, waitMs);
  if (status >= 300 && status < 400) return new ForgeRefusal('moved', url, said);
  const kinds: Readonly<Record<number, RefusalKind>> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found' };
  return new ForgeRefusal(kinds[status] ?? 'other', url, said);
}
