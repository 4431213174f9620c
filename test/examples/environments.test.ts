import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { DirectorySource, defaultMaxFileBytes } from '../../src/source/directory.ts';

const folder = join(import.meta.dirname, '../../examples/environments');

async function stateOf(account: string) {
  const path = join(folder, 'vonage-gitops.yaml');
  const config = loadConfig({
    file: { path, text: readFileSync(path, 'utf8') },
    environment: {},
    cwd: folder,
    readFile: () => '',
  });
  const found = config.accounts.find(({ name }) => name === account);
  if (found === undefined) throw new RangeError(`no account ${account}`);
  const { layers, nameSuffix, variables } = found;
  const manifests = { ...defaultManifestOptions, layers: layers.below, nameSuffix, variables };
  const options = { root: layers.root, exclude: [], maxFileBytes: defaultMaxFileBytes, manifests };
  const state = await new DirectorySource(options).load();
  expect(state.problems).toEqual([]);
  return new Map(state.manifests.map((manifest) => [manifest.name, JSON.stringify(manifest.spec)]));
}

test('one application is only in production', async () => {
  expect([...(await stateOf('production')).keys()].sort()).toEqual(['Chat bot', 'Sign-in codes', 'Support line']);
  expect([...(await stateOf('staging')).keys()].sort()).toEqual(['Chat bot (staging)', 'Support line (staging)']);
});

test('one capability is only in production', async () => {
  expect((await stateOf('production')).get('Support line')).toContain('"messages"');
  expect((await stateOf('staging')).get('Support line (staging)')).not.toContain('"messages"');
});

test('each environment has its host', async () => {
  const [production, staging] = [await stateOf('production'), await stateOf('staging')];

  expect([...production.values()].every((spec) => spec.includes('https://voice.example.com/'))).toBe(true);
  expect(staging.get('Support line (staging)')).toContain('https://staging.example.com/support/answer');
  expect(staging.get('Chat bot (staging)')).toContain('https://chat-bot.staging.example.com/inbound');
  expect(staging.get('Chat bot (staging)')).not.toContain('status_url');
});
