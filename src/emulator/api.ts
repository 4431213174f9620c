import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { ApiParts } from './api-parts.ts';
import type { Outcome } from './applications/account.ts';
import { distorted } from './applications/distortion.ts';
import type { Problem } from './applications/problem.ts';
import { refuse } from './applications/refusal.ts';
import { routeOf } from './applications/route.ts';
import { viewOf } from './applications/view.ts';
import { hang, reset, send, setClock, truncate } from './faults/delivery.ts';
import type { Misfortune } from './faults/faults.ts';
import { deepened, sendOversize, withBody } from './faults/oversize.ts';
import { gatewayNotFound, htmlReply, jsonReply, problemReply, type Reply } from './faults/reply.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { RequestLogEntry } from './request-log.ts';

type Fault = NonNullable<Misfortune['action']>;

/** Answer one request to the API, with whatever the fault rules have in store for it. */
export async function handleApi(parts: ApiParts, request: Request, env: HttpBindings): Promise<Response> {
  const target = new URL(request.url);
  const path = `${target.pathname}${target.search}`;
  const entry = parts.log.open(request.method, path, parts.now());
  const misfortune = parts.faults.draw(request.method, path);
  const { latencyMs, action, date } = misfortune;
  const struck = action ?? misfortune.staleList ?? date;
  if (struck !== undefined) entry.fault = struck.kind;
  const waitMs = latencyMs + parts.latencyMs;
  if (waitMs > 0) await delay(waitMs);
  if (date !== undefined) setClock(env, date.offsetMs, parts.now());
  const replaced = action === undefined ? undefined : faultReply(parts, action, target.pathname);
  if (action?.kind === 'reset-before') return reset(env);
  if (replaced !== undefined && !isAfterCommit(action)) return sent(entry, replaced);
  const reply = await workedReply(parts, request, target, misfortune);
  return deliver(env, entry, replaced ?? reply, action);
}

/** Send the response of a request that did its work, or what a fault makes of it. */
async function deliver(
  env: HttpBindings,
  entry: RequestLogEntry,
  reply: Reply,
  action: Fault | undefined,
): Promise<Response> {
  entry.status = reply.status;
  switch (action?.kind) {
    case 'reset-after':
      return reset(env);
    case 'timeout-after':
      return hang(env);
    case 'truncate':
      return truncate(env, reply);
    case 'deep':
      return sent(entry, deepened(withBody(reply), action.levels));
    case 'huge':
    case 'endless':
    case 'gzip-bomb': {
      const whole = withBody(reply);
      entry.status = whole.status;
      return sendOversize(env, whole, action);
    }
    default:
      return send(reply);
  }
}

function sent(entry: RequestLogEntry, reply: Reply): Response {
  entry.status = reply.status;
  return send(reply);
}

function isAfterCommit(action: Fault | undefined): boolean {
  return (action?.kind === 'status' || action?.kind === 'html') && action.afterCommit === true;
}

function faultReply(parts: ApiParts, action: Fault, path: string): Reply | undefined {
  if (action.kind === 'html') return htmlReply(action.status);
  if (action.kind === 'gateway-404') return gatewayNotFound(action.style, path, parts.now());
  if (action.kind !== 'status') return undefined;
  const id = routeOf(path)?.id;
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
  if (fault?.kind === 'id-404' && id) return problemReply({ kind: 'not-found', id }, parts.switches);
  const before = bodyBefore(parts, request, id);
  const outcome = await perform(parts, request, target, fault);
  if ('problem' in outcome) return problemReply(outcome.problem, parts.switches);
  interfere(parts, request.method, outcome, misfortune);
  // A disk that refuses is the server's trouble, and the client must not take the change for done.
  if (request.method !== 'GET' && !(await isSaved(parts)))
    return problemReply({ kind: 'internal-error' }, parts.switches);
  if (outcome.status === 204) return { status: 204, headers: {}, body: '' };
  const truth = { body: outcome.body, id: outcome.id, before };
  return jsonReply(outcome.status, await distorted(truth, fault, parts));
}

function isSaved(parts: ApiParts): Promise<boolean> {
  return parts.saved().then(
    () => true,
    () => false,
  );
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
  if (staleList !== undefined && verb === 'POST' && id !== undefined) shade(parts, id, staleList);
  if (fault?.kind === 'page-shift' && verb === 'GET' && id === undefined) {
    const embedded = outcome.body['_embedded'];
    parts.account.shiftPage(isObject(embedded) ? embedded['applications'] : undefined, fault);
  }
}

function shade(parts: ApiParts, id: string, { ms, requests }: NonNullable<Misfortune['staleList']>): void {
  const until = ms === undefined ? Number.POSITIVE_INFINITY : parts.now() + ms;
  parts.store.shade(id, until, requests ?? (ms === undefined ? 3 : Number.POSITIVE_INFINITY));
}

async function perform(parts: ApiParts, request: Request, target: URL, fault: Fault | undefined): Promise<Outcome> {
  const { account } = parts;
  const id = routeOf(target.pathname)?.id;
  if (request.method === 'GET') {
    const view = viewOf(parts, fault, target.searchParams);
    return id === undefined ? account.list(target.searchParams, view) : account.get(id, view);
  }
  if (request.method === 'DELETE') return account.remove(id ?? '');
  const body = parseJson(await request.text());
  if (body === undefined) return { problem: { kind: 'invalid-json' } };
  if (id === undefined) return account.create(body);
  return account.replace(id, body, fault?.kind === 'not-stored' ? 'not-stored' : 'stored');
}

/** What a PUT is about to replace. */
function bodyBefore({ account, store }: ApiParts, { method }: Request, id: string | undefined): JsonObject | undefined {
  if (method !== 'PUT' || id === undefined) return undefined;
  const outcome = account.get(id, store);
  return 'body' in outcome ? outcome.body : undefined;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the one thing JSON.parse throws for
  }
}
