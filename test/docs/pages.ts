import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A page of the documentation: its path from the top of the repository, with forward slashes, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** One page. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(new URL(path, root), 'utf8') };
}

/** Every page people read: docs/ and what stands at the top of the repository. */
export function allPages(): readonly Page[] {
  const docs = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...docs.map((name) => `docs/${name}`), ...top].map(readPage);
}

/** A fenced block: the language behind its fence, its content, and the line on which it begins. */
export interface Fence {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** All fenced blocks of a page. */
export function fencesOf({ text }: Page): readonly Fence[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}

/** The page without its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```\w*\n[\s\S]*?^```$/gm, '');
}

/** What the page's headings of this depth say, without markup. */
export function headingsOf(page: Page, depth?: number): readonly string[] {
  return [...proseOf(page).matchAll(/^(#+) (.*)$/gm)]
    .filter(([, hashes = '']) => depth === undefined || hashes.length === depth)
    .map(([, , heading = '']) => heading.replaceAll('`', '').trim());
}

/** The anchors that GitHub makes of the headings. */
export function anchorsOf(page: Page): ReadonlySet<string> {
  return new Set(headingsOf(page).map((heading) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** The part of a page below a heading, up to the next heading that is not deeper. */
export function sectionOf(page: Page, heading: string): string {
  const lines = page.text.split('\n');
  const start = lines.findIndex(
    (line) => /^#+ /.test(line) && line.replaceAll('`', '').replace(/^#+ /, '') === heading,
  );
  if (start < 0) return '';
  const depth = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${depth}} `).test(line));
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The first cells of all table rows in a text, and the cells beside them, without backticks. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| *:?-+/.test(line))
    .map((line) => cellsOf(line));
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('`', '').replaceAll('\\|', '|').trim());
}

/**
 * The page with what stands between `<!-- name -->` and `<!-- end -->` replaced, for every name in `parts`. A test compares the result
 * with the page itself, so `npx vitest run test/docs -u` brings all of these parts up to date.
 */
export function withParts({ text }: Page, parts: ReadonlyMap<string, string>): string {
  return text.replace(/(<!-- ([\w: -]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_all, opening, name, closing) => {
    return `${opening}${parts.get(name) ?? `unknown part: ${name}\n`}${closing}`;
  });
}

/** A table with these columns. */
export function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(columns), `|${columns.map(() => '---|').join('')}\n`, ...rows.map(line)].join('');
}
