import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { parseManifests } from '../../src/core/manifest/parse.ts';
import { DirectorySource, defaultMaxFileBytes } from '../../src/source/directory.ts';
import { aSpec } from './generators.ts';

const word = fc.constantFrom(
  'apiVersion: vonage-gitops/v1',
  'kind: Application',
  'metadata:',
  '  name: Support',
  '  id: 1',
  '  formerly: [a',
  'spec:',
  '  capabilities: &a',
  '    voice: *a',
  '    <<: *a',
  '---',
  '...',
  '!!js/function x',
  '  __proto__: { polluted: true }',
  '  constructor: { prototype: 1 }',
  '  name: ${HOST:-${OTHER}}',
  '\t- x',
  '{"a": [',
  '"\\ud800"',
  '%YAML 9.9',
  '? [complex]',
  ': 1e999',
);

const almostYaml = fc.array(word, { maxLength: 12 }).map((lines) => lines.join('\n'));

const almostManifest = fc.tuple(aSpec, fc.nat(400), fc.string({ maxLength: 4 })).map(([spec, at, noise]) => {
  const text = JSON.stringify(
    { apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name: 'x' }, spec },
    null,
    1,
  );
  return `${text.slice(0, at)}${noise}${text.slice(at + 1)}`;
});

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), almostYaml, almostManifest, fc.json());
const files = fc.array(fc.record({ path: fc.constantFrom('a.yaml', 'b.yml', 'c.json', 'd/e.yaml'), text }), {
  maxLength: 4,
});

test('no text makes the parser throw: what is wrong is told with its place', () => {
  const property = fc.property(files, (given) => {
    const { manifests, broken, problems, complete } = parseManifests(given, defaultManifestOptions);

    expect(complete).toBe(problems.every(({ severity }) => severity === 'warning'));
    if (broken.length > 0) expect(complete).toBe(false);
    for (const { place, message } of problems) {
      expect(given.map(({ path }) => path)).toContain(place.file);
      expect(place.line).toBeGreaterThan(0);
      expect(place.column).toBeGreaterThan(0);
      expect(message).not.toBe('');
    }
    for (const { name } of manifests) expect(name).not.toBe('');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
  fc.assert(property, { numRuns: 500 });
});

test('no directory makes the loader throw', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    text.map((given) => new TextEncoder().encode(given)),
  );
  const root = await mkdtemp(join(tmpdir(), 'vonage-gitops-law-8-'));
  const { keyFile: _none, ...manifests } = defaultManifestOptions;
  let nth = 0;
  const property = fc.asyncProperty(fc.array(bytes, { maxLength: 3 }), async (contents) => {
    nth += 1;
    const folder = join(root, `${nth}`);
    await mkdir(folder);
    for (const [index, content] of contents.entries()) await writeFile(join(folder, `${index}.yaml`), content);
    const source = new DirectorySource({ root: folder, exclude: [], maxFileBytes: defaultMaxFileBytes, manifests });

    const { manifests: found, broken, emptyFiles, problems } = await source.load();

    for (const { place } of problems) expect(place.file).toMatch(/^\d\.yaml$/);
    if (contents.length > 0)
      expect(found.length + broken.length + emptyFiles.length + problems.length).toBeGreaterThan(0);
  });
  try {
    await fc.assert(property, { numRuns: 60 });
  } finally {
    await rm(root, { recursive: true });
  }
});
