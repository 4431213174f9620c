import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createUnsynced } from '../../src/disk/create-unsynced.ts';

test('a file is made whole, and none that is there is overwritten', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-disk-'));
  const path = join(directory, 'a.yaml');

  expect(createUnsynced(path, 'one')).toBe(true);
  expect(createUnsynced(path, 'two')).toBe(false);
  expect(() => createUnsynced(join(directory, 'missing/b.yaml'), 'x')).toThrow('ENOENT');

  expect(await readFile(path, 'utf8')).toBe('one');
  expect(await readdir(directory)).toEqual(['a.yaml']);
  await rm(directory, { recursive: true });
});
