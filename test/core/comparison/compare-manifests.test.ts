import { describe, expect, test } from 'vitest';
import { type Comparison, compareManifests } from '../../../src/core/comparison/compare-manifests.ts';
import { comparisonDocument, comparisonSchema } from '../../../src/core/comparison/comparison-document.ts';
import { comparisonMarkdown } from '../../../src/core/comparison/comparison-markdown.ts';
import { comparisonText } from '../../../src/core/comparison/comparison-text.ts';
import type { BrokenManifest, Manifest } from '../../../src/core/manifest/manifest.ts';
import { aManifest, anId } from '../../builders.ts';

function state(manifests: readonly Manifest[], broken: readonly BrokenManifest[] = [], hiddenValues: string[] = []) {
  return { manifests, broken, hiddenValues };
}

function kinds({ differences }: Comparison): readonly string[] {
  return differences.map(({ kind, name }) => `${kind} ${name}`);
}

const voice = (address: string) => ({ capabilities: { voice: { webhooks: { answer_url: { address } } } } });
const address = '/capabilities/voice/webhooks/answer_url/address';
const about = { directory: 'apps', revision: 'v1', commit: 'a'.repeat(40) };

describe('manifests of two states', () => {
  test('are compared by name, and by what they mean', () => {
    const before = state([
      aManifest({ name: 'Same', spec: voice('https://example.com') }),
      aManifest({ name: 'Other', spec: voice('https://example.com/a') }),
      aManifest({ name: 'Gone' }),
    ]);
    const after = state([
      aManifest({ name: 'Same', spec: voice('https://example.com/'), place: { file: 'x.yaml', line: 9, column: 1 } }),
      aManifest({ name: 'Other', spec: voice('https://example.com/b') }),
      aManifest({ name: 'New' }),
    ]);

    const comparison = compareManifests(before, after);

    expect(kinds(comparison)).toEqual(['removed Gone', 'added New', 'changed Other']);
    expect(comparison.equal).toBe(1);
    expect(comparison.differences[2]?.members).toEqual([
      { path: address, before: 'https://example.com/a', after: 'https://example.com/b' },
    ]);
  });

  test('of nothing are all that is there', () => {
    const nothing = { manifests: [], broken: [] };

    expect(kinds(compareManifests(state([aManifest({ spec: voice('https://a.example.com/') })]), nothing))).toEqual([
      'removed Support',
    ]);
  });

  test('differ in what they say of themselves, too', () => {
    const before = aManifest({ labels: { team: 'a' } });
    const after = aManifest({
      id: anId(1),
      formerly: ['Old'],
      labels: { team: 'b' },
      deletionPolicy: 'protect',
      reconcile: 'paused',
      ignore: ['/capabilities'],
    });

    const [difference] = compareManifests(state([before]), state([after])).differences;

    expect(difference?.members.map(({ path }) => path)).toEqual([
      '/metadata/deletionPolicy',
      '/metadata/formerly',
      '/metadata/id',
      '/metadata/ignore',
      '/metadata/labels/team',
      '/metadata/reconcile',
    ]);
  });

  test.each([
    { title: 'renamed with formerly', formerly: ['Older', 'Old'], left: [], expected: ['changed New'] },
    { title: 'renamed while the old one stays', formerly: ['Old'], left: ['Old'], expected: ['added New'] },
    { title: 'new without formerly', formerly: undefined, left: [], expected: ['added New', 'removed Old'] },
  ])('one that is $title', ({ formerly, left, expected }) => {
    const before = state([aManifest({ name: 'Old' })]);
    const now = aManifest({ name: 'New', ...(formerly === undefined ? {} : { formerly }) });

    const comparison = compareManifests(before, state([now, ...left.map((name) => aManifest({ name }))]));

    expect(kinds(comparison)).toEqual(expected);
    expect(comparison.differences[0]?.formerly).toBe(expected[0] === 'changed New' ? 'Old' : undefined);
  });

  test('a rename is a difference even where nothing else is', () => {
    const before = aManifest({ name: 'Old', formerly: ['Old'] });
    const after = aManifest({ name: 'New', formerly: ['Old'] });

    expect(kinds(compareManifests(state([before]), state([after])))).toEqual(['changed New']);
  });

  test('placeholders are compared and shown as they are written; literals that hold a value of the environment, and secrets, are not shown', () => {
    const filled = (written: string, text: string) =>
      aManifest({
        spec: voice(text),
        concealed: new Map([[address, written]]),
        labels: { x: 'filled' },
        concealedMetadata: new Map([['/labels/x', 'written']]),
      });
    const before = filled('$A/one', 'https://value-of-a.example.com/one');
    const other = filled('$A/two', 'https://value-of-a.example.com/two');
    const literal = aManifest({ spec: { ...voice('https://value-of-a.example.com/one'), apiSecret: 'hunter2' } });
    const hidden = ['value-of-a.example.com'];

    const same = compareManifests(state([before]), state([filled('$A/one', 'https://else.example.com')], [], hidden));
    const changed = compareManifests(state([before]), state([other], [], hidden));
    const shown = compareManifests(state([literal]), state([before], [], hidden));

    expect(same).toMatchObject({ differences: [], equal: 1 });
    expect(changed.differences[0]?.members).toEqual([{ path: address, before: '$A/one', after: '$A/two' }]);
    expect(JSON.stringify(shown)).toContain('"before":"(sensitive)","after":"$A/one"');
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|value-of-a/);
    expect(JSON.stringify(shown)).toContain('"after":"written"');
  });

  test('one that is invalid on either side is neither added nor removed', () => {
    const place = { file: 'x.yaml', line: 1, column: 1 };
    const before = state([aManifest({ name: 'One' }), aManifest({ name: 'Two' })], [{ place, name: 'Three' }]);
    const after = state(
      [aManifest({ name: 'Two' }), aManifest({ name: 'Three' })],
      [{ place, name: 'One' }, { place }],
    );

    const comparison = compareManifests(before, after);

    expect(comparison.differences).toEqual([]);
    expect(comparison.equal).toBe(1);
    expect(comparisonText(comparison, { ...about, color: false })).toContain(
      [
        'cannot be compared: "Three" was invalid in the commit, at x.yaml:1:1',
        'cannot be compared: "One" is invalid, at x.yaml:1:1',
        'cannot be compared: a manifest is invalid, at x.yaml:1:1',
        '',
        'Manifests: 0 added, 0 changed, 0 removed, 1 equal, 3 cannot be compared.',
      ].join('\n'),
    );
    const document = comparisonDocument(comparison, {
      program: '1',
      account: 'main',
      directory: 'apps',
      against: { revision: 'v1', commit: 'a' },
    });
    expect(comparisonSchema.parse(document).incomparable).toHaveLength(3);
    expect(comparisonMarkdown(comparison, { ...about, name: 'main', maxBytes: 5000 })).toContain('cannot be compared');
  });
});

describe('a comparison', () => {
  const before = state([aManifest({ name: 'Old', spec: voice('https://a.example.com/') }), aManifest({ name: 'Was' })]);
  const after = state([
    aManifest({ name: 'Is', formerly: ['Was'] }),
    aManifest({ name: 'New', spec: voice('https://b.example.com/') }),
  ]);
  const comparison = compareManifests(before, after);

  test('as text begins with what it is not, and has no word of a plan', () => {
    const text = comparisonText(comparison, { ...about, account: 'main', color: false });

    expect(text.split('\n')).toEqual([
      `not compared with the account: manifests for account main in apps against commit ${'a'.repeat(12)} (v1)`,
      '',
      ' ~ changed "Is", formerly "Was"  Is.yaml:4',
      '      + metadata.formerly  ["Was"]',
      '',
      ' + added "New"  New.yaml:4',
      '      + capabilities.voice.webhooks.answer_url.address  "https://b.example.com/"',
      '',
      ' - removed "Old"  Old.yaml:4',
      '      - capabilities.voice.webhooks.answer_url.address  "https://a.example.com/"',
      '',
      'Manifests: 1 added, 1 changed, 1 removed, 0 equal.',
      '',
    ]);
    expect(text).not.toMatch(/create|update|delete|adopt/);
    expect(comparisonText(comparison, { ...about, revision: 'aaaa', color: false })).toContain(`${'a'.repeat(12)}\n`);
  });

  test('is as wide as the terminal, colored, or only counts', () => {
    const narrow = comparisonText(comparison, { ...about, color: false, columns: 60 });

    expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(comparisonText(comparison, { ...about, color: true })).toContain('\u001b[');
    expect(comparisonText(comparison, { ...about, color: false, summary: true }).split('\n')).toHaveLength(4);
  });

  test('as a document is as its schema says', () => {
    const against = { revision: 'v1', commit: 'a'.repeat(40) };

    const document = comparisonDocument(comparison, { program: '1.0.0', account: 'main', directory: 'apps', against });

    expect(comparisonSchema.parse(document)).toEqual(document);
    expect(document.summary).toEqual({ added: 1, changed: 1, removed: 1, equal: 0, incomparable: 0 });
    expect(document.differences[0]).toMatchObject({ kind: 'changed', name: 'Is', formerly: 'Was' });
  });

  test('as a comment has the marker of its account, and is cut between manifests', () => {
    const many = compareManifests(
      state([]),
      state(Array.from({ length: 100 }, (_, index) => aManifest({ name: `<b>@all ${index}` }))),
    );
    const options = { ...about, name: 'main', maxBytes: 2000 };

    const text = comparisonMarkdown(many, options);

    expect(text).toMatch(/^<!-- vonage-gitops:main -->\n<code>not compared with the account/);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2000);
    expect(text).toMatch(/\*\*More omitted here because of the length: \d+ manifests\.\*\*\n$/);
    expect(text).not.toContain('<b>');
    expect(comparisonMarkdown(many, { ...options, summary: true })).not.toContain('<pre>');
  });
});
