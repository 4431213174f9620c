import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { sentReportsFile } from '../../../src/app/daemon/sent-reports-file.ts';
import type { CommitReport } from '../../../src/status/report-outbox.ts';
import { aLog } from '../../daemon/builders.ts';

let path: string;
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-reports-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  path = join(directory, '.git-sources/reports.json');
});

function aReport(given: Partial<CommitReport> = {}): CommitReport {
  const context = 'vonage-gitops/main';
  return { to: 'github', commit: 'a1', context, state: 'pending', description: 'applying', ...given };
}

test('keeps the last report of each commit and context, for its owner only', async () => {
  const file = sentReportsFile(path, aLog());
  expect(await file.load()).toEqual([]);

  await file.save(aReport());
  await file.save(aReport({ commit: 'b2', isClosed: true }));
  await file.save(aReport({ state: 'success', description: 'in sync' }));

  expect(await sentReportsFile(path, aLog()).load()).toEqual([
    aReport({ commit: 'b2', isClosed: true }),
    aReport({ state: 'success', description: 'in sync' }),
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
});

test('reads what an earlier version wrote', async () => {
  await mkdir(join(path, '..'));
  await writeFile(path, await readFile(new URL('../../fixtures/formats/reports.v1.json', import.meta.url)));

  const [pending, closed] = await sentReportsFile(path, aLog()).load();

  expect(pending).toMatchObject({ state: 'success', description: 'applied: 1 created' });
  expect(closed).toMatchObject({ state: 'failure', isClosed: true });
});

test('keeps a thousand, the newest', async () => {
  const file = sentReportsFile(path, aLog());
  await file.save(aReport());
  const sent = Array.from({ length: 1_000 }, (_, index) => aReport({ commit: String(index) }));
  await writeFile(path, JSON.stringify({ format: 'vonage-gitops.reports/1', sent }));

  await file.save(aReport({ commit: 'newest' }));

  const kept = await file.load();
  expect([kept.length, kept[0]?.commit, kept.at(-1)?.commit]).toEqual([1_000, '1', 'newest']);
});

test.each(['{ "format": ', '{ "format": "vonage-gitops.reports/2", "sent": [] }', '[]'])(
  'a file that is damaged is told once, and begun anew: %s',
  async (text) => {
    const log = aLog();
    const file = sentReportsFile(path, log);
    await mkdir(join(path, '..'));
    await writeFile(path, text);

    expect([await file.load(), await file.load()]).toEqual([[], []]);
    await file.save(aReport());

    expect(await file.load()).toEqual([aReport()]);
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn reports may be sent again']);
  },
);

test('where there is no place for it, that is told, and nothing is thrown', async () => {
  const log = aLog();
  await mkdir(path, { recursive: true });

  await sentReportsFile(path, log).save(aReport());

  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
  expect(await readdir(join(path, '..'))).toEqual(['reports.json']);
});
