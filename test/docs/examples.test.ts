import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { DirectorySource, defaultMaxFileBytes } from '../../src/source/directory.ts';
import { allPages, fencesOf } from './pages.ts';

const examples = allPages().flatMap((page) =>
  fencesOf(page)
    .filter(({ language }) => language === 'yaml')
    .map(({ text, line }) => ({ place: `${page.path}:${line}`, text })),
);
const manifests = examples.filter(({ text }) => /^kind: Application$/m.test(text));
const configurations = examples.filter(({ text }) => /^kind: Config$/m.test(text));

test('there are examples of manifests and of configurations', () => {
  expect(manifests.length).toBeGreaterThan(5);
  expect(configurations.length).toBeGreaterThan(1);
});

test.each(examples)('the YAML at $place is YAML', ({ text }) => {
  expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
});

test.each(manifests)('the manifest at $place is valid', async ({ text }) => {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-docs-'));
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await mkdir(join(folder, 'keys'));
  await writeFile(join(folder, 'keys/support.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(folder, 'example.yaml'), text);

  const desired = await new DirectorySource({
    root: folder,
    exclude: [],
    maxFileBytes: defaultMaxFileBytes,
    manifests: { ...defaultManifestOptions, variables: { HOST: 'voice.example.com', TIMEOUT: '500' } },
  }).load();
  await rm(folder, { recursive: true });

  expect(desired.problems).toEqual([]);
  expect(desired.manifests.length).toBeGreaterThan(0);
});

test.each(configurations)('the configuration at $place is valid', ({ text }) => {
  const config = loadConfig({
    file: { path: 'vonage-gitops.yaml', text },
    environment: { VONAGE_GITOPS_ALLOW_EXEC: '1' },
    cwd: '/srv',
    readFile: (path) => readFileSync(path, 'utf8'),
  });

  expect(config.accounts.length).toBeGreaterThan(0);
});
