import { routeOf } from '../applications/route.ts';
import { numbersRouteOf } from '../numbers/numbers-route.ts';
import type { FaultAction } from './fault-rule.ts';

/** What a request is about. */
type Target = 'applications' | 'application' | 'numbers' | 'number';

interface Scope {
  /** Any if absent. */
  readonly verbs?: readonly string[];
  readonly of: readonly Target[];
}

const APPLICATIONS: readonly Target[] = ['applications', 'application'];
const LISTS: readonly Target[] = ['applications', 'numbers'];
const READS: Scope = { verbs: ['GET'], of: [...LISTS, 'application'] };

const SCOPES: Partial<Record<FaultAction['kind'], Scope>> = {
  'id-404': { verbs: ['GET', 'PUT', 'DELETE'], of: ['application'] },
  'empty-account': READS,
  lag: READS,
  'foreign-body': { verbs: ['POST', 'PUT'], of: APPLICATIONS },
  'foreign-writer': { of: APPLICATIONS },
  'stale-list': { of: APPLICATIONS },
  'stale-body': { verbs: ['PUT'], of: ['application'] },
  'not-stored': { verbs: ['PUT'], of: ['application'] },
  'no-key': { verbs: ['POST'], of: ['applications'] },
  'other-key': { verbs: ['POST'], of: ['applications'] },
  total: { verbs: ['GET'], of: LISTS },
  'repeat-page': { verbs: ['GET'], of: LISTS },
  'short-page': { verbs: ['GET'], of: LISTS },
};

/** Whether a fault of this kind can strike a request with this verb, path and query; if not, the request does not count. */
export function isInScope(kind: FaultAction['kind'], verb: string, target: string): boolean {
  const scope = SCOPES[kind];
  if (scope === undefined) return true;
  const of = targetOf(target.split('?', 1)[0] ?? '');
  return of !== undefined && scope.of.includes(of) && scope.verbs?.includes(verb) !== false;
}

function targetOf(path: string): Target | undefined {
  const numbers = numbersRouteOf(path);
  if (numbers !== undefined) return numbers === 'list' ? 'numbers' : 'number';
  const route = routeOf(path);
  return route && (route.id === undefined ? 'applications' : 'application');
}
