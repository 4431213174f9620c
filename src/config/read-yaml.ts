import { Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { accountNamePattern } from '../core/account-name.ts';
import { codeFrame, type HiddenRange, shownLines } from '../core/manifest/frame.ts';
import { Locator, type YamlDocument } from '../core/manifest/locate.ts';
import type { Path } from '../core/manifest/schema.ts';
import { syntaxSlips } from '../core/mistakes/syntax-slip.ts';
import type { Place } from '../core/problem.ts';
import { shownTextBy } from '../core/redact/scrubber.ts';
import type { ConfigProblem } from './problems.ts';

/** A YAML file with the places of everything in it. */
export interface LocatedYaml {
  /** The content as plain values; undefined when the text does not parse. */
  readonly value: unknown;
  readonly errors: readonly ConfigProblem[];
  /** A problem with what stands at a path: its value, or its key. */
  readonly problemAt: (path: Path, message: string, at?: 'value' | 'key') => ConfigProblem;
}

/** Parses one YAML document. Nothing of its values is quoted: it may hold a secret in the wrong place. */
export function readYaml(file: string, text: string): LocatedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const locator = new Locator(document);
  let lines: readonly string[] | undefined;
  const problem = (offset: number, path: Path, message: string): ConfigProblem => {
    const { line, col } = counter.linePos(offset);
    const place: Place = { file, line: Math.max(1, line), column: Math.max(1, col) };
    const told = { place, path: shownPath(path, document), message };
    // Where the text does not parse nobody knows what is a key: only its outline is shown.
    lines ??= shownLines(text, hiddenRanges(text, document.errors.length > 0 ? new Document() : document));
    return { ...told, frame: codeFrame(lines, place, shownTextBy([])) };
  };
  const source = { text, start: 0, lineOf: (offset: number) => counter.linePos(offset).line };
  const slips = syntaxSlips(source, document.errors);
  const errors = slips.map(({ offset, message }) => problem(offset, [], message));
  const alias = firstAlias(document);
  if (alias !== undefined)
    errors.push(problem(alias, [], 'anchors and aliases are not allowed here: write the value out'));
  return {
    value: errors.length === 0 ? document.toJS() : undefined,
    errors,
    problemAt: (path, message, at = 'value') => problem(locator.offsetOf(path, at), path, message),
  };
}

/** Dotted, an account or source by its name where it has one: nobody counts them. */
function shownPath([first, index, ...rest]: Path, document: YamlDocument): string {
  const name = first === 'accounts' || first === 'sources' ? document.getIn([first, index, 'name']) : undefined;
  const isName = typeof name === 'string' && accountNamePattern.test(name);
  return [first, isName ? name : index, ...rest].filter((token) => token !== undefined).join('.');
}

/** Where the first alias stands, if any. A configuration needs none, and without them none can grow beyond bounds. */
function firstAlias(document: YamlDocument): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, { range }) => {
      offset = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** All words but keys of mappings: values, comments, and what stands alone where a key should. */
function hiddenRanges(text: string, document: Document): readonly HiddenRange[] {
  const units = text.split('');
  visit(document, {
    Pair: (_, { key, value }) => {
      const [from, to] = (isScalar(key) && value !== null && key.range) || [0, 0];
      units.fill(' ', from, to);
    },
  });
  return [...units.join('').matchAll(/[^\s]+/g)].flatMap(({ 0: word, index }) =>
    /^[-:{}[\],]+$/.test(word) ? [] : [{ from: index, to: index + word.length }],
  );
}
