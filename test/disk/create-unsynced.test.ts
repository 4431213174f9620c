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

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])(
  'on a file system without hard links (%s) a file is made in its place, and none that is there is overwritten',
  async (code) => {
    const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-disk-'));
    const path = join(directory, 'a.yaml');
    const link = (): void => {
      throw Object.assign(new Error(code), { code });
    };

    expect(createUnsynced(path, 'one', link)).toBe(true);
    expect(createUnsynced(path, 'two', link)).toBe(false);

    expect(await readFile(path, 'utf8')).toBe('one');
    expect(await readdir(directory)).toEqual(['a.yaml']);
    await rm(directory, { recursive: true });
  },
);

test('a link that fails for another reason makes no file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-disk-'));
  const link = (): void => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };

  expect(() => createUnsynced(join(directory, 'a.yaml'), 'one', link)).toThrow('EIO');

  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});
