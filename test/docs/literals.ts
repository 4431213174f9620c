import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A text in the source: a string, or what stands between the `${}` of a template, which are shown as `…`. */
export interface Literal {
  /** `src/core/errors.ts:12`. */
  readonly at: string;
  readonly text: string;
}

/** Every string and template literal in a directory of TypeScript. Comments, regular expressions and imports' paths are left out. */
export function literalsBelow(directory: string): readonly Literal[] {
  return readdirSync(new URL(directory, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted()
    .flatMap((path) => {
      const source = readFileSync(path, 'utf8');
      return literalsOf(source).map(({ text, offset }) => ({
        at: `${path.slice(root.pathname.length)}:${lineOf(source, offset)}`,
        text,
      }));
    });
}

interface Found {
  readonly text: string;
  readonly offset: number;
}

/** The literals of one source text. A simple scanner: it knows comments, strings, templates in one another and regular expressions. */
export function literalsOf(source: string): readonly Found[] {
  const found: Found[] = [];
  scan(source, 0, found);
  return found;
}

const token =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`|[{}]|(?<=(?:[(,=:[!&|?{};+>]|\breturn)\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g;

/** Reads code from `from` to the brace that closes it, and answers the place behind it. */
function scan(source: string, from: number, found: Found[]): number {
  let depth = 0;
  let at = from;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (match === null) return source.length;
    const [text] = match;
    at = match.index + text.length;
    if (text === '{') depth++;
    else if (text === '}' && depth-- === 0) return at;
    else if (text === '`') at = scanTemplate(source, at, found);
    else if (/^['"]/.test(text)) found.push({ text: text.slice(1, -1), offset: match.index });
  }
}

function scanTemplate(source: string, from: number, found: Found[]): number {
  let text = '';
  let at = from;
  while (at < source.length && source[at] !== '`') {
    if (source.startsWith('${', at)) {
      at = scan(source, at + 2, found);
      text += '…';
    } else {
      const length = source[at] === '\\' ? 2 : 1;
      text += source.slice(at, at + length);
      at += length;
    }
  }
  found.push({ text, offset: from });
  return at + 1;
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
