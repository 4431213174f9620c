import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../../src/core/json.ts';
import { mergeReads } from '../../../src/core/layers/merge-reads.ts';
import type { ReadValue } from '../../../src/core/manifest/read-value.ts';
import { anId } from '../../builders.ts';
import { manifestText, problemLines } from '../manifest/builders.ts';
import { parseLayers, patchText } from './builders.ts';

const answer = (host: string) =>
  `capabilities: { voice: { webhooks: { answer_url: { address: "https://${host}/a" } } } }`;

describe('a patch of a later layer', () => {
  test.each([
    {
      title: 'objects merge',
      base: 'privacy: { improve_ai: true }\ncapabilities: { voice: { region: eu-west } }',
      patch: 'capabilities: { voice: { conversations_ttl: 1 } }',
      spec: { privacy: { improve_ai: true }, capabilities: { voice: { region: 'eu-west', conversations_ttl: 1 } } },
    },
    {
      title: 'scalars replace',
      base: 'capabilities: { voice: { region: eu-west } }',
      patch: 'capabilities: { voice: { region: na-east } }',
      spec: { capabilities: { voice: { region: 'na-east' } } },
    },
    {
      title: 'null removes',
      base: 'privacy: { improve_ai: true }\ncapabilities: { voice: { region: eu-west } }',
      patch: 'privacy: null',
      spec: { capabilities: { voice: { region: 'eu-west' } } },
    },
    {
      title: 'what is not there is added',
      base: 'privacy: { improve_ai: true }',
      patch: 'capabilities: { voice: {} }',
      spec: { privacy: { improve_ai: true }, capabilities: { voice: {} } },
    },
  ])('$title', ({ base, patch, spec }) => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: Support', base),
      'prod/a.yaml': patchText('name: Support', patch),
    });

    expect(problemLines(parsed)).toEqual([]);
    expect(parsed.manifests.map((manifest) => manifest.spec)).toEqual([spec]);
  });

  test('changes metadata, where lists replace', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: Support\nformerly: [A, B]\nlabels: { team: x, tier: y }'),
      'prod/a.yaml': patchText(`name: Support\nid: ${anId(1)}\nformerly: [C]\nlabels: { tier: null, env: prod }`),
    });

    expect(parsed.manifests).toMatchObject([
      { name: 'Support', id: anId(1), formerly: ['C'], labels: { team: 'x', env: 'prod' } },
    ]);
  });

  test('changes the application of its name and no other', () => {
    const parsed = parseLayers({
      'base/a.yaml': `${manifestText('name: A', answer('base.example.com'))}---\n${manifestText('name: B', answer('base.example.com'))}`,
      'prod/b.yaml': patchText('name: B', answer('prod.example.com')),
      'prod/c.yaml': manifestText('name: C', answer('prod.example.com')),
    });

    expect(parsed.manifests.map(({ name, spec }) => [name, JSON.stringify(spec).includes('prod')])).toEqual([
      ['A', false],
      ['B', true],
      ['C', true],
    ]);
    expect(parsed.manifests.map(({ ownFile }) => ownFile)).toEqual([false, false, true]);
    expect(parsed.texts.get('base/a.yaml:11:9')?.map(({ file, line }) => [file, line])).toEqual([
      ['base/a.yaml', 7],
      ['prod/b.yaml', 1],
    ]);
  });

  test('is laid over that of the layer before it', () => {
    const parsed = parseLayers(
      {
        'base/a.yaml': manifestText('name: A', 'capabilities: { voice: { region: eu-west } }'),
        'eu/a.yaml': patchText('name: A', 'capabilities: { voice: { region: eu-east, conversations_ttl: 1 } }'),
        'prod/a.yaml': patchText('name: A', 'capabilities: { voice: { region: na-east } }'),
      },
      { layers: ['base', 'eu', 'prod'] },
    );

    expect(parsed.manifests.map(({ spec }) => spec)).toEqual([
      { capabilities: { voice: { region: 'na-east', conversations_ttl: 1 } } },
    ]);
  });

  test('may complete what would not be valid alone', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText(
        'name: A',
        'capabilities: { voice: { webhooks: { answer_url: { http_method: GET } } } }',
      ),
      'prod/a.yaml': patchText('name: A', answer('prod.example.com')),
    });

    expect(problemLines(parsed)).toEqual([]);
  });

  test('replaces placeholders before they are filled in: their variables need not be there', () => {
    const base = manifestText('name: A', answer('${HOST}'));

    const alone = parseLayers({ 'base/a.yaml': base });
    const patched = parseLayers({
      'base/a.yaml': base,
      'prod/a.yaml': patchText('name: A', answer('prod.example.com')),
    });

    expect(problemLines(alone)).toHaveLength(1);
    expect(problemLines(patched)).toEqual([]);
  });

  test('brings values of the environment with it, and takes those it replaces away', () => {
    const options = { environment: { HOST: 'secret.example.com' }, allowedEnvironment: ['HOST'] };
    const [named, plain] = [answer('${HOST}'), answer('plain.example.com')];
    const concealed = (base: string, patch: string) =>
      parseLayers(
        { 'base/a.yaml': manifestText('name: A', base), 'prod/a.yaml': patchText('name: A', patch) },
        options,
      ).manifests.map((manifest) => [...manifest.concealed.values()]);

    expect(concealed(plain, named)).toEqual([['https://${HOST}/a']]);
    expect(concealed(named, plain)).toEqual([[]]);
    expect(concealed(named, 'privacy: { improve_ai: true }')).toEqual([['https://${HOST}/a']]);
  });

  test('does not remove by a placeholder that is filled with nothing', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A', 'capabilities: { voice: { region: eu-west } }'),
      'prod/a.yaml': patchText('name: A', 'capabilities:\n  voice:\n    region: ${REGION:-}'),
    });

    expect(problemLines(parsed)).toEqual([
      expect.stringContaining('error prod/a.yaml:8:15 spec.capabilities.voice.region:'),
    ]);
  });

  test('names its key file relative to itself', () => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    const asked: string[] = [];
    const keyFile = (path: string) => {
      asked.push(path);
      return { text: pem };
    };

    const parsed = parseLayers(
      {
        'base/a.yaml': manifestText('name: A', 'keys: { public_key_file: base.pub }'),
        'prod/keys/a.yaml': patchText('name: A', 'keys: { public_key_file: prod.pub }'),
      },
      { keyFile },
    );

    expect(asked).toEqual(['prod/keys/prod.pub']);
    expect(parsed.manifests[0]?.spec).toEqual({ keys: { public_key: pem } });
  });
});

describe('problems of merged manifests stand where the value came from', () => {
  test.each([
    {
      title: 'a value of the base',
      base: 'capabilities: { voice: { region: nowhere } }',
      patch: 'privacy: { improve_ai: true }',
      place: 'base/a.yaml:6:36 spec.capabilities.voice.region',
    },
    {
      title: 'a value of the patch',
      base: 'capabilities: { voice: { region: eu-west } }',
      patch: 'capabilities: { voice: { region: nowhere } }',
      place: 'prod/a.yaml:6:36 spec.capabilities.voice.region',
    },
    {
      title: 'an unknown field of the patch',
      base: 'capabilities: {}',
      patch: 'capabilitys: {}',
      place: 'prod/a.yaml:6:3 spec.capabilitys',
    },
    {
      title: 'what the patch removed and must be there',
      base: answer('base.example.com'),
      patch: 'capabilities: { voice: { webhooks: { answer_url: { address: null } } } }',
      place: 'prod/a.yaml:6:54 spec.capabilities.voice.webhooks.answer_url.address',
    },
  ])('$title', ({ base, patch, place }) => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A', base),
      'prod/a.yaml': patchText('name: A', patch),
    });

    expect(problemLines(parsed)).toEqual([expect.stringContaining(`error ${place}: `)]);
    expect(parsed.manifests).toEqual([]);
    expect(parsed.broken).toEqual([{ name: 'A', place: { file: 'base/a.yaml', line: 4, column: 9 } }]);
  });

  test('those between manifests, too', () => {
    const id = `id: ${anId(1)}`;

    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A'),
      'prod/a.yaml': patchText(`name: A\n${id}`),
      'prod/b.yaml': manifestText(`name: B\n${id}`),
    });

    expect(problemLines(parsed)).toEqual([
      expect.stringContaining('error prod/a.yaml:5:7 metadata.id: the id'),
      expect.stringContaining('error prod/b.yaml:5:7 metadata.id: the id'),
    ]);
  });

  test('a field that nothing can be removed from is told', () => {
    const parsed = parseLayers({
      'base/a.yaml': manifestText('name: A'),
      'prod/a.yaml': patchText('name: A', 'capabilities: { voice: null, rtc: { webhooks: null } }'),
    });

    expect(problemLines(parsed)).toEqual([
      'warning prod/a.yaml:6:19 spec.capabilities.voice: nothing to remove: no earlier layer has this field',
      'warning prod/a.yaml:6:39 spec.capabilities.rtc.webhooks: nothing to remove: no earlier layer has this field',
    ]);
  });

  test('a document of the base that is far too large is still told as one', () => {
    const labels = Array.from({ length: 4100 }, (_, index) => `  l${index}: x`).join('\n');

    const parsed = parseLayers({
      'base/a.yaml': manifestText(`name: A\nlabels:\n${labels}`),
      'prod/a.yaml': patchText('name: A', 'capabilities: {}'),
    });

    expect(problemLines(parsed)).toEqual([
      expect.stringContaining('more than 4,000 fields'),
      expect.stringContaining('and 105 more'),
    ]);
  });
});

describe('merging', () => {
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<Json>(null, true, 1, 'text'),
      fc.array(fc.constantFrom<Json>(null, 2), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c/d'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c/d'), json, { maxKeys: 3 });
  const read = (value: Json): { readonly read: ReadValue } => ({
    read: { value, concealed: new Map(), written: new Map(), filled: new Map(), opaque: new Set(), findings: [] },
  });

  /** RFC 7396, section 2, word by word. */
  function mergePatch(target: Json | undefined, patch: Json): Json {
    if (!isJsonObject(patch)) return patch;
    const result: Record<string, Json> = isJsonObject(target) ? { ...target } : {};
    for (const [name, value] of Object.entries(patch)) {
      if (value === null) delete result[name];
      else result[name] = mergePatch(result[name], value);
    }
    return result;
  }

  test('does what RFC 7396 says', () => {
    fc.assert(
      fc.property(object, object, object, (base, one, other) => {
        const { value } = mergeReads(read(base), [read(one), read(other)]);

        expect(value).toEqual(mergePatch(mergePatch(base, one), other));
      }),
    );
  });

  test('a patch that is no object changes nothing', () => {
    expect(mergeReads(read({ a: 1 }), [read([1])]).value).toEqual({ a: 1 });
  });
});
