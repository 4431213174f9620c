import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allPages, anchorsOf, type Page, proseOf, readPage } from './pages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = allPages();

interface Link {
  readonly from: string;
  readonly target: string;
}

function linksOf(page: Page): readonly Link[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ from: page.path, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

const links = pages.flatMap(linksOf);

test.each(links)('$from: the link to $target leads somewhere', ({ from, target }) => {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(dirname(from), file);

  expect(existsSync(`${root}${path}`)).toBe(true);
  if (anchor !== undefined) expect([...anchorsOf(readPage(path))]).toContain(anchor);
});

test('comments in code point to pages and headings that exist', () => {
  const references = ['src', 'test', 'scripts']
    .flatMap((folder) => filesBelow(`${root}${folder}`))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bdocs\/([a-z-]+\.md)(?:#([a-z0-9-]+))?/g)])
    .map(([, page = '', anchor]) => ({ page: `docs/${page}`, anchor }));
  const missing = references.filter(({ page, anchor }) => {
    return !existsSync(`${root}${page}`) || (anchor !== undefined && !anchorsOf(readPage(page)).has(anchor));
  });

  expect(references.length).toBeGreaterThan(3);
  expect(missing).toEqual([]);
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(path).isDirectory()) return filesBelow(path);
    return /\.(ts|mjs)$/.test(name) ? [path] : [];
  });
}
