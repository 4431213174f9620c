import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { ApiParts } from './api-parts.ts';
import { applicationsApi } from './applications/applications-api.ts';
import { hang, reset, send, setClock, truncate } from './faults/delivery.ts';
import type { Misfortune } from './faults/faults.ts';
import { deepened, sendOversize, withBody } from './faults/oversize.ts';
import { gatewayNotFound, htmlReply, type Reply } from './faults/reply.ts';
import { numbersApi } from './numbers/numbers-api.ts';
import { numbersRouteOf } from './numbers/numbers-route.ts';
import type { RequestLogEntry } from './request-log.ts';
import type { ServedApi } from './served-api.ts';

type Fault = NonNullable<Misfortune['action']>;

/** Answer one request to one of the APIs, with whatever the fault rules have in store for it. */
export async function handleApi(parts: ApiParts, request: Request, env: HttpBindings): Promise<Response> {
  const target = new URL(request.url);
  const api = numbersRouteOf(target.pathname) === undefined ? applicationsApi : numbersApi;
  const path = `${target.pathname}${target.search}`;
  const entry = parts.log.open(request.method, path, parts.now());
  const misfortune = parts.faults.draw(request.method, path);
  const { latencyMs, action, date } = misfortune;
  const struck = action ?? misfortune.staleList ?? date;
  if (struck !== undefined) entry.fault = struck.kind;
  const waitMs = latencyMs + parts.latencyMs;
  if (waitMs > 0) await delay(waitMs);
  if (date !== undefined) setClock(env, date.offsetMs, parts.now());
  const replaced = action === undefined ? undefined : faultReply(parts, action, api, target.pathname);
  if (action?.kind === 'reset-before') return reset(env);
  if (replaced !== undefined && !isAfterCommit(action)) return sent(entry, replaced);
  const reply = await api.answer(parts, request, target, misfortune);
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

function faultReply(parts: ApiParts, action: Fault, api: ServedApi, path: string): Reply | undefined {
  if (action.kind === 'html') return htmlReply(action.status);
  if (action.kind === 'gateway-404') return gatewayNotFound(action.style, path, parts.now());
  if (action.kind !== 'status') return undefined;
  const reply = api.errorReply(parts, action.status, path);
  if (action.retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(action.retryAfter) } };
}
