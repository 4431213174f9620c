import { describe, expect, test } from 'vitest';
import type { BrokenManifest } from '../../../src/core/manifest/manifest.ts';
import { aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { planOf, summaryOf } from '../plan-of.ts';

function broken(given: Partial<BrokenManifest> & { readonly file?: string }): BrokenManifest {
  const { file = 'broken.yaml', ...others } = given;
  return { place: { file, line: 1, column: 1 }, ...others };
}

const support = anApplication({ id: anId(1), name: 'Support' });

describe('an invalid manifest holds what it may refer to', () => {
  test.each([
    {
      title: 'the application of its name',
      broken: broken({ name: 'Support' }),
      manifests: [],
      expected: ['held Support'],
    },
    { title: 'the application it pins', broken: broken({ id: anId(1) }), manifests: [], expected: ['held Support'] },
    {
      title: 'what was last seen in its file',
      broken: broken({ file: 'Support.yaml' }),
      manifests: [],
      expected: ['held Support'],
    },
    {
      title: 'a healthy manifest that would rename its application is held, too',
      broken: broken({ name: 'Support' }),
      manifests: [aManifest({ name: 'Sales', formerly: ['Support'] })],
      expected: ['held Sales'],
    },
    {
      title: 'a healthy manifest of its name is held, too',
      broken: broken({ name: 'Sales' }),
      manifests: [aManifest({ name: 'Sales' }), aManifest({ name: 'Support' })],
      expected: ['held Sales', 'unchanged Support'],
    },
    {
      title: 'what was seen in its file and is declared by a healthy manifest is free',
      broken: broken({ file: 'Support.yaml' }),
      manifests: [aManifest({ name: 'Support' })],
      expected: ['unchanged Support'],
    },
    {
      title: 'another application of its name, each pinned, is free',
      broken: broken({ name: 'Support', id: anId(2) }),
      manifests: [aManifest({ name: 'Support', id: anId(1) })],
      expected: ['unchanged Support'],
    },
    {
      title: 'a manifest of its name without a pin is held, whatever it pins',
      broken: broken({ name: 'Support', id: anId(2) }),
      manifests: [aManifest({ name: 'Support' })],
      expected: ['held Support'],
    },
    {
      title: 'one that pins nothing holds those of its name that are pinned',
      broken: broken({ name: 'Support' }),
      manifests: [aManifest({ name: 'Support', id: anId(1) })],
      expected: ['held Support'],
    },
    {
      title: 'what was seen in its file and is pinned by a healthy manifest is free',
      broken: broken({ file: 'Support.yaml' }),
      manifests: [aManifest({ name: 'Sales', id: anId(1) })],
      expected: ['update Sales'],
    },
  ])('$title', (row) => {
    const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'Support' })] });

    const plan = planOf({
      manifests: row.manifests,
      applications: [support],
      owned,
      desired: { broken: [row.broken], complete: false },
      policy: { policy: 'sync' },
    });

    expect(summaryOf(plan)).toStrictEqual(row.expected);
  });

  test('an application nobody owns is not renamed away from a broken manifest of its name', () => {
    const plan = planOf({
      manifests: [aManifest({ name: 'Sales', formerly: ['Support'] })],
      applications: [support],
      desired: { broken: [broken({ name: 'Support' })], complete: false },
    });

    expect(summaryOf(plan)).toStrictEqual(['held Sales']);
  });

  test('a pin takes an application nobody owns, whatever a broken manifest is called', () => {
    const plan = planOf({
      manifests: [aManifest({ name: 'Sales', id: anId(1) })],
      applications: [support],
      desired: { broken: [broken({ name: 'Support' })], complete: false },
    });

    expect(summaryOf(plan)).toStrictEqual(['adopt Sales']);
  });

  test('a create is held without an id, and nothing held is noted', () => {
    const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'Support', file: 'elsewhere.yaml' })] });

    const plan = planOf({
      manifests: [aManifest({ name: 'Sales' }), aManifest({ name: 'Support' })],
      applications: [support],
      owned,
      desired: { broken: [broken({ name: 'Sales' }), broken({ name: 'Support' })], complete: false },
    });

    expect(plan.skips.map(({ reason, name, id }) => [reason, name, id])).toStrictEqual([
      ['held', 'Sales', undefined],
      ['held', 'Support', anId(1)],
    ]);
    expect(plan.notes).toStrictEqual([]);
  });
});

describe('a file that was a manifest and is empty now counts as broken', () => {
  const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'Support', file: 'Support.yaml' })] });
  const given = { applications: [support], owned, policy: { policy: 'sync' as const, allowEmpty: true } };

  test('its application is held and the desired state is not complete', () => {
    const plan = planOf({ ...given, desired: { emptyFiles: ['Support.yaml'] } });

    expect(summaryOf(plan)).toStrictEqual(['held Support']);
    expect(plan.notices.map(({ kind }) => kind)).toStrictEqual(['incomplete']);
  });

  test('an empty file nothing was seen in means nothing', () => {
    const plan = planOf({ ...given, desired: { emptyFiles: ['other.yaml'] } });

    expect(summaryOf(plan)).toStrictEqual(['delete Support']);
    expect(plan.notices).toStrictEqual([]);
  });
});
