import { describe, expect, test } from 'vitest';
import { ManifestCache } from '../../../src/core/manifest/cache.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { manifestSteps } from '../../../src/core/manifest/parse.ts';
import { finish } from '../../../src/core/steps.ts';
import { anId } from '../../builders.ts';
import { manifestText, parseText, problemLines } from '../manifest/builders.ts';
import { brokenNames, parseLayers, patchText } from './builders.ts';

const voice = (region: string) => `capabilities: { voice: { region: ${region} } }`;

describe('a patch without an application', () => {
  test.each([
    {
      title: 'that has another name',
      base: 'name: Suport',
      message: 'no earlier layer has an application of this name (did you mean "Suport"?)',
    },
    {
      title: 'where no name is near',
      base: 'name: Something else',
      message: 'no earlier layer has an application of this name',
    },
  ])('$title is told', ({ base, message }) => {
    const parsed = parseLayers({ 'base/a.yaml': manifestText(base), 'prod/a.yaml': patchText('name: Support') });

    expect(problemLines(parsed)).toEqual([`error prod/a.yaml:4:9 metadata.name: ${message}`]);
    expect(brokenNames(parsed)).toEqual(['Support']);
  });

  test('holds the application that it pins', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: B'),
      'prod/a.yaml': patchText(`name: A\nid: ${anId(1)}`),
    });

    expect(parsed.broken).toEqual([{ name: 'A', id: anId(1), place: { file: 'prod/a.yaml', line: 4, column: 9 } }]);
  });

  test('that is in its own layer', () => {
    const parsed = parseLayers({ 'prod/a.yaml': manifestText('name: A'), 'prod/b.yaml': patchText('name: A') });

    expect(problemLines(parsed)).toEqual([
      'error prod/b.yaml:4:9 metadata.name: the application of this name is in the same layer: change its manifest instead',
    ]);
    expect(brokenNames(parsed)).toEqual(['A']);
  });

  test('that cannot be read is told once', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A').replace(/spec:[\s\S]*/, 'spec: }'),
      'prod/a.yaml': patchText('name: A'),
    });

    expect(problemLines(parsed)).toEqual([expect.stringContaining('error base/a.yaml:5:7 : YAML:')]);
    expect(brokenNames(parsed)).toEqual(['A', 'A']);
  });

  test('that a broken document of this name may be', () => {
    const parsed = parseLayers({
      'base/a.yaml': `apiVersion: v9\nkind: Application\nmetadata: { name: A }\n`,
      'prod/a.yaml': patchText('name: A'),
    });

    expect(problemLines(parsed)).toEqual([expect.stringContaining('error base/a.yaml:1:13 apiVersion:')]);
  });

  test('in an account with one directory', () => {
    const parsed = parseText(patchText('name: A'));

    expect(problemLines(parsed)).toEqual([
      'error a.yaml:2:7 kind: ApplicationPatch changes an application of an earlier layer: it must not stand in the first one. List the directories in manifests of the account, the base first',
    ]);
    expect(brokenNames(parsed)).toEqual(['A']);
  });

  test('and without a name', () => {
    const parsed = parseLayers({ 'base/a.yaml': manifestText('name: A'), 'prod/a.yaml': patchText('labels: {}') });

    expect(problemLines(parsed)).toContain(
      'error prod/a.yaml:3:1 metadata.name: missing: expected the name of an application of an earlier layer',
    );
    expect(parsed.manifests).toEqual([]);
  });

  test('and without apiVersion', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A'),
      'prod/a.yaml': patchText('name: A').replace(/^apiVersion.*\n/, ''),
    });

    expect(problemLines(parsed)).toEqual(['error prod/a.yaml:1:1 apiVersion: missing: expected "vonage-gitops/v1"']);
    expect(brokenNames(parsed)).toEqual(['A']);
  });
});

describe('one name in several documents', () => {
  test('an application in both layers is declared twice', () => {
    const parsed = parseLayers({ 'base/a.yaml': manifestText('name: A'), 'prod/a.yaml': manifestText('name: A') });

    expect(problemLines(parsed)).toEqual([
      'error base/a.yaml:4:9 metadata.name: the name "A" is declared more than once: also at prod/a.yaml:4:9',
      'error prod/a.yaml:4:9 metadata.name: the name "A" is declared more than once: also at base/a.yaml:4:9',
    ]);
  });

  test('two patches in one layer are not merged in any order', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A'),
      'prod/a.yaml': patchText('name: A'),
      'prod/b.yaml': patchText('name: A'),
    });

    expect(problemLines(parsed)).toEqual([
      'error prod/a.yaml:4:9 metadata.name: this application is patched more than once in one layer: also at prod/b.yaml:4:9',
      'error prod/b.yaml:4:9 metadata.name: this application is patched more than once in one layer: also at prod/a.yaml:4:9',
    ]);
    expect(brokenNames(parsed)).toEqual(['A']);
  });

  test('two applications of the base that a patch could mean are both declared twice', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A'),
      'base/b.yaml': manifestText('name: A'),
      'prod/a.yaml': patchText('name: A', voice('eu-west')),
    });

    expect(problemLines(parsed)).toHaveLength(2);
    expect(parsed.manifests).toEqual([]);
  });

  test('an application of a later layer is not patched by its own layer, but by the next', () => {
    const layers = ['base', 'eu', 'prod'];

    const parsed = parseLayers(
      {
        'base/a.yaml': manifestText('name: A'),
        'eu/b.yaml': manifestText('name: B'),
        'prod/b.yaml': patchText('name: B', voice('eu-west')),
      },
      { layers },
    );

    expect(problemLines(parsed)).toEqual([]);
    expect(parsed.manifests.map(({ name }) => name)).toEqual(['A', 'B']);
  });
});

describe('an id', () => {
  test('may stand only in the last layer', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText(`name: A\nid: ${anId(1)}`),
      'base/b.yaml': manifestText(`name: B\nid: ${anId(2)}`),
      'prod/a.yaml': patchText(`name: A\nid: ${anId(1)}`),
      'prod/c.yaml': manifestText(`name: C\nid: ${anId(3)}`),
    });

    const message =
      'only the last layer (prod) may pin an id: other environments may share this layer. Set metadata.id in a patch there';
    expect(problemLines(parsed)).toEqual([
      `error base/a.yaml:5:3 metadata.id: ${message}`,
      `error base/b.yaml:5:3 metadata.id: ${message}`,
    ]);
    expect(parsed.broken.map(({ id }) => id)).toEqual([anId(1), anId(2)]);
  });
});

describe('nameSuffix', () => {
  test('is added to names and earlier names, last', () => {
    const parsed = parseLayers(
      {
        'base/a.yaml': manifestText('name: "A${KIND}"\nformerly: [B]'),
        'prod/a.yaml': patchText('name: "A${KIND}"', voice('eu-west')),
      },
      { nameSuffix: ' (staging)', environment: { KIND: '!' }, allowedEnvironment: ['KIND'] },
    );

    expect(problemLines(parsed)).toEqual([]);
    expect(parsed.manifests).toMatchObject([{ name: 'A! (staging)', formerly: ['B (staging)'] }]);
    expect(parsed.manifests[0]?.concealed.get('/name')).toBe('A${KIND} (staging)');
  });

  test.each([
    { title: 'a name that is none', metadata: 'name: ""', place: 'metadata.name' },
    { title: 'a name that is missing', metadata: 'labels: {}', place: 'metadata.name' },
    { title: 'earlier names that are no list', metadata: 'name: A\nformerly: B', place: 'metadata.formerly' },
    { title: 'an earlier name that is no text', metadata: 'name: A\nformerly: [1]', place: 'metadata.formerly.0' },
  ])('does not hide $title', ({ metadata, place }) => {
    const parsed = parseText(manifestText(metadata), { nameSuffix: '-x' });

    expect(problemLines(parsed)).toEqual([expect.stringContaining(` ${place}: `)]);
  });

  test('is part of the names of broken manifests, so that their applications are held', () => {
    const parsed = parseText(manifestText('name: A', 'capabilitys: {}'), { nameSuffix: '-x' });

    expect(brokenNames(parsed)).toEqual(['A-x']);
  });
});

describe('what may hold patches and cannot be read', () => {
  const base = { 'base/a.yaml': manifestText('name: A'), 'base/b.yaml': manifestText('name: B') };
  const held =
    'until this can be read, applications of earlier layers are left unchanged: patches of them may be in it';

  test.each([
    { title: 'a document with an error of YAML', text: patchText('name: A').replace('metadata:', 'metadata: ]') },
    { title: 'a document that is none of ours', text: 'a: 1\n' },
    { title: 'a file that was emptied', text: '\n' },
    { title: 'a file with a private key', text: '-----BEGIN PRIVATE KEY-----' },
  ])('$title holds the applications of earlier layers', ({ text }) => {
    const parsed = parseLayers({ ...base, 'prod/a.yaml': text, 'prod/c.yaml': manifestText('name: C') });

    expect(problemLines(parsed)).toContain(`error prod/a.yaml:1:1 : ${held}`);
    expect(parsed.manifests.map(({ name }) => name)).toEqual(['C']);
    expect(brokenNames(parsed)).toEqual(expect.arrayContaining(['A', 'B']));
    expect(parsed.complete).toBe(false);
  });

  test('a path that nobody could open holds them, too', () => {
    const files = Object.entries(base).map(([path, text]) => ({ path, text }));
    const options = { ...defaultManifestOptions, layers: ['base', 'prod'] };

    const parsed = finish(manifestSteps(files, options, undefined, ['prod/closed']));

    expect(problemLines(parsed)).toEqual([`error prod/closed:1:1 : ${held}`]);
    expect(parsed.manifests).toEqual([]);
  });

  test('but not those that another file of that layer patches', () => {
    const parsed = parseLayers({
      ...base,
      'prod/a.yaml': patchText('name: A', voice('eu-west')),
      'prod/b.yaml': 'a: 1\n',
    });

    expect(parsed.manifests.map(({ name }) => name)).toEqual(['A']);
  });

  test('holds nothing where no earlier layer has applications', () => {
    const parsed = parseLayers({ 'prod/a.yaml': 'a: 1\n' });

    expect(problemLines(parsed)).toHaveLength(1);
  });

  test('a file with a comment only is meant to hold nothing', () => {
    const parsed = parseLayers({ ...base, 'prod/a.yaml': '# nothing yet\n' });

    expect(problemLines(parsed)).toEqual([]);
    expect(parsed.emptyFiles).toEqual(['prod/a.yaml']);
  });
});

describe('with a cache', () => {
  const texts = {
    'base/a.yaml': manifestText('name: A'),
    'base/b.yaml': manifestText('name: B'),
    'prod/a.yaml': patchText('name: A', voice('eu-west')),
  };

  test('what did not change is not read again', () => {
    const cache = new ManifestCache();

    const first = parseLayers(texts, {}, cache).manifests;
    const second = parseLayers({ ...texts, 'prod/c.yaml': manifestText('name: C') }, {}, cache).manifests;

    expect(second[0]).toBe(first[0]);
    expect(second[1]).toBe(first[1]);
  });

  test('a changed patch is read again', () => {
    const cache = new ManifestCache();

    parseLayers(texts, {}, cache);
    const { manifests } = parseLayers({ ...texts, 'prod/a.yaml': patchText('name: A', voice('na-east')) }, {}, cache);

    expect(manifests[0]?.spec).toEqual({ capabilities: { voice: { region: 'na-east' } } });
  });

  test('an application is read again when a patch comes or goes', () => {
    const cache = new ManifestCache();
    const { 'prod/a.yaml': _, ...without } = texts;
    const spec = (given: Readonly<Record<string, string>>) => parseLayers(given, {}, cache).manifests[0]?.spec;

    expect(spec(without)).toEqual({ capabilities: {} });
    expect(spec(texts)).toEqual({ capabilities: { voice: { region: 'eu-west' } } });
    expect(spec(without)).toEqual({ capabilities: {} });
  });
});
