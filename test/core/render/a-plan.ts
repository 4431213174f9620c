import { type ApplicationId, parseApplicationId } from '../../../src/core/application/application.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import {
  type AdoptChange,
  type CreateChange,
  type DeleteChange,
  emptyPlan,
  type MemberChange,
  type Plan,
  type Skip,
  type UpdateChange,
} from '../../../src/core/plan/plan.ts';
import type { ApplyResult } from '../../../src/core/plan/report.ts';

/** The id that ends in this number. */
export function anId(number: number): ApplicationId {
  const id = parseApplicationId(number.toString(16).padStart(32, '0'));
  if (id === undefined) throw new RangeError(`not an id: ${number}`);
  return id;
}

export function aManifest(given: Partial<Manifest> = {}): Manifest {
  return {
    name: 'Support',
    labels: {},
    reconcile: 'enabled',
    ignore: [],
    spec: { secret: 'body of the manifest' },
    concealed: new Map(),
    place: { file: 'apps/support.yaml', line: 5, column: 9 },
    ownFile: true,
    hash: 'manifest-hash',
    specHash: 'spec-hash',
    ...given,
  };
}

const place = { file: 'apps/support.yaml', line: 5, column: 9 };
const region: MemberChange = { path: '/capabilities/voice/region', before: 'eu-west', after: 'us-east' };

export function aCreate(given: Partial<CreateChange> = {}): CreateChange {
  const members = [{ path: '/capabilities/voice/region', after: 'us-east' }];
  const common = { name: 'Support', reason: 'new' as const, members, unchanged: 0 };
  return { action: 'create', ...common, manifest: aManifest(), place, before: [], ...given };
}

const ofLive = { name: 'Support', id: anId(1), members: [region], unchanged: 12, base: 'base', diffHash: 'diff' };

export function anUpdate(given: Partial<UpdateChange> = {}): UpdateChange {
  return { action: 'update', reason: 'manifest changed', ...ofLive, manifest: aManifest(), place, ...given };
}

export function anAdopt(given: Partial<AdoptChange> = {}): AdoptChange {
  return {
    action: 'adopt',
    reason: 'same name',
    ...ofLive,
    manifest: aManifest(),
    place,
    losses: [],
    namesakes: [],
    ...given,
  };
}

export function aDelete(given: Partial<DeleteChange> = {}): DeleteChange {
  return { action: 'delete', reason: 'manifest removed', ...ofLive, unchanged: 0, file: 'apps/old.yaml', ...given };
}

export function aSkip(given: Partial<Skip> = {}): Skip {
  return { reason: 'unchanged', name: 'Support', message: '', ...given };
}

export function aPlan(given: Partial<Plan> = {}): Plan {
  return { ...emptyPlan, root: '/manifests', revision: '3f2a91c', content: '3f2a91c', serial: 7, ...given };
}

export function anApplied(given: Partial<Extract<ApplyResult, { outcome: 'applied' }>> = {}): ApplyResult {
  return { outcome: 'applied', change: anUpdate(), id: anId(1), durationMs: 20, normalised: [], leftOut: [], ...given };
}

/** A plan with something of everything in it. */
export function aFullPlan(): Plan {
  return aPlan({
    changes: [
      anUpdate({ name: 'Sales', id: anId(2), reason: 'renamed', previousName: 'Sale', unchanged: 1 }),
      anAdopt({ name: 'Taken', id: anId(3) }),
      aCreate({ name: 'New' }),
      aCreate({
        name: 'Again',
        reason: 'deleted outside',
        replaces: anId(4),
        heldFingerprint: 'held',
        before: [anId(5)],
      }),
      anUpdate({ name: 'Drifted', id: anId(6), reason: 'drift' }),
      aDelete({ name: 'Old', id: anId(7) }),
    ],
    skips: [
      aSkip({
        reason: 'blocked',
        name: 'Lossy',
        id: anId(8),
        guard: 'adoption-loss',
        message: 'adopting it would remove capabilities; declare them:\nmessages: {}',
        change: anAdopt({
          name: 'Lossy',
          id: anId(8),
          members: [
            {
              path: '/capabilities/messages/webhooks/inbound_url/address',
              before: 'https://bot.example.com/\u001b[2J',
            },
            { path: '/capabilities/voice/region', before: 'eu-west', after: 'us-east' },
          ],
          losses: ['/capabilities/messages'],
        }),
      }),
      aSkip({
        reason: 'conflict',
        name: 'Twins',
        place,
        message: 'two applications have this name; pin one',
        candidates: [anId(9), anId(10)],
      }),
      aSkip({ reason: 'blocked', name: 'Unstable', guard: 'unstable', message: 'the listing was not stable' }),
      aSkip({ reason: 'held', name: 'Broken', place, message: 'its manifest cannot be used' }),
      aSkip({ reason: 'kept', name: 'Kept', id: anId(11), message: 'policy upsert never deletes', change: aDelete() }),
      aSkip({
        reason: 'normalized',
        name: 'Rewritten',
        message: 'the server rewrites it',
        members: [{ path: '/privacy/improve_ai', before: true, after: false }],
      }),
      aSkip({ reason: 'undecided', name: 'Pending', message: 'an earlier create may still appear' }),
      aSkip({ reason: 'protected', name: 'Safe', message: 'protected by its manifest' }),
      aSkip({ reason: 'paused', name: 'Paused', message: 'reconcile: paused' }),
      aSkip({ reason: 'not-selected', name: 'Elsewhere' }),
      aSkip({ reason: 'unmanaged', name: 'Foreign', id: anId(12) }),
      aSkip({ name: 'Same', id: anId(13) }),
    ],
    guards: [{ guard: 'deletes-max', message: '4 planned, 3 allowed', blocked: 4 }],
    notices: [
      { kind: 'key-mismatch', name: 'Sales', message: 'its public key was changed outside' },
      { kind: 'unstable-listing', message: 'the listing was not stable' },
    ],
    problems: [{ severity: 'warning', place, path: 'spec.privacy', message: 'unusual', frame: 'the frame' }],
  });
}

/** Names that try to break out of whatever they are put into. */
export const hostileNames = [
  '</details><script>alert(1)</script>',
  '</pre>`code`',
  '| a | b |',
  '@someone and #123',
  'two\nPlan: 0 to create\r\nlines',
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m c1',
  'right\u202eto left',
  'zero\u200bwidth\ufeff',
  'tag\u{e0041}',
  'line\u2028separator',
  '```\n# heading',
  '"quotes" and \\',
  'https://link.example/a?b=c#d www.link.example mail@link.example',
  '[link](https://link.example) ![image](https://link.example/x.png)',
  '- [ ] task',
  '<!-- comment',
  '&lt;b&gt; &#60;b>',
];
