import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openText } from '../../../src/core/layers/open-text.ts';
import { renderManifest } from '../../../src/core/layers/render-manifest.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { formatPlace } from '../../../src/core/problem.ts';
import { anId } from '../../builders.ts';
import { manifestText, problemLines } from '../manifest/builders.ts';
import { parseLayers, patchText } from './builders.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const options: Partial<ManifestOptions> = {
  nameSuffix: ' (prod)',
  variables: { HOST: 'voice.example.com', TIMEOUT: '700', ODD: 'a ${B} $${C}', NONE: '' },
  environment: { SECRET: '12', TEXT: 'true', KEY: pem },
  allowedEnvironment: ['SECRET', 'TEXT', 'KEY', 'UNSET'],
  keyFile: () => ({ text: pem }),
};

function rendered(texts: Readonly<Record<string, string>>, given: Partial<ManifestOptions> = {}) {
  const parsed = parseLayers(texts, { ...options, ...given });
  const all = { ...defaultManifestOptions, layers: ['base', 'prod'], ...options, ...given };
  const output = parsed.manifests.map((manifest) => {
    const parts = parsed.texts.get(formatPlace(manifest.place));
    if (parts === undefined) throw new RangeError('no text');
    return renderManifest(manifest, parts, all);
  });
  return { parsed, output };
}

/** Everything of a manifest but where it stands. */
function meaning({ hash, place: _, ownFile: __, ...manifest }: Manifest) {
  return { ...manifest, hash };
}

function expectSame(texts: Readonly<Record<string, string>>, given: Partial<ManifestOptions> = {}): void {
  const { parsed, output } = rendered(texts, given);
  const all = { ...defaultManifestOptions, ...options, ...given, nameSuffix: '' };

  const again = parseManifests([{ path: 'all.yaml', text: output.join('---\n') }], all);

  expect(problemLines(again).filter((line) => line.startsWith('error'))).toEqual([]);
  expect(again.manifests.map(meaning)).toEqual(parsed.manifests.map(meaning));
}

describe('what is rendered is the same manifests, read as the only layer', () => {
  test.each([
    {
      title: 'metadata of both layers',
      base: manifestText(
        'name: A\nformerly: [B, C]\nlabels: { team: x }\nreconcile: paused\nignore: [/capabilities/voice/region]',
      ),
      patch: patchText(`name: A\nid: ${anId(1)}\ndeletionPolicy: protect\nlabels: { tier: "1", odd: "a: #b" }`),
    },
    {
      title: 'values of variables',
      base: manifestText(
        'name: A\nlabels: { odd: "${ODD}", literal: "$${ODD}", none: "x${NONE}" }',
        'capabilities:\n  voice:\n    webhooks:\n      answer_url:\n        address: https://${HOST}/a\n        connect_timeout: ${TIMEOUT}',
      ),
      patch: patchText('name: A', 'privacy: { improve_ai: false }'),
    },
    {
      title: 'values of the environment, quoted and not',
      base: manifestText(
        'name: A\nlabels:\n  plain: ${TEXT:-x}y\n  quoted: "${TEXT}"',
        'privacy:\n  improve_ai: ${TEXT}\ncapabilities:\n  voice:\n    conversations_ttl: ${SECRET}',
      ),
      patch: patchText(
        'name: A',
        'capabilities:\n  voice:\n    webhooks:\n      answer_url:\n        address: https://${TEXT}/a',
      ),
    },
    {
      title: 'empty containers and lists',
      base: manifestText('name: A\nformerly: [B]', 'capabilities: { voice: { webhooks: {} } }'),
      patch: patchText('name: A\nformerly: []', 'capabilities: { messages: {} }'),
    },
    {
      title: 'a key file of the base',
      base: manifestText('name: A', 'keys: { public_key_file: a.pub }'),
      patch: patchText('name: A', 'privacy: { improve_ai: true }'),
    },
    {
      title: 'a key file of the patch',
      base: `$schema: ../x.json\n${manifestText('name: A')}`,
      patch: patchText('name: A', 'keys: { public_key_file: a.pub }'),
    },
    {
      title: 'a key of the environment',
      base: manifestText('name: A', 'keys: { public_key: "${KEY}" }'),
      patch: patchText('name: A', 'privacy: { improve_ai: true }'),
    },
    {
      title: 'a spelling that is made another',
      base: manifestText(
        'name: A',
        'capabilities: { voice: { webhooks: { answer_url: { address: "https://a.example.com", connection_timeout: 500 } } } }',
      ),
      patch: patchText('name: A', 'capabilities: { voice: { webhooks: { answer_url: { http_method: post } } } }'),
    },
  ])('$title', ({ base, patch }) => {
    const texts = { 'base/a.yaml': base, 'prod/a.yaml': patch };

    expect(problemLines(parseLayers(texts, options)).filter((line) => line.startsWith('error'))).toEqual([]);
    expectSame(texts);
  });

  const label = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom(
      'yes',
      '1e3',
      '0x1',
      '~',
      ' a',
      '# b',
      'a\nb',
      '\u0085',
      '\u200b',
      '"',
      "'",
      '&a',
      '*a',
      '- ',
      '? ',
      '{',
      '[x',
    ),
  );
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd e', '1'), label, { maxKeys: 4 });

  test('whatever texts are in it', () => {
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        const withLabels = (kind: string, given: object) =>
          JSON.stringify({
            apiVersion: 'vonage-gitops/v1',
            kind,
            metadata: { name: 'A', labels: given },
            ...(kind === 'Application' ? { spec: {} } : {}),
          }).replaceAll('${', '$${');

        expectSame({
          'base/a.json': withLabels('Application', one),
          'prod/a.json': withLabels('ApplicationPatch', other),
        });
      }),
    );
  });
});

test('says where values come from that a patch set', () => {
  const { output } = rendered({
    'base/a.yaml': manifestText('name: A\nlabels: { team: x }', 'capabilities: { voice: { region: eu-west } }'),
    'prod/a.yaml': `# first\n---\n${patchText('name: A\nlabels: { tier: y }', 'keys: { public_key_file: a.pub }\ncapabilities: { voice: { region: na-east }, messages: {} }')}`,
  });

  const lines = output.join('').split('\n');
  expect(lines[0]).toBe('# base/a.yaml:4');
  expect(lines.filter((line) => line.includes(' # '))).toEqual([
    '    tier: y # prod/a.yaml:7',
    '      region: na-east # prod/a.yaml:10',
    '    # prod/a.yaml:10',
    '    public_key: | # prod/a.yaml:9',
  ]);
});

test('shows no value of the environment, and needs none', () => {
  const text = manifestText(
    'name: A',
    'keys: { public_key_file: "${UNSET}" }\ncapabilities:\n  voice:\n    webhooks:\n      answer_url:\n        address: https://${UNSET}/${SECRET}\n        connect_timeout: ${UNSET}',
  );

  const { output } = rendered(
    { 'base/a.yaml': text },
    { opaqueVariables: true, environment: { SECRET: 'hidden' }, keyFile: () => ({ reason: 'unknown' }) },
  );

  expect(output.join('')).toContain('address: https://${UNSET}/${SECRET}\n');
  expect(output.join('')).toContain('connect_timeout: ${UNSET}\n');
  expect(output.join('')).toContain('public_key_file: "${UNSET}"\n');
  expect(output.join('')).not.toContain('hidden');
});

test('what a terminal would act on is escaped in places, too', () => {
  const { output } = rendered({ 'base/\u001b[31m.yaml': manifestText('name: A') });

  expect(output.join('')).not.toContain('\u001b');
});

test('a text without a document is an error of the program', () => {
  expect(() => openText({ file: 'a.yaml', line: 1, text: '' }, defaultManifestOptions)).toThrow(
    'no document in the text of a.yaml',
  );
});
