import { expect, test } from 'vitest';
import { readPage } from './pages.ts';

const entries = [...readPage('docs/glossary.md').text.matchAll(/^- \*\*(.+?)\*\*: (.+)$/gm)];
const terms = entries.map(([, term = '']) => term);

test('every term stands once, in the order of the alphabet', () => {
  expect(terms.length).toBeGreaterThan(40);
  expect(terms).toEqual([...new Set(terms)].toSorted((one, other) => one.localeCompare(other, 'en')));
});

test('every term is explained by whole sentences', () => {
  expect(entries.filter(([, , meaning = '']) => !/^.{20,}[.:)]$/.test(meaning)).map(([, term]) => term)).toEqual([]);
});
