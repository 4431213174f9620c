import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPage, sectionOf } from './pages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readPage('docs/decisions.md');
const open = sectionOf(page, 'Open');

/** One decision: its stable number, and what stands below it. */
interface Entry {
  readonly id: string;
  readonly text: string;
}

const entries: readonly Entry[] = page.text
  .replace(open, '')
  .split(/^### /m)
  .slice(1)
  .map((part) => ({ id: part.slice(0, part.indexOf('\n')), text: part.replace(/^## [\s\S]*/m, '') }));

/** A test as an entry names it: its file, and its title below those of its groups, as Vitest prints them. */
interface Named {
  readonly file: string;
  readonly title: string;
}

function namedIn({ text }: Entry): readonly Named[] {
  return [...text.matchAll(/^- `([^`]+)`: (.*)$/gm)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );
}

interface Titles {
  readonly groups: readonly string[];
  /** Of tests, and of the rows of their tables. */
  readonly tests: readonly string[];
}

function titlesIn(file: string): Titles {
  const source = readFileSync(`${root}${file}`, 'utf8');
  const literal = /(\bdescribe\(|\btest(?:\.\w+)*\(|\)\(|\btitle:)\s*(['"`])((?:\\.|(?!\2).)+)\2/g;
  const titles = [...source.matchAll(literal)].map(([, before, , title = '']) => ({
    isGroup: before === 'describe(',
    title: title.replace(/\\(.)/g, '$1'),
  }));
  return {
    groups: titles.filter(({ isGroup }) => isGroup).map(({ title }) => title),
    tests: titles.filter(({ isGroup }) => !isGroup).map(({ title }) => title),
  };
}

/** The whole title; or its beginning, where a table fills it in. */
function isAmong(title: string, titles: readonly string[]): boolean {
  return titles.some((one) => one === title || (title.length > 9 && /[$%]/.test(one) && one.startsWith(title)));
}

function isMissing({ file, title }: Named): boolean {
  if (!existsSync(`${root}${file}`)) return true;
  const { groups, tests } = titlesIn(file);
  const above = title.split(' > ');
  const own = above.pop() ?? '';
  return !isAmong(own, tests) || !above.every((group) => isAmong(group, [...groups, ...tests]));
}

test('every number stands once, as a decision or as an open one, and none is lost', () => {
  const numbers = [...entries.map(({ id }) => id), ...[...open.matchAll(/^- ([A-Z]\d+): /gm)].map(([, id = '']) => id)];
  const expected = Array.from({ length: 150 }, (_, index) => `${index >= 40 && index < 127 ? 'G' : 'D'}${index + 1}`);

  expect(numbers.toSorted()).toEqual(expected.toSorted());
});

test.each(entries)('$id has a case, a rule and a test', (entry) => {
  expect(entry.text).toMatch(/^\*\*.+\*\*$/m);
  expect(entry.text).toMatch(/^Case: .{20,}$/m);
  expect(entry.text).toMatch(/^Rule: .{40,}$/m);
  expect(namedIn(entry)).not.toEqual([]);
  expect(namedIn(entry).filter(({ file }) => !/^test\/.+\.test\.ts$/.test(file))).toEqual([]);
});

test.each(entries)('the tests that $id names exist', (entry) => {
  expect(namedIn(entry).filter(isMissing)).toEqual([]);
});

test('what is open is one short line each', () => {
  const lines = open.split('\n').filter((line) => /^\S/.test(line) && line.startsWith('- '));

  expect(lines.filter((line) => !/^- [DG]\d+: .{10,150}\.$/.test(line))).toEqual([]);
});
