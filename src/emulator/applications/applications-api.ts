import type { ApiParts } from '../api-parts.ts';
import type { Misfortune } from '../faults/faults.ts';
import { jsonReply, type Reply } from '../faults/reply.ts';
import { isSaved } from '../is-saved.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { ServedApi } from '../served-api.ts';
import type { Outcome } from './account.ts';
import { distorted } from './distortion.ts';
import type { Problem } from './problem.ts';
import { problemReply } from './problem-reply.ts';
import { refuse } from './refusal.ts';
import { routeOf } from './route.ts';
import { viewOf } from './view.ts';

type Fault = NonNullable<Misfortune['action']>;

/** The Application API v2; it answers for every path that no other API has. */
export const applicationsApi: ServedApi = { answer, errorReply };

async function answer(parts: ApiParts, request: Request, target: URL, misfortune: Misfortune): Promise<Reply> {
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

function errorReply({ switches }: ApiParts, status: number, path: string): Reply {
  const id = routeOf(path)?.id;
  return problemReply({ kind: 'status', status, ...(id ? { id } : {}) }, switches);
}
