import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { KeyPairs } from '../../src/keys/key-pairs.ts';

test('files are read while many accounts make keys: they share the threads', async () => {
  let made = 0;
  const pairs = Array.from({ length: 24 }, async () => {
    const pair = await new KeyPairs().take();
    made += 1;
    return pair;
  });

  for (let read = 0; read < 3; read += 1) await readFile(new URL(import.meta.url));
  const madeBefore = made;
  const fingerprints = new Set((await Promise.all(pairs)).map(({ fingerprint }) => fingerprint));

  expect(madeBefore).toBeLessThan(12);
  expect(fingerprints.size).toBe(24);
});
