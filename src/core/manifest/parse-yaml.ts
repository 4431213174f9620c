import { Composer, CST, Lexer, LineCounter, Parser } from 'yaml';
import type { Place } from '../problem.ts';
import { finish, type Steps } from '../steps.ts';
import { type Cut, cutDocument, maxItems } from './cut-document.ts';
import type { YamlDocument } from './locate.ts';

/** A parsed file. */
export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  /** What each of them was cut by, for being far too large. */
  readonly cuts: readonly (Cut | undefined)[];
  /** Why no document of the file is used, and where that shows. */
  readonly refused: { readonly message: string; readonly offset: number } | undefined;
  /** Where an offset in the file's text stands. */
  readonly placeOf: (offset: number) => Place;
}

/** Most documents of one file. */
const maxDocuments = 10_000;
/** Most errors and directives outside of documents; the parser keeps an object for each. */
const maxOutside = 100;
/** Brackets open at once; to close very many, the parser takes all time and memory. */
const maxOpen = 1000;
/** Lexemes taken between two steps: some milliseconds' worth. */
const lexemesPerStep = 1000;

const options = {
  prettyErrors: false,
  logLevel: 'silent',
  schema: 'core',
  merge: false,
  // Members declared twice are found while reading: the parser's own check takes quadratic time.
  uniqueKeys: false,
  resolveKnownTags: false,
} as const;

/**
 * Parses a file by YAML's core schema, JSON files too.
 * @throws when nesting is so deep that the parser could run out of stack.
 */
export function parseYaml(file: string, text: string): YamlFile {
  return finish(yamlSteps(file, text));
}

/** As `parseYaml`, in steps. */
export function* yamlSteps(file: string, text: string): Steps<YamlFile> {
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents: YamlDocument[] = [];
  const cuts: (Cut | undefined)[] = [];
  const composer = new Composer(options);
  let outside = 0;
  for (const token of tokensOf(text, lineCounter)) {
    if (token === undefined) {
      yield;
      continue;
    }
    // Every member or item takes a character at least.
    if (token.type === 'document') cuts.push(text.length > maxItems ? cutDocument(token) : undefined);
    if (isOutside(token)) outside += 1;
    const message = refusal(cuts.length, outside);
    if (message !== undefined) return { documents, cuts, refused: { message, offset: token.offset }, placeOf };
    documents.push(...composer.next(token));
    yield;
  }
  documents.push(...composer.end());
  return { documents, cuts, refused: undefined, placeOf };
}

function isOutside({ type }: CST.Token): boolean {
  return type === 'error' || type === 'directive';
}

/** Tokens of the whole file, and undefined where a step may end. */
function* tokensOf(text: string, lineCounter: LineCounter): Generator<CST.Token | undefined> {
  const parser = new Parser(lineCounter.addNewLine);
  lineCounter.addNewLine(0);
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  let lexemes = 0;
  let open = 0;
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    if (brackets > maxOpen && before !== CST.SCALAR) open = openAfter(lexeme, open);
    if (open > maxOpen) throw new Error(`more than ${maxOpen} nested lists and objects: manifests are never that deep`);
    yield* parser.next(lexeme);
    before = lexeme;
    lexemes += 1;
    if (lexemes % lexemesPerStep === 0) yield undefined;
  }
  yield* parser.end();
}

/** How many brackets are open after a lexeme that is no text of a scalar. */
function openAfter(lexeme: string, open: number): number {
  if (lexeme === '[' || lexeme === '{') return open + 1;
  if (lexeme === ']' || lexeme === '}') return Math.max(0, open - 1);
  return lexeme === CST.DOCUMENT || lexeme === '---' ? 0 : open;
}

function refusal(documents: number, outside: number): string | undefined {
  if (documents > maxDocuments) {
    return `more than ${maxDocuments.toLocaleString('en-US')} documents in one file: the file is not used. Split it into several files`;
  }
  if (outside <= maxOutside) return undefined;
  return `more than ${maxOutside} errors and directives outside of documents: the file is not used`;
}
