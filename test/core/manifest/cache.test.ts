import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { ManifestCache } from '../../../src/core/manifest/cache.ts';
import { defaultManifestOptions, type KeyFile, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { manifestText } from './builders.ts';

const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

function reader(cache: ManifestCache) {
  return (texts: Readonly<Record<string, string>>, options: Partial<ManifestOptions> = {}) => {
    const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
    return parseManifests(files, { ...defaultManifestOptions, ...options }, cache).manifests;
  };
}

test('a file that did not change is not read again', () => {
  const read = reader(new ManifestCache());
  const texts = { 'a.yaml': manifestText('name: A'), 'b.yaml': manifestText('name: B') };

  const first = read(texts);
  const second = read({ ...texts, 'b.yaml': manifestText('name: C') });

  expect(second[0]).toBe(first[0]);
  expect(second[1]?.name).toBe('C');
});

test('problems between files are found although the files did not change', () => {
  const read = reader(new ManifestCache());
  const text = manifestText('name: A');

  const alone = read({ 'a.yaml': text });
  const together = read({ 'a.yaml': text, 'b.yaml': text });

  expect(alone.map(({ name }) => name)).toEqual(['A']);
  expect(together).toEqual([]);
});

test('a changed variable makes files be read again', () => {
  const read = reader(new ManifestCache());
  const texts = { 'a.yaml': manifestText(`name: "\${NAME}"`) };
  const allowedEnvironment = ['NAME'];

  const first = read(texts, { allowedEnvironment, environment: { NAME: 'A', OTHER: '1' } });
  const same = read(texts, { allowedEnvironment, environment: { NAME: 'A', OTHER: '2' } });
  const second = read(texts, { allowedEnvironment, environment: { NAME: 'B' } });

  expect(same[0]).toBe(first[0]);
  expect(second[0]?.name).toBe('B');
});

test('a changed key file makes the manifests that name it be read again', () => {
  const read = reader(new ManifestCache());
  const texts = { 'a.yaml': manifestText('name: A', 'keys: { public_key_file: a.pub }') };
  const keyFile = (found: KeyFile) => () => found;
  const [one, other] = [pem(), pem()];

  const first = read(texts, { keyFile: keyFile({ text: one }) });
  const same = read(texts, { keyFile: keyFile({ text: one }) });
  const second = read(texts, { keyFile: keyFile({ text: other }) });
  const gone = read(texts, { keyFile: keyFile({ reason: 'it does not exist' }) });

  expect(same[0]).toBe(first[0]);
  expect(second[0]?.spec).toEqual({ keys: { public_key: other } });
  expect(gone).toEqual([]);
});

test('a file that is gone is forgotten', () => {
  const cache = new ManifestCache();
  const read = reader(cache);
  const texts = { 'a.yaml': manifestText('name: A') };

  const first = read(texts);
  read({});
  const again = read(texts);

  expect(again[0]).not.toBe(first[0]);
  expect(again).toEqual(first);
});
