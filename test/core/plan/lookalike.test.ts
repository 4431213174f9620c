import { describe, expect, test } from 'vitest';
import { foldName } from '../../../src/core/fold-name.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const spec = { capabilities: { rtc: {} } };
const sameFile = { file: 'Support.yaml', line: 4, column: 9 };
const support = aManifest({ name: 'Support', spec });

/** "Support" just lost its manifest; these are the manifests now. */
function renamed(manifest: Manifest, given: Given = {}): Given {
  return {
    manifests: [manifest],
    applications: [anApplication({ id: anId(1), name: 'Support', body: spec })],
    owned: aLedger({ entries: [anEntry({ id: anId(1), manifest: support })] }),
    policy: { policy: 'sync' },
    ...given,
  };
}

describe('a rename without formerly is a conflict, and so is the delete that would go with it', () => {
  test.each([
    {
      title: 'in the same file of one document',
      manifest: aManifest({ name: 'Hotline', place: sameFile }),
      expected: ['conflict Hotline', 'conflict Support'],
    },
    {
      title: 'with the same spec in another file',
      manifest: aManifest({ name: 'Hotline', spec }),
      expected: ['conflict Hotline', 'conflict Support'],
    },
    {
      title: 'with an earlier name that is another’s',
      manifest: aManifest({ name: 'Hotline', spec, formerly: ['Helpdesk'] }),
      expected: ['conflict Hotline', 'conflict Support'],
    },
    {
      title: 'in a file of several documents it is no rename',
      manifest: aManifest({ name: 'Hotline', place: sameFile, ownFile: false }),
      expected: ['create Hotline', 'delete Support'],
    },
    {
      title: 'with another spec in another file it is no rename',
      manifest: aManifest({ name: 'Hotline' }),
      expected: ['create Hotline', 'delete Support'],
    },
    {
      title: 'an empty formerly says that a new application is meant',
      manifest: aManifest({ name: 'Hotline', spec, place: sameFile, formerly: [] }),
      expected: ['create Hotline', 'delete Support'],
    },
    {
      title: 'with its old name under formerly it is an update',
      manifest: aManifest({ name: 'Hotline', spec, place: sameFile, formerly: ['Support'] }),
      expected: ['update Hotline'],
    },
  ])('$title', ({ manifest, expected }) => {
    expect(summaryOf(planOf(renamed(manifest)))).toStrictEqual(expected);
  });

  test('the conflict names both ways out', () => {
    const { skips } = planOf(renamed(aManifest({ name: 'Hotline', spec })));

    expect(skips[0]).toMatchObject({ name: 'Hotline', candidates: [anId(1)] });
    expect(skips[0]?.message).toContain('looks like a rename of "Support"');
    expect(skips[0]?.message).toContain('formerly: ["Support"]');
    expect(skips[0]?.message).toContain('formerly: []');
  });

  const taken = anApplication({ id: anId(2), name: 'Hotline' });
  const bothLive = [anApplication({ id: anId(1), name: 'Support', body: spec }), taken];

  test('also where the new name exists already and would be adopted', () => {
    const given = renamed(aManifest({ name: 'Hotline', place: sameFile }), { applications: bothLive });

    expect(summaryOf(planOf(given))).toStrictEqual(['conflict Hotline', 'conflict Support']);
  });

  test('a pin says which application is meant', () => {
    const given = renamed(aManifest({ name: 'Hotline', place: sameFile, id: anId(2) }), { applications: bothLive });

    expect(summaryOf(planOf(given))).toStrictEqual(['adopt Hotline', 'delete Support']);
  });

  test('what lost its manifest in an earlier pass is not taken for a rename', () => {
    const entry = anEntry({ id: anId(1), manifest: support, orphaned: { at: 0, policy: 'sync' } });
    const given = renamed(aManifest({ name: 'Hotline', spec }), { owned: aLedger({ entries: [entry] }) });

    expect(summaryOf(planOf(given))).toStrictEqual(['create Hotline', 'delete Support']);
  });

  test('an application deleted outside is created again beside one with its spec that lost its manifest', () => {
    const hotline = aManifest({ name: 'Hotline', spec });
    const entries = [anEntry({ id: anId(1), manifest: support }), anEntry({ id: anId(2), manifest: hotline })];
    const given = renamed(hotline, { owned: aLedger({ entries }), gone: [anId(2)], overrides: { allowCreates: 1 } });

    expect(summaryOf(planOf(given))).toStrictEqual(['create Hotline', 'delete Support']);
  });
});

describe('a new name that differs from an existing one in case, white space or invisible characters only is a conflict', () => {
  const near = (name: string, manifest: Partial<Manifest> = {}) =>
    summaryOf(
      planOf({
        manifests: [aManifest({ name: 'Café line', ...manifest })],
        applications: [anApplication({ id: anId(1), name })],
      }),
    );

  test.each([
    { live: 'café LINE', expected: 'conflict Café line' },
    { live: ' Café  line ', expected: 'conflict Café line' },
    { live: 'Cafe\u0301 line', expected: 'conflict Café line' },
    { live: 'Café\u200b line', expected: 'conflict Café line' },
    { live: 'Caf\u00adé\u2060 line\u202e', expected: 'conflict Café line' },
    { live: 'Café\nline\n', expected: 'conflict Café line' },
    { live: '\u001bCafé\u0000 line', expected: 'conflict Café line' },
    { live: 'Cafe\u034f\u0301 line', expected: 'conflict Café line' },
    { live: 'Cafe line', expected: 'create Café line' },
    { live: 'Café line 2', expected: 'create Café line' },
  ])('beside "$live": $expected', ({ live, expected }) => {
    expect(near(live)[0]).toBe(expected);
  });

  test('an empty formerly says that a new application is meant', () => {
    expect(near('café line', { formerly: [] })[0]).toBe('create Café line');
  });

  test('another earlier name says nothing about it', () => {
    expect(near('café line', { formerly: ['Bistro'] })[0]).toBe('conflict Café line');
  });

  test('a name that a rename of the same plan leaves is free', () => {
    const plan = planOf({
      manifests: [aManifest({ name: 'Café line' }), aManifest({ name: 'Bistro', formerly: ['café line'] })],
      applications: [anApplication({ id: anId(1), name: 'café line' })],
      owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'café line' })] }),
    });

    expect(summaryOf(plan)).toStrictEqual(['update Bistro', 'create Café line']);
  });

  test('the conflict shows the application to pin', () => {
    const [skip] = planOf({
      manifests: [aManifest({ name: 'A' })],
      applications: [anApplication({ id: anId(1), name: 'a' })],
    }).skips;

    expect(skip).toMatchObject({ reason: 'conflict', candidates: [anId(1)] });
    expect(skip?.message).toContain(`id: ${anId(1)}`);
  });

  test('folding a folded name changes nothing', () => {
    expect(foldName(foldName('  Cafe\u0301\tLINE '))).toBe('café line');
  });

  test('letters with several small forms are one', () => {
    expect(foldName('STRASSE ΟΔΟΣ')).toBe(foldName('straße οδος'));
    expect(foldName('οδοσ')).toBe(foldName('ΟΔΟΣ'));
  });
});

describe('a new name that differs from that of another manifest in as little is a conflict', () => {
  const summary = (...manifests: readonly Partial<Manifest>[]) =>
    summaryOf(planOf({ manifests: manifests.map((one) => aManifest({ name: 'Line', ...one })) }));

  test('of two new ones neither is created, and each names the other and its place', () => {
    const place = { file: 'b.yaml', line: 7, column: 9 };
    const plan = planOf({ manifests: [aManifest({ name: 'Line' }), aManifest({ name: 'Line\u200b', place })] });

    expect(summaryOf(plan)).toStrictEqual(['conflict Line', 'conflict Line\u200b']);
    expect(plan.skips[0]?.message).toContain('"Line\u200b", which b.yaml:7:9 declares');
    expect(plan.skips[0]?.message).toContain('formerly: []');
  });

  test('the one that says it is new is created', () => {
    expect(summary({}, { name: 'line', formerly: [] })).toStrictEqual(['create line', 'conflict Line']);
  });

  test('a manifest that cannot be used counts, too', () => {
    const broken = [
      { place: { file: 'b.yaml', line: 1, column: 1 }, name: 'LINE' },
      { place: { file: 'c.yaml', line: 1, column: 1 } },
    ];

    expect(summaryOf(planOf({ manifests: [aManifest({ name: 'Line' })], desired: { broken } }))).toStrictEqual([
      'conflict Line',
    ]);
  });

  test('what was deleted outside is created again beside it', () => {
    const line = aManifest({ name: 'Line' });
    const plan = planOf({
      manifests: [line, aManifest({ name: 'LINE', id: anId(2) })],
      applications: [anApplication({ id: anId(2), name: 'Rest' })],
      owned: aLedger({ entries: [anEntry({ id: anId(1), manifest: line }), anEntry({ id: anId(2), name: 'Rest' })] }),
      gone: [anId(1)],
      overrides: { allowCreates: 1 },
    });

    expect(summaryOf(plan)).toStrictEqual(['update LINE', 'create Line']);
  });
});

describe('names that are nearly equal', () => {
  const nearly = [anApplication({ id: anId(1), name: 'Support' }), anApplication({ id: anId(2), name: 'support' })];

  test('an application is adopted by its exact name', () => {
    expect(summaryOf(planOf({ manifests: [aManifest({ name: 'Support' })], applications: nearly }))).toStrictEqual([
      'adopt Support',
      'unmanaged support',
    ]);
  });

  test('a name that a paused rename still has is no near name', () => {
    const paused = aManifest({ name: 'Sales', id: anId(1), reconcile: 'paused' });
    const plan = planOf({
      manifests: [paused, aManifest({ name: 'Support', spec })],
      applications: [anApplication({ id: anId(1), name: 'Support' })],
    });

    expect(summaryOf(plan)).toStrictEqual(['create Support', 'paused Sales']);
  });
});
