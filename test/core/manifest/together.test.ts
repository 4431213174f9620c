import { expect, test } from 'vitest';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { manifestText, problemLines } from './builders.ts';

const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';

function parseAll(...metadata: readonly string[]) {
  const files = metadata.map((text, index) => ({ path: `${index + 1}.yaml`, text: manifestText(text) }));
  return parseManifests(files, defaultManifestOptions);
}

test.each([
  {
    title: 'one name in two manifests',
    metadata: ['name: A', 'name: A', 'name: B'],
    expected: [
      'error 1.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 2.yaml:4:9',
      'error 2.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 1.yaml:4:9',
    ],
    usable: ['B'],
  },
  {
    title: 'one name in two manifests that both pin their ids',
    metadata: [`name: A\nid: ${id}`, `name: A\nid: ${id.replace('7', '8')}`],
    expected: [],
    usable: ['A', 'A'],
  },
  {
    title: 'one name in two manifests of which one pins its id',
    metadata: [`name: A\nid: ${id}`, 'name: A'],
    expected: [
      'error 1.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 2.yaml:4:9. To manage several applications of one name, pin the id in each manifest',
      'error 2.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 1.yaml:4:9. To manage several applications of one name, pin the id in each manifest',
    ],
    usable: [],
  },
  {
    title: 'names that differ in what nobody sees',
    metadata: ['name: "Support\\u200b line"', 'name: "support  line"', 'name: Support line\nformerly: []'],
    expected: [
      `warning 1.yaml:4:9 metadata.name: the name contains U+200B, which is not shown: remove it, if it is not intended`,
      `warning 1.yaml:4:9 metadata.name: the name differs from "support  line" (2.yaml:4:9) in case, white space or invisible characters only: correct it, or add "formerly: []" if both are intended`,
      `warning 2.yaml:4:9 metadata.name: the name differs from "Support\\u200b line" (1.yaml:4:9) in case, white space or invisible characters only: correct it, or add "formerly: []" if both are intended`,
    ],
    usable: ['Support\u200b line', 'support  line', 'Support line'],
  },
  {
    title: 'one id in two manifests, spelt differently',
    metadata: [`name: A\nid: ${id}`, `name: B\nid: ${id.replaceAll('-', '').toUpperCase()}`],
    expected: [
      `error 1.yaml:5:7 metadata.id: the id ${id} is pinned more than once: also at 2.yaml:4:9`,
      `error 2.yaml:5:7 metadata.id: the id ${id} is pinned more than once: also at 1.yaml:4:9`,
    ],
    usable: [],
  },
  {
    title: 'a name that a broken manifest has too',
    metadata: ['name: A\nlabels: x', 'name: A'],
    expected: [
      'error 1.yaml:5:11 metadata.labels: expected an object, found "x"',
      'error 2.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 1.yaml:4:9',
    ],
    usable: [],
  },
  {
    title: 'an id that a broken manifest has too',
    metadata: [`name: A\nid: ${id}\nlabels: x`, `name: B\nid: ${id}`],
    expected: [
      'error 1.yaml:6:11 metadata.labels: expected an object, found "x"',
      `error 2.yaml:5:7 metadata.id: the id ${id} is pinned more than once: also at 1.yaml:4:9`,
    ],
    usable: [],
  },
  {
    title: 'one earlier name in two manifests',
    metadata: ['name: A\nformerly: [X, Old]', 'name: B\nformerly: [Old]'],
    expected: [
      'error 1.yaml:5:17 metadata.formerly.1: the earlier name "Old" is also claimed at 2.yaml:4:9: pin the id in one of them',
      'error 2.yaml:5:14 metadata.formerly.0: the earlier name "Old" is also claimed at 1.yaml:4:9: pin the id in one of them',
    ],
    usable: [],
  },
  {
    title: 'two manifests formerly each other',
    metadata: ['name: A\nformerly: [B]', 'name: B\nformerly: [A]'],
    expected: [
      'error 1.yaml:5:14 metadata.formerly.0: "A" and "B" (2.yaml:4:9) list each other in formerly: to swap two names, pin both ids',
      'error 2.yaml:5:14 metadata.formerly.0: "B" and "A" (1.yaml:4:9) list each other in formerly: to swap two names, pin both ids',
    ],
    usable: [],
  },
  {
    title: 'an earlier name that another manifest took over is no problem',
    metadata: ['name: B\nformerly: [A]', 'name: A', 'name: C\nformerly: [B]'],
    expected: [],
    usable: ['B', 'A', 'C'],
  },
])('$title', ({ metadata, expected, usable }) => {
  const parsed = parseAll(...metadata);

  expect(problemLines(parsed)).toEqual(expected);
  expect(parsed.manifests.map(({ name }) => name)).toEqual(usable);
  expect(parsed.manifests.length + parsed.broken.length).toBe(metadata.length);
});

test('a thousand manifests of one name are told with five other places each', () => {
  const parsed = parseAll(...Array.from({ length: 1000 }, () => 'name: A'));

  expect(parsed.problems.length).toBe(1000);
  expect(parsed.problems.at(-1)?.message.split('.yaml:').length).toBe(6);
});

test('a manifest of something else with the same name is no clash', () => {
  const { manifests, problems } = parseManifests(
    [
      { path: 'a.yaml', text: manifestText('name: A') },
      { path: 'b.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata: { name: A }\n' },
    ],
    defaultManifestOptions,
  );

  expect(manifests.map(({ name }) => name)).toEqual(['A']);
  expect(problems.map(({ place }) => place.file)).toEqual(['b.yaml']);
});

test('a broken manifest without name and id clashes with nobody, and a stranger’s file neither', () => {
  const text = (path: string, metadata: string) => ({ path, text: manifestText(metadata) });
  const files = [
    text('1.yaml', `name: A\nid: ${id}`),
    text('2.yaml', 'nam: A'),
    { path: '3.yaml', text: `kind: Other\nmetadata: { name: A, id: ${id} }\n` },
  ];

  const { manifests, problems } = parseManifests(files, defaultManifestOptions);

  expect(manifests.map(({ name }) => name)).toStrictEqual(['A']);
  expect(problems.filter(({ message }) => message.includes('more than once'))).toStrictEqual([]);
});

test('a name declared three times is told with both other places', () => {
  expect(problemLines(parseAll('name: A', 'name: A', 'name: A'))[1]).toBe(
    'error 2.yaml:4:9 metadata.name: the name "A" is declared more than once: also at 1.yaml:4:9, 3.yaml:4:9',
  );
});

test('an id is told as often as it is pinned by usable manifests, a broken one among the others', () => {
  const files = [
    { path: '1.yaml', text: manifestText(`name: A\nid: ${id}`) },
    { path: '2.yaml', text: manifestText(`name: B\nid: ${id}`, 'capabilitie: {}') },
  ];

  expect(problemLines(parseManifests(files, defaultManifestOptions))[0]).toBe(
    `error 1.yaml:5:7 metadata.id: the id ${id} is pinned more than once: also at 2.yaml:4:9`,
  );
});
