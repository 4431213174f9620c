import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { filesIn } from '../../src/disk/files-in.ts';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'files-in-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('files are found at any depth, and directories are none of them', async () => {
  const root = await directory();
  await mkdir(join(root, 'keys/empty'), { recursive: true });
  await writeFile(join(root, 'ledger.json'), '');
  await writeFile(join(root, 'keys/one.pem'), '');

  expect((await filesIn(root)).toSorted()).toEqual(['keys/one.pem', 'ledger.json']);
});

test('a directory that is not there has no files', async () => {
  expect(await filesIn(join(await directory(), 'nothing'))).toEqual([]);
});

test('a file in the place of the directory is an error of the state', async () => {
  const path = join(await directory(), 'file');
  await writeFile(path, '');

  await expect(filesIn(path)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
});
