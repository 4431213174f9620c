import { describe, expect, test } from 'vitest';
import { awaitFirstApproval } from '../../../src/core/guards/first-run.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, plannedOf, summaryOf } from '../plan-of.ts';

const voice = { capabilities: { voice: {} } };
const nothing = { ...aLedger({ sources: [] }), known: false };

function planWaiting(given: Given, firstRun: 'ask' | undefined = 'ask'): Plan {
  const { planned, guarded, facts } = plannedOf({ owned: nothing, ...given });
  return awaitFirstApproval(guarded, planned, { owned: facts.owned, firstRun });
}

describe('the first run of a daemon', () => {
  const existing: Given = {
    manifests: [aManifest(), aManifest({ name: 'New', spec: voice })],
    applications: [anApplication()],
  };

  test('changes and creates nothing while it would adopt: all of it waits, and one notice says for what', () => {
    const plan = planWaiting(existing);

    expect(summaryOf(plan)).toEqual(['waiting New', 'waiting Support']);
    expect(plan.skips[1]).toMatchObject({ id: anId(1), change: { action: 'adopt' } });
    expect(plan.notices).toContainEqual({
      kind: 'first-run',
      message:
        'there is no ledger here yet: 1 application would be adopted. Nothing is written until that is approved, or by "run --adopt"',
    });
  });

  test('records nothing meanwhile, so that the ledger is not begun', () => {
    const planned = plannedOf({ ...existing, owned: aLedger({ sources: [] }) });

    expect(planned.guarded.notes).not.toEqual([]);
    expect(planWaiting({ ...existing, owned: aLedger({ sources: [] }) }).notes).toEqual([]);
  });

  test('waits, too, while guards hold the adoptions back: what goes ahead beside them would begin the ledger', () => {
    const live = anApplication({ body: { capabilities: { messages: {} } } });
    const manifests = [aManifest({ spec: { capabilities: {} } }), aManifest({ name: 'New', spec: voice })];

    expect(summaryOf(planWaiting({ manifests, applications: [live] }))).toEqual([
      'blocked (adoption-loss) Support',
      'waiting New',
    ]);
  });

  test.each<{ readonly title: string; readonly given: Given }>([
    { title: 'nothing is to be adopted', given: { manifests: [aManifest()] } },
    {
      title: 'its manifest pins the id and changes nothing',
      given: { ...existing, manifests: [aManifest({ id: anId(1) })] },
    },
    {
      title: 'there is a ledger',
      given: { ...existing, owned: aLedger({ entries: [anEntry({ id: anId(9), name: 'Other' })] }) },
    },
  ])('does not wait where $title', ({ given }) => {
    const { guarded } = plannedOf({ owned: nothing, ...given });

    expect(guarded.changes).not.toEqual([]);
    expect(planWaiting(given)).toEqual(guarded);
  });

  test.each([
    { title: 'the id is pinned and something changes', manifest: aManifest({ id: anId(1), spec: voice }) },
    { title: 'nothing changes and the id is not pinned', manifest: aManifest() },
  ])('waits where $title', ({ manifest }) => {
    expect(summaryOf(planWaiting({ manifests: [manifest], applications: [anApplication()] }))).toEqual([
      'waiting Support',
    ]);
  });

  test('does not wait once somebody agreed', () => {
    const { planned, guarded, facts } = plannedOf({ ...existing, owned: nothing });

    expect(awaitFirstApproval(guarded, planned, facts)).toBe(guarded);
    expect(awaitFirstApproval(guarded, planned, { ...facts, firstRun: 'ask', approved: true })).toBe(guarded);
  });

  test('is told as what it is where everything waits anyhow', () => {
    const plan = planWaiting({ ...existing, policy: { onCommit: 'ask' } });

    expect(summaryOf(plan)).toEqual(['waiting New', 'waiting Support']);
    expect(plan.notices).toContainEqual(expect.objectContaining({ kind: 'first-run' }));
  });

  test('has nothing to wait for where the policy makes no change', () => {
    expect(summaryOf(planWaiting({ ...existing, policy: { onCommit: 'plan' } }))).toEqual(['kept New', 'kept Support']);
  });
});
