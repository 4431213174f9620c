import { widthOf } from './columns.ts';

/** Where a long word may go on in the next line: after what separates the parts of URLs, else those of paths, else those of names. */
const separators = [/[^/?&,;]+[/?&,;]*|[/?&,;]+/gu, /[^.=:]+[.=:]*|[.=:]+/gu, /[^_-]+[_-]*|[_-]+/gu];

/**
 * A line in as many lines as it takes at this width. It is broken between words; a word that is wider than a line after a separator, else
 * anywhere. Lines after the first are indented by two more spaces than the first, so that none can pose as one of its own.
 */
export function wrap(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = line.slice(0, line.length - line.trimStart().length);
  return fill(
    [...line.trimStart().matchAll(/ *[^ ]+/g)].map(([word]) => word),
    columns,
    { first: indent, next: `${indent}  ` },
  );
}

/** Texts in one line, two spaces apart, or in as many as it takes; each is wrapped only if it is wider than a line. */
export function pack(texts: readonly string[], columns: number, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    const joined = `${last}  ${text}`;
    if (last !== undefined && widthOf(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(...wrap(last === undefined ? text : `${indent}${text}`, columns));
  }
  return lines;
}

interface Indents {
  readonly first: string;
  readonly next: string;
}

function fill(words: readonly string[], columns: number, { first, next }: Indents): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words.flatMap((one) => piecesOf(one, columns - widthOf(next)))) {
    if (widthOf(line + word) > columns && !isEmpty) {
      lines.push(line);
      line = next + word.trimStart();
    } else line += word;
    isEmpty = false;
  }
  return isEmpty ? lines : [...lines, line];
}

/** The word itself, with the spaces before it, or parts of it, none wider than a line; where there is no room at all, its characters. */
function piecesOf(word: string, room: number): readonly string[] {
  return split(word, separators, room);
}

function split(text: string, [parts, ...finer]: readonly RegExp[], room: number): readonly string[] {
  if (widthOf(text.trimStart()) <= room) return [text];
  if (parts === undefined) return [...text];
  return [...text.matchAll(parts)].flatMap(([part]) => split(part, finer, room));
}
