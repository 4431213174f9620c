import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { createFile, replaceFile } from '../../src/disk/durable-file.ts';
import { errnoOf, stateError } from '../../src/disk/state-error.ts';

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a file is replaced for its owner only, whatever its mode was, and nothing else is left', async () => {
  const folder = await aFolder();
  const path = join(folder, 'ledger.json');
  await writeFile(path, 'old', { mode: 0o644 });

  await replaceFile(path, 'new');

  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['ledger.json']);
});

test('a file that cannot be replaced leaves nothing behind', async () => {
  const folder = await aFolder();
  await mkdir(join(folder, 'ledger.json'));

  await expect(replaceFile(join(folder, 'ledger.json'), 'new')).rejects.toMatchObject({ code: 'EISDIR' });

  expect(await readdir(folder)).toEqual(['ledger.json']);
});

test('of many who make the same file one succeeds, and its text is whole', async () => {
  const folder = await aFolder();
  const path = join(folder, 'key.pem');

  const made = await Promise.all(Array.from({ length: 20 }, (_, number) => createFile(path, `text of ${number}`)));

  expect(made.filter((created) => created)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(`text of ${made.indexOf(true)}`);
  expect(await readdir(folder)).toEqual(['key.pem']);
});

test('a directory that is not there is an error', async () => {
  await expect(createFile(join(await aFolder(), 'none', 'key.pem'), '')).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([
  {
    title: 'a full disk',
    error: Object.assign(new Error('x'), { code: 'ENOSPC' }),
    reason: 'the disk is full (ENOSPC)',
  },
  {
    title: 'an error we have no words for',
    error: Object.assign(new Error('x'), { code: 'EMFILE' }),
    reason: 'EMFILE',
  },
])('$title is told with its path and reason', ({ error, reason }) => {
  expect(stateError('/state', error)).toMatchObject({ code: 'E_STATE_UNUSABLE', details: { path: '/state', reason } });
});

test.each([
  { title: 'an error we expect', error: new ReconcilerError('E_ABORTED', { reason: 'x' }) },
  { title: 'an abort', error: Object.assign(new Error('aborted'), { code: 'ABORT_ERR' }) },
  { title: 'a bug', error: new TypeError('x') },
])('$title is no fault of the disk', ({ error }) => {
  expect(stateError('/state', error)).toBe(error);
});

test('what is no error has no code', () => {
  expect(errnoOf('ENOENT')).toBeUndefined();
  expect(stateError('/state', 'thrown')).toEqual(new Error('thrown'));
});
