import type { YAMLError } from 'yaml';
import { type DocumentText, wrongIndent } from './indentation.ts';

/** What a person did wrong where the YAML parser stopped, and where that is: not always where it stopped. */
export interface SyntaxSlip {
  readonly offset: number;
  readonly message: string;
}

/** Where the parser stopped. */
interface Stop {
  readonly document: DocumentText;
  readonly offset: number;
  /** The line in which it stopped, and what of it stands behind. */
  readonly line: string;
  readonly rest: string;
}

type Slip = (stop: Stop) => SyntaxSlip | string;

interface Kind {
  readonly code: YAMLError['code'];
  readonly says?: RegExp;
  readonly line?: RegExp;
  readonly slip: Slip;
}

const mark = /^(<{7}|\|{7}|={7}|>{7})( |\r?$)/;

/** By the parser's codes, and where these are too wide by its words. The first that fits counts. */
const kinds: readonly Kind[] = [
  { code: 'MULTILINE_IMPLICIT_KEY', line: mark, slip: () => 'a merge conflict is not resolved: remove its marks' },
  {
    code: 'MULTILINE_IMPLICIT_KEY',
    line: /^[\s-]*[\w$-]+:\S/,
    slip: () => 'a space is missing after the colon: write name: value',
  },
  {
    code: 'MULTILINE_IMPLICIT_KEY',
    line: /^[\s-]*[\w$-]+\s*=/,
    slip: () => 'a field is written with a colon: name: value',
  },
  { code: 'MULTILINE_IMPLICIT_KEY', slip: () => 'expected a field, written name: value' },
  { code: 'BAD_INDENT', says: /^All /, slip: ({ document, offset }) => wrongIndent(document, offset) },
  { code: 'BAD_INDENT', says: /^Flow map/, slip: () => 'a { above is not closed: add }' },
  { code: 'BAD_INDENT', says: /^Flow seq/, slip: () => 'a [ above is not closed: add ]' },
  { code: 'MISSING_CHAR', says: /without - ind/, slip: ({ document, offset }) => wrongIndent(document, offset) },
  { code: 'MISSING_CHAR', says: /closing "/, slip: (stop) => openQuote(stop, '"') },
  { code: 'MISSING_CHAR', says: /closing '/, slip: (stop) => openQuote(stop, "'") },
  {
    code: 'MISSING_CHAR',
    says: /^Comments/,
    slip: () => 'a comment begins with a space and #: add a space, or quote the text',
  },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    says: /^A block seq/,
    slip: ({ document, offset }) => wrongIndent(document, offset),
  },
  { code: 'BLOCK_AS_IMPLICIT_KEY', slip: colonOrDeeper },
  { code: 'BLOCK_IN_FLOW', slip: () => 'between { } and [ ] items are separated by commas: one is missing' },
  {
    code: 'BAD_SCALAR_START',
    slip: ({ rest }) => `a text cannot begin with ${rest.charAt(0)} unless it is quoted: quote it`,
  },
  { code: 'TAB_AS_INDENT', slip: () => 'indented with a tab: use spaces' },
  {
    code: 'UNEXPECTED_TOKEN',
    line: /\{\{/,
    slip: () =>
      '{{ }} is a placeholder of another tool: fill it in before, or quote the whole text. Here it is ${NAME}',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /^Unexpected .* at node end$/,
    slip: behindValue,
  },
  { code: 'BAD_DQ_ESCAPE', slip: () => 'an unknown escape: write \\\\ for a backslash, or use single quotes' },
  { code: 'MULTIPLE_DOCS', slip: () => 'a second document begins here: this file holds one' },
  { code: 'DUPLICATE_KEY', slip: () => 'this field is declared twice' },
];

/** The parser's errors in words that say what to do. Of those on one line the first is told: the others follow from it. */
export function syntaxSlips(document: DocumentText, errors: readonly YAMLError[]): readonly SyntaxSlip[] {
  const told = new Set<number>();
  return errors.flatMap((error) => {
    const slip = slipOf(document, error);
    const lines = [error.pos[0], slip.offset].map((offset) => document.lineOf(offset));
    if (lines.some((line) => told.has(line))) return [];
    for (const line of lines) told.add(line);
    return [slip];
  });
}

function slipOf(document: DocumentText, { code, message, pos: [offset] }: YAMLError): SyntaxSlip {
  const { text } = document;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const rest = text.slice(offset, end < 0 ? undefined : end);
  const stop = { document, offset, line: text.slice(start, offset) + rest, rest };
  const kind = kinds.find(
    (one) => one.code === code && one.says?.test(message) !== false && one.line?.test(stop.line) !== false,
  );
  const slip = kind === undefined ? withoutQuote(message) : kind.slip(stop);
  return typeof slip === 'string' ? { offset, message: slip } : slip;
}

/** The parser quotes what it stumbled over after a colon: it may be a secret. */
function withoutQuote(message: string): string {
  return message.replace(/: [\s\S]*$/, '');
}

/** A colon inside a text, or a line below a value that is indented deeper than its field. */
function colonOrDeeper({ document, offset, rest }: Stop): SyntaxSlip | string {
  if (/:(\s|$)/.test(rest)) return 'a colon and a space inside a text: quote the text';
  const next = document.text.slice(offset).search(/\n[^\S\n]*[^\s#]/);
  return wrongIndent(document, offset + next + 1);
}

/** Behind a value on its line, or on a line of its own that belongs to nothing above. */
function behindValue({ document, offset, line, rest }: Stop): SyntaxSlip | string {
  const before = line.slice(0, line.length - rest.length);
  if (before.trim() !== '')
    return 'text after the end of the value: quote the whole value, or put it on a line of its own';
  if (before !== '') return wrongIndent(document, offset);
  return 'this does not belong to what is above: a document is one object, and a line of --- separates documents';
}

/** The first line with an odd number of these quotes: to the parser the text ends with the file. */
function openQuote({ document: { text, start }, offset: end }: Stop, quote: string): SyntaxSlip {
  const message = `a text is not closed: add ${quote} at its end`;
  let offset = start;
  for (const line of text.slice(start, end).split('\n')) {
    const quotes = [...line.replace(/^\s*#.*|\\"/g, blanks).matchAll(new RegExp(quote, 'g'))];
    const last = quotes.length % 2 === 1 ? quotes.at(-1) : undefined;
    if (last !== undefined) return { offset: offset + last.index, message };
    offset += line.length + 1;
  }
  return { offset: end, message };
}

function blanks(text: string): string {
  return ' '.repeat(text.length);
}
