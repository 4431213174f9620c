import { expect, test } from 'vitest';
import { highestVersion, isLowerVersion, versionRangeProblem } from '../../../src/core/git/versions.ts';

test.each([
  { title: 'the highest, not the last', tags: ['1.9.0', '1.10.0', '1.2.0'], range: '^1.0.0', expected: '1.10.0' },
  { title: 'with and without "v"', tags: ['v1.3.0', '1.2.0'], range: '1.x', expected: 'v1.3.0' },
  { title: 'nothing above the range', tags: ['v1.2.0', 'v2.0.0'], range: '^1.0.0', expected: 'v1.2.0' },
  { title: 'no pre-release', tags: ['v1.2.0', 'v1.3.0-rc.1', 'v2.0.0-rc.1'], range: '>=1.0.0', expected: 'v1.2.0' },
  { title: 'a pre-release', tags: ['v1.3.0-rc.2', 'v1.3.0-rc.10'], range: '>=1.3.0-rc.1', expected: 'v1.3.0-rc.10' },
  { title: 'the release above its pre-release', tags: ['1.3.0', '1.3.0-rc.1'], range: '>=1.3.0-0', expected: '1.3.0' },
  { title: 'none of another version', tags: ['v1.4.0-rc.1', 'v1.2.0'], range: '>=1.3.0-rc.1', expected: undefined },
  {
    title: 'no version, though it looks like one',
    tags: [
      'v1',
      'v1.2',
      'release-1.2.3',
      '=1.2.3',
      'V1.2.3',
      ' 1.2.3',
      '1.2.3 ',
      '01.2.3',
      '1.2.3.4',
      'vv1.2.3',
      'main',
    ],
    range: '*',
    expected: undefined,
  },
  { title: 'numbers too large', tags: ['99999999999999999999.0.0'], range: '*', expected: undefined },
  { title: 'no tag at all', tags: [], range: '*', expected: undefined },
  { title: 'no range', tags: ['v1.0.0'], range: 'latest', expected: undefined },
])('of tags, $title: $expected', ({ tags, range, expected }) => {
  expect(highestVersion(tags, range)).toBe(expected);
  expect(highestVersion(tags.toReversed(), range)).toBe(expected);
});

test.each([
  { tags: ['1.2.3', 'v1.2.3'], expected: 'v1.2.3' },
  { tags: ['1.2.3+b', '1.2.3+a', '1.2.3'], expected: '1.2.3+b' },
])('of $tags, one version, it is always the same', ({ tags, expected }) => {
  expect(highestVersion(tags, '*')).toBe(expected);
  expect(highestVersion(tags.toReversed(), '*')).toBe(expected);
});

test.each(['^1.2.0', '1.x', '>=1.2.0 <2.0.0', '1.2.3 || 2.x', '*', 'v1.2.3', '~1.2.0-rc.1'])(
  '%j is a range',
  (range) => {
    expect(versionRangeProblem(range)).toBeUndefined();
  },
);

test.each([
  { title: 'nothing', range: '' },
  { title: 'a space', range: ' ' },
  { title: 'a word', range: 'latest' },
  { title: 'an option', range: '--upload-pack=x' },
  { title: 'four numbers', range: '1.2.3.4' },
  { title: 'a comparison that does not exist', range: '>=1 <<2' },
  { title: 'a very large number', range: `>=${'1'.repeat(200)}` },
  { title: 'a very long one', range: '1.0.0 || '.repeat(60) },
])('$title is none', ({ range }) => {
  expect(versionRangeProblem(range)).toContain('expected a range of versions');
});

test.each([
  ['v1.2.0', 'v1.10.0', true],
  ['1.2.0-rc.1', 'v1.2.0', true],
  ['v1.2.0', '1.2.0', false],
  ['v2.0.0', 'v1.2.0', false],
  ['main', 'v1.2.0', false],
  ['v1.2.0', 'main', false],
  ['v1', 'v1.2.0', false],
])('whether %s is a lower version than %s: %s', (tag, than, expected) => {
  expect(isLowerVersion(tag, than)).toBe(expected);
});
