import type { ApiParts } from '../api-parts.ts';
import type { Reply } from '../faults/reply.ts';
import { isAuthorized } from '../is-authorized.ts';
import type { Problem } from './problem.ts';
import { problemReply } from './problem-reply.ts';
import type { Route } from './route.ts';

/** The checks before an operation, in the server's order: credentials, rate, path, verb, Accept, Content-Type. */
export function refuse(parts: ApiParts, request: Request, route: Route | undefined): Reply | undefined {
  const { headers, method } = request;
  const refusal = (problem: Problem) => problemReply(problem, parts.switches);
  if (!isAuthorized(headers.get('authorization'), parts.credentials)) return refusal({ kind: 'unauthorized' });
  const waitMs = parts.bucket?.take() ?? 0;
  if (waitMs > 0) return rateLimited(parts, waitMs);
  if (route === undefined) return refusal({ kind: 'unknown-path' });
  if (!route.verbs.includes(method)) return refusal({ kind: 'wrong-verb', verb: method, allowed: route.verbs });
  if (!acceptsJson(headers.get('accept'))) return refusal({ kind: 'accept-header' });
  const hasBody = method === 'POST' || method === 'PUT';
  if (hasBody && !/^application\/json\s*(;|$)/i.test(headers.get('content-type')?.trim() ?? '')) {
    return refusal({ kind: 'content-type-header' });
  }
  return undefined;
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
