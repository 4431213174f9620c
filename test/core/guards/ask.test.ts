import { describe, expect, test } from 'vitest';
import { guardPlan } from '../../../src/core/guards/guard.ts';
import { planHashOf } from '../../../src/core/guards/plan-hash.ts';
import { tellWaiting } from '../../../src/core/guards/tell-waiting.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, plannedOf, planOf, summaryOf } from '../plan-of.ts';

const voice = { capabilities: { voice: {} } };
const messages = { capabilities: { messages: {} } };
const manifests = Array.from({ length: 20 }, (_, index) => aManifest({ name: `App ${index + 1}`, spec: voice }));

/** Twenty managed applications; these numbers were changed at the API, and the manifests of those changed in git. */
function given(drifted: readonly number[], changed: readonly number[], more: Given = {}): Given {
  return {
    manifests: manifests.map((manifest, index) =>
      changed.includes(index + 1) ? aManifest({ name: manifest.name, spec: messages }) : manifest,
    ),
    applications: manifests.map(({ name }, index) =>
      anApplication({ id: anId(index + 1), name, body: drifted.includes(index + 1) ? {} : voice }),
    ),
    owned: aLedger({ entries: manifests.map((manifest, index) => anEntry({ id: anId(index + 1), manifest })) }),
    ...more,
    policy: { policy: 'sync', onCommit: 'ask', ...more.policy },
  };
}

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => index + from);

/** The changes, and the skips but for what is unchanged. */
function decided(of: Given): readonly string[] {
  return summaryOf(planOf(of)).filter((one) => !one.startsWith('unchanged'));
}

describe('onCommit: ask', () => {
  test('heals drift, and lets everything wait that comes from manifests', () => {
    const removed = given([1], [2]);
    const plan = planOf({
      ...removed,
      manifests: [...(removed.manifests ?? []).slice(0, 19), aManifest({ name: 'New' })],
    });

    expect(summaryOf(plan).filter((one) => !one.startsWith('unchanged'))).toEqual([
      'update App 1',
      'waiting App 2',
      'waiting App 20',
      'waiting New',
    ]);
    expect(plan.skips.flatMap(({ change }) => change?.action ?? [])).toEqual(['update', 'delete', 'create']);
  });

  test('does everything once the plan is approved', () => {
    const { planned, facts } = plannedOf(given([1], [2]));

    const { changes, skips } = guardPlan(planned, { ...facts, approved: true });

    expect(changes.map(({ name }) => name)).toEqual(['App 1', 'App 2']);
    expect(skips.filter(({ reason }) => reason === 'waiting')).toEqual([]);
  });

  test('lets wait what is not blocked, so that a person sees both', () => {
    const removed = given([], [20]);

    expect(decided({ ...removed, manifests: (removed.manifests ?? []).slice(4) })).toEqual([
      'blocked (deletes-max) App 1',
      'blocked (deletes-max) App 2',
      'blocked (deletes-max) App 3',
      'blocked (deletes-max) App 4',
      'waiting App 20',
    ]);
  });

  test('counts drift apart from what waits: it is healed however much waits beside it', () => {
    const both = decided(given(numbers(8), numbers(8, 11)));

    expect(both.filter((one) => one.startsWith('update'))).toHaveLength(8);
    expect(both.filter((one) => one.startsWith('waiting'))).toHaveLength(8);
  });

  test('blocks drift of its own when there is too much of it', () => {
    const plan = planOf(given(numbers(12), [20]));

    expect(plan.guards).toMatchObject([{ guard: 'updates-max', blocked: 12 }]);
    expect(plan.changes).toEqual([]);
    expect(plan.skips.filter(({ reason }) => reason === 'waiting').map(({ name }) => name)).toEqual(['App 20']);
  });

  test('has the same hash before drift is healed, after it, and without ask', () => {
    const hashOf = (of: Given) => {
      const { planned, facts } = plannedOf(of);
      return planHashOf(planned, facts, 'account');
    };
    const waiting = given(numbers(8), numbers(8, 11));

    expect(hashOf(waiting)).toBeDefined();
    expect(hashOf(given([], numbers(8, 11)))).toBe(hashOf(waiting));
    expect(hashOf(given([], numbers(8, 11), { policy: { onCommit: 'apply' } }))).toBe(hashOf(waiting));
  });

  test('does not record as applied what waits', () => {
    const desired = { revision: { id: 'c2', content: 't2', commit: commit('c2') }, history: 'descendant' as const };
    const owned = { ...aLedger({ entries: [...(given([], []).owned?.entries.values() ?? [])] }), applied };
    const kinds = (of: Given) => planOf({ ...of, owned, desired }).notes.map(({ kind }) => kind);

    expect(kinds(given([], []))).toContain('source');
    expect(kinds(given([1], []))).toContain('source');
    expect(kinds(given([], [1]))).not.toContain('source');
  });
});

describe('what waits', () => {
  test('is told once, with the command that approves it', () => {
    const changed = given([], [2, 3]);
    const plan = planOf({ ...changed, manifests: (changed.manifests ?? []).slice(0, 19) });

    const told = tellWaiting({ ...plan, planHash: 'beef' }, 'main');

    expect(told.notices.filter(({ kind }) => kind === 'approval')).toEqual([
      {
        kind: 'approval',
        message:
          '3 changes wait for approval (2 to update, 1 to delete): vonage-gitops approve main beef --reason TEXT',
      },
    ]);
  });

  test('is told of a commit with what to do after its merge, and of a checkout without a hash that may be another one', () => {
    const plan = { ...planOf(given([], [2])), planHash: 'beef' };
    const messages = (['commit', 'checkout'] as const).map((preview) =>
      tellWaiting(plan, 'main', preview).notices.map(({ message }) => message),
    );

    expect(messages).toEqual([
      ['1 change will wait for approval after the merge (1 to update): vonage-gitops approve main beef --reason TEXT'],
      ['1 change will wait for approval after the merge (1 to update)'],
    ]);
  });

  test.each([
    { title: 'nothing waits', of: given([1], []), planHash: 'beef' },
    { title: 'nothing can be approved', of: given([], [1]), planHash: undefined },
  ])('is not told where $title', ({ of, planHash }) => {
    const plan = { ...planOf(of), planHash };

    expect(tellWaiting(plan, 'main')).toBe(plan);
  });
});

const applied = { source: 'git:example.com/voice//apps', commit: 'c1', content: 't1' };

function commit(id: string) {
  return { id, author: 'Ann', subject: 'Change it', at: 0 };
}
