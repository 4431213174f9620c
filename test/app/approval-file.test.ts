import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { approvalFile } from '../../src/app/approval/approval-file.ts';
import { onApproval } from '../../src/app/approval/on-approval.ts';
import { systemClock } from '../../src/app/system-clock.ts';
import { type Approval, approvalMs } from '../../src/pass/approvals.ts';
import { until } from '../daemon/running.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-approval-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const now = Date.now();
const approval: Approval = {
  planHash: 'ab'.repeat(32),
  allow: { deletes: 3, removals: ['Support'] },
  by: 'ann',
  reason: 'CHG-42',
  at: now,
  until: now + approvalMs,
};

test('an approval is kept for whoever opens the state, and readable by nobody else', async () => {
  await approvalFile(directory, systemClock).save(approval);

  const kept = approvalFile(directory, systemClock);
  expect(await kept.load()).toEqual(approval);
  expect((await stat(kept.path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['approval.json']);
});

test('an approval is used once', async () => {
  const store = approvalFile(directory, systemClock);
  await store.save(approval);
  await store.spend(approval, now + 1);

  expect(await store.load()).toEqual({ ...approval, used: now + 1 });
  await expect(store.spend(approval, now + 2)).rejects.toMatchObject({ code: 'E_REFUSED' });
});

test('an approval that was replaced meanwhile is not used, and stays', async () => {
  const store = approvalFile(directory, systemClock);
  const other = { ...approval, planHash: 'cd'.repeat(32) };
  await store.save(approval);
  await approvalFile(directory, systemClock).save(other);

  await expect(store.spend(approval, now + 1)).rejects.toMatchObject({
    message: expect.stringContaining('the approval was used or replaced while the plan was made'),
  });
  expect(await store.load()).toEqual(other);
});

test.each([
  { title: 'nothing is there', text: undefined },
  { title: 'it is no JSON', text: 'yes' },
  { title: 'its format is another one', text: JSON.stringify({ ...approval, format: 'vonage-gitops.approval/2' }) },
  {
    title: 'it has an unknown member',
    text: JSON.stringify({ format: 'vonage-gitops.approval/1', ...approval, x: 1 }),
  },
])('nothing is approved where $title', async ({ text }) => {
  const store = approvalFile(directory, systemClock);
  if (text !== undefined) await writeFile(store.path, text);

  expect(await store.load()).toBeUndefined();
});

test('what is in the place of the file and cannot be written is an error of the state', async () => {
  const store = approvalFile(join(directory, 'account'), systemClock);
  await writeFile(join(directory, 'account'), 'a file');

  await expect(store.save(approval)).rejects.toMatchObject({ code: expect.stringMatching(/^E_STATE/) });
  expect(await readFile(join(directory, 'account'), 'utf8')).toBe('a file');
});

test('the file of this version is read', async () => {
  const store = approvalFile(directory, systemClock);
  await copyFile(new URL('../fixtures/formats/approval.v1.json', import.meta.url), store.path);

  expect(await store.load()).toMatchObject({ by: 'ann', allow: { deletes: 7 }, used: 1764230060000 });
});

test('whoever looks hears of an approval, and not of its use', async () => {
  const store = approvalFile(directory, systemClock);
  let heard = 0;
  const stop = onApproval(store, systemClock, () => {
    heard += 1;
  });
  try {
    await store.save(approval);
    await until(() => heard === 1);
    await store.spend(approval, now);
    await store.save({ ...approval, reason: 'once more' });
    await until(() => heard === 2);
  } finally {
    stop();
  }
});
