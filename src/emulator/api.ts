import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { Account, Outcome } from './account.ts';
import { hang, htmlReply, type Reply, reset, send, truncate } from './delivery.ts';
import type { FaultBook, Misfortune } from './faults.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Problem, problemDocument } from './problem.ts';
import type { TokenBucket } from './rate-limit.ts';
import type { RequestLog, RequestLogEntry } from './request-log.ts';
import type { Store } from './store.ts';
import type { Switches } from './switches.ts';

/** How a 429 says when to come back: not at all, in seconds, or as an HTTP date. */
export type RetryAfter = 'none' | 'seconds' | 'date';

/** What the API is made of. */
export interface ApiParts {
  readonly account: Account;
  readonly store: Store;
  readonly switches: Switches;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly bucket: TokenBucket | undefined;
  readonly retryAfter: RetryAfter;
  readonly latencyMs: number;
  /** What the Authorization header must decode to, `key:secret`. */
  readonly credentials: string;
  readonly now: () => number;
  /** Resolves when all changes so far are on disk. */
  readonly saved: () => Promise<void>;
}

type Fault = NonNullable<Misfortune['action']>;

/** Answer one request to the API, with whatever the fault rules have in store for it. */
export async function handleApi(parts: ApiParts, request: Request, env: HttpBindings): Promise<Response> {
  const target = new URL(request.url);
  const path = `${target.pathname}${target.search}`;
  const entry = parts.log.open(request.method, path, parts.now());
  const misfortune = parts.faults.draw(request.method, path);
  const { latencyMs, action } = misfortune;
  const struck = action ?? misfortune.staleList;
  if (struck !== undefined) entry.fault = struck.kind;
  const waitMs = latencyMs + parts.latencyMs;
  if (waitMs > 0) await delay(waitMs);
  const replaced = action === undefined ? undefined : faultReply(parts, action, routeOf(target.pathname)?.id);
  if (action?.kind === 'reset-before') return reset(env);
  if (replaced !== undefined && !isAfterCommit(action)) return sent(entry, replaced);
  const reply = await workedReply(parts, request, target, misfortune);
  entry.status = reply.status;
  switch (action?.kind) {
    case 'reset-after':
      return reset(env);
    case 'timeout-after':
      return hang(env);
    case 'truncate':
      return truncate(env, reply);
    default:
      return sent(entry, replaced ?? reply);
  }
}

function sent(entry: RequestLogEntry, reply: Reply): Response {
  entry.status = reply.status;
  return send(reply);
}

function isAfterCommit(action: Fault | undefined): boolean {
  return (action?.kind === 'status' || action?.kind === 'html') && action.afterCommit === true;
}

function faultReply(parts: ApiParts, action: Fault, id: string | undefined): Reply | undefined {
  if (action.kind === 'html') return htmlReply(action.status);
  if (action.kind !== 'status') return undefined;
  const reply = problemReply({ kind: 'status', status: action.status, ...(id ? { id } : {}) }, parts.switches);
  if (action.retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(action.retryAfter) } };
}

async function workedReply(parts: ApiParts, request: Request, target: URL, misfortune: Misfortune): Promise<Reply> {
  const route = routeOf(target.pathname);
  const refusal = refuse(parts, request, route);
  if (refusal !== undefined) return refusal;
  const id = route?.id;
  const { action: fault } = misfortune;
  if (fault?.kind === 'foreign-writer' && request.method === 'PUT' && id) parts.account.foreignPatch(id, fault.patch);
  const outcome = await perform(parts, request, target, id);
  if ('problem' in outcome) return problemReply(outcome.problem, parts.switches);
  interfere(parts, request.method, outcome, misfortune);
  if (request.method !== 'GET') {
    // A disk that refuses is the server's trouble, and the client must not take the change for done.
    const failed = await parts.saved().then(
      () => false,
      () => true,
    );
    if (failed) return problemReply({ kind: 'internal-error' }, parts.switches);
  }
  return outcome.status === 204 ? { status: 204, headers: {}, body: '' } : jsonReply(outcome.status, outcome.body);
}

/** What other writers and slow indexes do once the request has done its work. */
function interfere(
  parts: ApiParts,
  verb: string,
  outcome: Exclude<Outcome, { problem: Problem }>,
  { action: fault, staleList }: Misfortune,
): void {
  if (outcome.status === 204) return;
  const { id } = outcome;
  if (fault?.kind === 'foreign-writer' && verb === 'GET' && id !== undefined)
    parts.account.foreignPatch(id, fault.patch);
  if (staleList !== undefined && verb === 'POST' && id !== undefined) {
    const { ms, requests } = staleList;
    const until = ms === undefined ? Number.POSITIVE_INFINITY : parts.now() + ms;
    parts.store.shade(id, until, requests ?? (ms === undefined ? 3 : Number.POSITIVE_INFINITY));
  }
  if (fault?.kind === 'page-shift' && verb === 'GET' && id === undefined) {
    const embedded = outcome.body['_embedded'];
    parts.account.shiftPage(isObject(embedded) ? embedded['applications'] : undefined, fault);
  }
}

interface Route {
  readonly id: string | undefined;
  readonly verbs: readonly string[];
}

/** The collection, with or without a slash at the end, or one application. */
function routeOf(path: string): Route | undefined {
  const [matched, id] = /^\/v2\/applications(?:\/([^/]*))?$/.exec(path) ?? [];
  if (matched === undefined) return undefined;
  if (id === undefined || id === '') return { id: undefined, verbs: ['GET', 'POST'] };
  return { id: decoded(id), verbs: ['GET', 'PUT', 'DELETE'] };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not percent-encoded properly: no application has such an id
  }
}

/** The checks before an operation, in the server's order: credentials, rate, path, verb, Accept, Content-Type. */
function refuse(parts: ApiParts, request: Request, route: Route | undefined): Reply | undefined {
  const { headers, method } = request;
  const refusal = (problem: Problem) => problemReply(problem, parts.switches);
  if (!isAuthorized(headers.get('authorization'), parts.credentials)) return refusal({ kind: 'unauthorized' });
  const waitMs = parts.bucket?.take() ?? 0;
  if (waitMs > 0) return rateLimited(parts, waitMs);
  if (route === undefined) return refusal({ kind: 'unknown-path' });
  if (!route.verbs.includes(method)) return refusal({ kind: 'wrong-verb', verb: method });
  if (!acceptsJson(headers.get('accept'))) return refusal({ kind: 'accept-header' });
  const hasBody = method === 'POST' || method === 'PUT';
  if (hasBody && !/^application\/json\s*(;|$)/i.test(headers.get('content-type')?.trim() ?? '')) {
    return refusal({ kind: 'content-type-header' });
  }
  return undefined;
}

/** Basic authentication; the scheme's case does not matter. */
function isAuthorized(header: string | null, credentials: string): boolean {
  const [, encoded] = /^basic\s+(\S+)$/i.exec(header?.trim() ?? '') ?? [];
  return encoded !== undefined && Buffer.from(encoded, 'base64').toString('utf8') === credentials;
}

function acceptsJson(header: string | null): boolean {
  if (header === null || header.trim() === '') return true;
  return header.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !refused && ['*/*', 'application/*', 'application/json'].includes(type);
  });
}

function rateLimited(parts: ApiParts, waitMs: number): Reply {
  const reply = problemReply({ kind: 'rate-limit' }, parts.switches);
  const seconds = Math.ceil(waitMs / 1000);
  switch (parts.retryAfter) {
    case 'none':
      return reply;
    case 'seconds':
      return { ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } };
    case 'date': {
      const date = new Date(Math.ceil((parts.now() + waitMs) / 1000) * 1000).toUTCString();
      return { ...reply, headers: { ...reply.headers, 'retry-after': date } };
    }
  }
}

async function perform({ account }: ApiParts, request: Request, target: URL, id: string | undefined): Promise<Outcome> {
  if (request.method === 'GET') return id === undefined ? account.list(target.searchParams) : account.get(id);
  if (request.method === 'DELETE') return account.remove(id ?? '');
  const body = parseJson(await request.text());
  if (body === undefined) return { problem: { kind: 'invalid-json' } };
  return id === undefined ? account.create(body) : account.replace(id, body);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the one thing JSON.parse throws for
  }
}

function jsonReply(status: number, body: JsonObject): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function problemReply(problem: Problem, switches: Switches): Reply {
  const { status, body } = problemDocument(problem, switches);
  return { status, headers: { 'content-type': switches.errorContentType }, body: JSON.stringify(body) };
}
