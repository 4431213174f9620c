import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs', 'reliability.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));
const shownBy = rows.map((row) => row.split(' | ').at(-1) ?? '').filter((cell) => !cell.startsWith('shown by'));

/** The source of every test, with quotes as the page has them. */
const sources = readdirSync(join(root, 'test'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'test', name), 'utf8'))
  .join('\n');

test('every row of docs/reliability.md names a test, and there are rows', () => {
  expect(shownBy.length).toBeGreaterThan(30);
  expect(shownBy.filter((cell) => !/"|test\/|the same/.test(cell))).toEqual([]);
});

test('every test file that docs/reliability.md names exists', () => {
  const files = [...page.matchAll(/`(test\/[^`]+|scripts\/[^`]+)`/g)].map(([, file = '']) => file);

  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('every test that docs/reliability.md names exists', () => {
  const names = shownBy.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));

  expect(names.length).toBeGreaterThan(25);
  expect(names.filter((name) => !sources.includes(name))).toEqual([]);
});
