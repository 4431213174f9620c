import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';

const folder = new URL('../../../examples/quickstart/', import.meta.url);

test('the quickstart manifests are valid without any configuration or environment', () => {
  const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));

  const { manifests, problems } = parseManifests(files, defaultManifestOptions);

  expect(problems).toEqual([]);
  expect(manifests.map(({ name }) => name)).toEqual([
    'Chat bot',
    'Delivery calls',
    'Sign-in codes',
    'Sign-in codes (staging)',
    'Support line',
    'Video classroom',
  ]);
});
