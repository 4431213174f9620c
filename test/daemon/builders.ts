import { type Change, emptyPlan, type Plan, type Skip } from '../../src/core/plan/plan.ts';
import type { AccountEvent, PassEnded } from '../../src/pass/event.ts';
import type { PassEnd } from '../../src/pass/pass.ts';
import type { Log } from '../../src/reconcile/ports.ts';
import { type AccountStatus, startingStatus, statusAfter } from '../../src/status/status.ts';
import { aManifest, anId } from '../builders.ts';

/** A plan that found nothing. */
export function aPlan(given: Partial<Plan> = {}): Plan {
  return { ...emptyPlan, root: '/apps', revision: 'r1', content: given.revision ?? 'r1', serial: 1, ...given };
}

/** A pass that did nothing. */
function anEnd(given: Partial<PassEnd> = {}): PassEnd {
  return {
    plan: aPlan(),
    results: [],
    mode: 'apply',
    pauses: { applications: {} },
    owned: 1,
    deletesLeft: 10,
    ...given,
  };
}

/** The event of a pass that ended. */
export function ended(end: Partial<PassEnd> = {}, at = 1_000, pass = 1): PassEnded {
  return { kind: 'ended', at, pass, reasons: ['interval'], found: [], durationMs: 5, end: anEnd(end) };
}

/** The status after these events. */
export function statusOf(...events: readonly AccountEvent[]): AccountStatus {
  return events.reduce(statusAfter, startingStatus('main'));
}

/** An update of an application. */
export function anUpdate(
  name = 'Support',
  given: Partial<Change & { action: 'update' }> = {},
): Change & { action: 'update' } {
  const manifest = aManifest({ name });
  return {
    action: 'update',
    name,
    id: anId(1),
    reason: 'manifest changed',
    members: [{ path: '/name' as Change['members'][number]['path'], before: 'A', after: name }],
    unchanged: 0,
    base: 'base',
    diffHash: 'diff',
    manifest,
    place: manifest.place,
    ...given,
  };
}

/** A delete of an application. */
export function aDelete(name = 'Support'): Change & { action: 'delete' } {
  const common = { name, id: anId(1), members: [], unchanged: 0, base: 'base', diffHash: 'diff' };
  return { action: 'delete', ...common, reason: 'manifest removed', file: `${name}.yaml` };
}

/** Something left alone. */
export function aSkip(given: Partial<Skip> = {}): Skip {
  return { reason: 'unchanged', name: 'Support', message: '', id: anId(1), ...given };
}

/** An error in a manifest. */
export const aProblem = {
  severity: 'error',
  place: { file: 'support.yaml', line: 3, column: 1 },
  path: 'metadata',
  message: 'expected a name',
} as const;

/** What was logged, with its level. */
export interface Logged {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A log that remembers. */
export function aLog(): Log & { readonly lines: readonly Logged[] } {
  const lines: Logged[] = [];
  const at = (level: Logged['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
