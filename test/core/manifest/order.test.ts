import { describe, expect, test } from 'vitest';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { formatPlace } from '../../../src/core/problem.ts';
import { anId } from '../../builders.ts';
import { manifestText, problemLines } from './builders.ts';

const parse = (...files: readonly (readonly [path: string, text: string])[]) =>
  parseManifests(
    files.map(([path, text]) => ({ path, text })),
    defaultManifestOptions,
  );
const pinned = (name: string, id: number) => manifestText(`name: ${name}\nid: ${anId(id)}`);

describe('what is read comes in the order of places', () => {
  const two = `${manifestText('name: C')}---\n${manifestText('name: B')}`;

  test('manifests, with the text of each', () => {
    const { manifests, texts } = parse(['b.yaml', two], ['a.yaml', manifestText('name: A')]);

    expect(manifests.map(({ name }) => name)).toStrictEqual(['A', 'C', 'B']);
    expect([...texts]).toStrictEqual([
      ['a.yaml:4:9', [{ file: 'a.yaml', line: 1, text: manifestText('name: A') }]],
      ['b.yaml:4:9', [{ file: 'b.yaml', line: 1, text: manifestText('name: C') }]],
      ['b.yaml:11:9', [{ file: 'b.yaml', line: 7, text: `---\n${manifestText('name: B')}` }]],
    ]);
  });

  test('problems, those between manifests among those of one', () => {
    const twins = `${manifestText('name: Twin')}---\n${manifestText('nam: D', 'capabilitie: {}')}`;

    const parsed = parse(['b.yaml', manifestText('name: Twin')], ['a.yaml', twins], ['c.yaml', 'kind: Application\n']);

    const places = parsed.problems.map(({ place }) => formatPlace(place));
    expect(places).toStrictEqual(
      [...parsed.problems]
        .sort(
          ({ place: one }, { place: other }) =>
            one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column,
        )
        .map(({ place }) => formatPlace(place)),
    );
    expect(new Set(parsed.problems.map(({ place }) => place.file))).toStrictEqual(
      new Set(['a.yaml', 'b.yaml', 'c.yaml']),
    );
    expect(parsed.problems[0]?.message).toContain('Twin');
    expect(parsed.complete).toBe(false);
  });

  test('broken manifests, with name and id as far as they are known', () => {
    const { broken, manifests } = parse(
      ['c.yaml', pinned('Twin', 3)],
      ['b.yaml', manifestText('name: Half', 'capabilitie: {}')],
      ['a.yaml', manifestText('name: Twin')],
    );

    expect(manifests).toStrictEqual([]);
    expect(broken).toStrictEqual([
      { place: { file: 'a.yaml', line: 4, column: 9 }, name: 'Twin' },
      { place: { file: 'b.yaml', line: 4, column: 9 }, name: 'Half' },
      { place: { file: 'c.yaml', line: 4, column: 9 }, name: 'Twin', id: anId(3) },
    ]);
  });

  test('two documents of one file are each told where they stand', () => {
    const parsed = parse(['a.yaml', `${manifestText('name: Twin')}---\n${manifestText('name: Twin')}`]);

    expect(problemLines(parsed).map((line) => line.split(' ')[1])).toStrictEqual(['a.yaml:4:9', 'a.yaml:11:9']);
    expect(parsed.broken.map(({ place }) => formatPlace(place))).toStrictEqual(['a.yaml:4:9', 'a.yaml:11:9']);
  });

  test('files that hold nothing', () => {
    expect(parse(['b.yaml', '# nothing\n'], ['c.yaml', manifestText()], ['a.yaml', '']).emptyFiles).toStrictEqual([
      'a.yaml',
      'b.yaml',
    ]);
  });
});

describe('what is told of files that hold more or less than one manifest', () => {
  const config = 'apiVersion: vonage-gitops/v1\nkind: Config\n';

  test.each([
    { title: 'one manifest', text: manifestText(), ownFile: [true] },
    { title: 'two manifests', text: `${manifestText()}---\n${manifestText('name: B')}`, ownFile: [false, false] },
    { title: 'a manifest and nothing', text: `${manifestText()}---\n# nothing\n`, ownFile: [true] },
    { title: 'a manifest and a configuration', text: `${manifestText()}---\n${config}`, ownFile: [true] },
    { title: 'a manifest and a broken one', text: `${manifestText()}---\n${manifestText('nam: B')}`, ownFile: [false] },
  ])('$title', ({ text, ownFile }) => {
    expect(parse(['a.yaml', text]).manifests.map((manifest) => manifest.ownFile)).toStrictEqual(ownFile);
  });

  test('a configuration is neither broken nor a problem', () => {
    expect(parse(['a.yaml', config])).toStrictEqual({
      manifests: [],
      texts: new Map(),
      broken: [],
      problems: [],
      complete: true,
      emptyFiles: [],
    });
  });

  test('a broken manifest with an empty name has none', () => {
    expect(parse(['a.yaml', manifestText('name: ""')]).broken).toStrictEqual([
      { place: { file: 'a.yaml', line: 4, column: 9 } },
    ]);
  });

  test('a private key anywhere in a file makes all of its documents broken', () => {
    const leaked = `${manifestText('name: A')}---\n${manifestText('name: B')}# -----BEGIN PRIVATE KEY-----\n`;

    const { broken, problems, manifests } = parse(['a.yaml', leaked], ['b.yaml', manifestText('name: B')]);

    expect(broken.map(({ name }) => name)).toStrictEqual(['A', 'B', 'B']);
    expect(manifests).toStrictEqual([]);
    expect(problems.map(({ place, path, severity }) => [place.file, path, severity])).toStrictEqual([
      ['a.yaml', '', 'error'],
      ['b.yaml', 'metadata.name', 'error'],
    ]);
  });
});
