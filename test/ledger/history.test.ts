import { appendFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { History } from '../../src/ledger/history.ts';
import { aFolder } from './builders.ts';

test('events are kept in the order they were given, also when they are given at once', async () => {
  const history = new History(join(await aFolder(), 'history.jsonl'));

  await Promise.all([1, 2, 3].map((at) => history.append([{ at }])));

  expect(await history.read()).toEqual([{ at: 1 }, { at: 2 }, { at: 3 }]);
});

test('a line that a crash cut short is left out, and takes no other with it', async () => {
  const path = join(await aFolder(), 'history.jsonl');
  const history = new History(path);
  await history.append([{ at: 1 }]);
  await appendFile(path, '{"at": 2, "ev');

  await history.append([{ at: 3 }]);

  expect(await history.read()).toEqual([{ at: 1 }, { at: 3 }]);
});

test('it does not grow without end, and the newest events stay', async () => {
  const folder = await aFolder();
  const history = new History(join(folder, 'history.jsonl'), 1000);

  for (let at = 0; at < 200; at += 1) await history.append([{ at, event: 'released' }]);

  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2200);
  const kept = (await history.read()).map(({ at }) => at);
  expect(kept.length).toBeGreaterThan(20);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 200 - kept.length + index));
});

test('a history that cannot be written or read is an error, and what comes later is tried again', async () => {
  const path = join(await aFolder(), 'deep', 'history.jsonl');
  const history = new History(path);
  await expect(history.append([{ at: 1 }])).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  await mkdir(join(path, '..'));

  await history.append([{ at: 2 }]);

  expect(await history.read()).toEqual([{ at: 2 }]);
  await mkdir(`${path}.1`);
  await expect(history.read()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
});
