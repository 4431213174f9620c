import { routeOf } from '../applications/route.ts';
import type { FaultAction } from './fault-rule.ts';

interface Scope {
  readonly verbs: readonly string[];
  /** Requests to the list, to one application, or both. */
  readonly of: 'list' | 'one' | 'both';
}

const SCOPES: Partial<Record<FaultAction['kind'], Scope>> = {
  'id-404': { verbs: ['GET', 'PUT', 'DELETE'], of: 'one' },
  'empty-account': { verbs: ['GET'], of: 'both' },
  lag: { verbs: ['GET'], of: 'both' },
  'foreign-body': { verbs: ['POST', 'PUT'], of: 'both' },
  'stale-body': { verbs: ['PUT'], of: 'one' },
  'not-stored': { verbs: ['PUT'], of: 'one' },
  'no-key': { verbs: ['POST'], of: 'list' },
  'other-key': { verbs: ['POST'], of: 'list' },
  total: { verbs: ['GET'], of: 'list' },
  'repeat-page': { verbs: ['GET'], of: 'list' },
  'short-page': { verbs: ['GET'], of: 'list' },
};

/** Whether a fault of this kind can strike a request with this verb, path and query; if not, the request does not count. */
export function isInScope(kind: FaultAction['kind'], verb: string, target: string): boolean {
  const scope = SCOPES[kind];
  if (scope === undefined) return true;
  const route = routeOf(target.split('?', 1)[0] ?? '');
  if (route === undefined || !scope.verbs.includes(verb)) return false;
  return scope.of === 'both' || (scope.of === 'one') === (route.id !== undefined);
}
