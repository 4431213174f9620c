import { describe, expect, test } from 'vitest';
import { awaitFirstApproval } from '../../../src/core/guards/first-run.ts';
import { planHashOf } from '../../../src/core/guards/plan-hash.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, plannedOf, summaryOf } from '../plan-of.ts';

const account = 'of-key-and-host';
const voice = { capabilities: { voice: {} } };
const messages = { capabilities: { messages: {} } };

function hashOf(given: Given, of = account): string | undefined {
  const { planned, facts } = plannedOf(given);
  return planHashOf(planned, facts, of);
}

/** Applications that are as their manifests were applied last, except for those of these numbers, which somebody changed since. */
function applied(
  count: number,
  drifted: readonly number[] = [],
): Required<Pick<Given, 'manifests' | 'applications' | 'owned'>> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const manifests = numbers.map((number) => aManifest({ name: `App ${number}`, spec: voice }));
  return {
    manifests,
    applications: numbers.map((number) =>
      anApplication({ id: anId(number), name: `App ${number}`, body: drifted.includes(number) ? {} : voice }),
    ),
    owned: aLedger({
      entries: manifests.map((manifest, index) => anEntry({ id: anId(index + 1), manifest })),
    }),
  };
}

/** The same with these manifests removed. */
function withRemoved(count: number, removed: number): Given {
  const { manifests, ...rest } = applied(count);
  return { ...rest, manifests: manifests.slice(removed), policy: { policy: 'sync' } };
}

describe('the hash of a plan', () => {
  test('is SHA-256 in hex, and the same for the same facts in any order', () => {
    const { manifests, applications, owned } = applied(3);
    const changed = manifests.map((manifest) => ({ ...manifest, spec: messages, hash: `${manifest.name}, changed` }));

    const hash = hashOf({ manifests: changed, applications, owned });

    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf({ manifests: changed.toReversed(), applications: applications.toReversed(), owned })).toBe(hash);
  });

  test.each<{ readonly title: string; readonly given: Given }>([
    { title: 'everything is as its manifest says', given: applied(2) },
    { title: 'only drift is healed', given: applied(2, [1]) },
    { title: 'changes are never applied', given: { manifests: [aManifest()], policy: { onCommit: 'plan' } } },
    { title: 'drift is only reported', given: { ...applied(2, [1]), policy: { onDrift: 'report' } } },
    {
      title: 'the whole account is paused',
      given: { manifests: [aManifest()], paused: { account: 'paused', applications: new Map() } },
    },
    { title: 'nothing is selected', given: { manifests: [aManifest()], selection: { only: ['Other'] } } },
    {
      title: 'a guard blocks that nobody can override',
      given: { manifests: [aManifest()], policy: { keysMode: 'required' } },
    },
  ])('is not there where $title', ({ given }) => {
    expect(hashOf(given)).toBeUndefined();
  });

  test.each<{ readonly title: string; readonly one: Given; readonly other: Given }>([
    {
      title: 'a manifest says something else',
      one: { manifests: [aManifest({ spec: voice })] },
      other: { manifests: [aManifest({ spec: messages })] },
    },
    {
      title: 'one more application is created',
      one: { manifests: [aManifest()] },
      other: { manifests: [aManifest(), aManifest({ name: 'New' })] },
    },
    {
      title: 'the application is another one',
      one: { manifests: [aManifest()], applications: [anApplication()] },
      other: { manifests: [aManifest()], applications: [anApplication({ id: anId(2) })] },
    },
    {
      title: 'somebody changed the application',
      one: { manifests: [aManifest({ spec: voice })], applications: [anApplication()] },
      other: { manifests: [aManifest({ spec: voice })], applications: [anApplication({ body: messages })] },
    },
    {
      title: 'one more delete is among those that a guard blocks',
      one: withRemoved(10, 5),
      other: withRemoved(10, 6),
    },
    {
      title: 'a guard blocks what was free before',
      one: { ...withRemoved(10, 2), policy: { policy: 'sync' } },
      other: { ...withRemoved(10, 2), policy: { policy: 'sync', deletes: { max: 1, maxPercent: 30, per24h: 10 } } },
    },
    {
      title: 'it takes the place of one that is gone',
      one: { manifests: [aManifest()] },
      other: {
        manifests: [aManifest()],
        owned: aLedger({ entries: [anEntry({ manifest: aManifest() })] }),
        gone: [anId(1)],
      },
    },
  ])('is another one when $title', ({ one, other }) => {
    expect(hashOf(one)).toBeDefined();
    expect(hashOf(other)).toBeDefined();
    expect(hashOf(other)).not.toBe(hashOf(one));
  });

  test('belongs to one account', () => {
    expect(hashOf({ manifests: [aManifest()] }, 'another')).not.toBe(hashOf({ manifests: [aManifest()] }));
  });

  test('stays when drift is healed meanwhile', () => {
    const fresh = aManifest({ name: 'New' });
    const drifted = applied(3, [1, 2]);
    const healed = applied(3);

    const before = { ...drifted, manifests: [...drifted.manifests, fresh] };

    expect(summaryOf(plannedOf(before).guarded)).toContain('update App 1');
    expect(hashOf(before)).toBe(hashOf({ ...healed, manifests: [...healed.manifests, fresh] }));
  });

  test('has the drift in it that a guard blocks: somebody has to let it through', () => {
    const drifted = applied(
      20,
      Array.from({ length: 15 }, (_, index) => index + 1),
    );

    expect(summaryOf(plannedOf(drifted).guarded)).toContain('blocked (updates-max) App 1');
    expect(hashOf(drifted)).toBeDefined();
    expect(
      hashOf(
        applied(
          20,
          Array.from({ length: 16 }, (_, index) => index + 1),
        ),
      ),
    ).not.toBe(hashOf(drifted));
  });

  test('stays from one commit to another of equal content, as from a pull request to its merge', () => {
    const given = withRemoved(10, 2);
    const at = (id: string, serial: number): Given => ({
      ...given,
      desired: { revision: { id, content: 'the same tree' } },
      owned: { ...aLedger({ entries: [...(given.owned?.entries.values() ?? [])] }), serial },
      now: serial * 1_000,
    });

    expect(hashOf(at('head of the request', 7))).toBe(hashOf(at('squashed', 8)));
  });

  test('stays when an override allows what a guard blocks', () => {
    const blocked = withRemoved(10, 5);

    expect(summaryOf(plannedOf(blocked).guarded)).toContain('blocked (deletes-max) App 1');
    expect(hashOf({ ...blocked, overrides: { allowDeletes: 5 } })).toBe(hashOf(blocked));
  });

  test('is another one when an override adds a change that nothing else makes', () => {
    const { owned, ...given } = withRemoved(10, 1);
    const [first, ...others] = [...(owned?.entries.values() ?? [])];
    if (first === undefined) throw new Error('no entry');
    const orphan = { ...first, orphaned: { at: 0, policy: 'upsert' as const } };
    const kept = { ...given, owned: aLedger({ entries: [orphan, ...others] }) };

    expect(hashOf(kept)).toBeUndefined();
    expect(hashOf({ ...kept, overrides: { allowDeletes: 1 } })).toBeDefined();
  });

  test('is the same for what waits for a first approval', () => {
    const given = { manifests: [aManifest()], applications: [anApplication()], owned: aLedger({ sources: [] }) };
    const { planned, guarded, facts } = plannedOf(given);

    expect(awaitFirstApproval(guarded, planned, { ...facts, firstRun: 'ask' }).changes).toEqual([]);
    expect(planHashOf(planned, facts, account)).toBeDefined();
  });
});
