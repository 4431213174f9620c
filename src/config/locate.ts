import { isMap, isNode, isPair, isSeq, LineCounter, type Node, type ParsedNode, parseDocument, visit } from 'yaml';
import type { Place } from '../core/problem.ts';

/** A way into a document: member names and positions in lists. */
export type Path = readonly PropertyKey[];

/** A YAML file with the places of everything in it. */
export interface LocatedYaml {
  /** The content as plain values; undefined when the text cannot be parsed. */
  readonly value: unknown;
  readonly errors: readonly { readonly place: Place; readonly message: string }[];
  /** Where the value of a path stands, or of its nearest ancestor that is there. */
  readonly placeOf: (path: Path) => Place;
  /** Where the last name of a path stands as a key. */
  readonly placeOfKey: (path: Path) => Place;
}

/** Parses one YAML document. Messages never quote the text: it may hold a secret in the wrong place. */
export function parseLocated(file: string, text: string): LocatedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const errors = document.errors.map((error) => ({ place: at(error.pos[0]), message: withoutQuote(error.message) }));
  if (hasAlias(document.contents)) errors.push({ place: at(0), message: 'anchors and aliases are not allowed here' });
  return {
    value: errors.length === 0 ? document.toJS() : undefined,
    errors,
    placeOf: (path) => at(offsetOf(document.contents, path, false)),
    placeOfKey: (path) => at(offsetOf(document.contents, path, true)),
  };
}

/** The parser quotes what it stumbled over after a colon. */
function withoutQuote(message: string): string {
  return message.replace(/: [\s\S]*$/, '');
}

/** A configuration needs no alias, and without them none can grow beyond bounds. */
function hasAlias(contents: ParsedNode | null): boolean {
  let found = false;
  visit(contents, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function offsetOf(contents: ParsedNode | null, path: Path, ofKey: boolean): number {
  let node: unknown = contents;
  let offset = startOf(contents, 0);
  for (const [index, step] of path.entries()) {
    const next = stepInto(node, step);
    if (next === undefined) return offset;
    node = next.value;
    const isLast = index === path.length - 1;
    offset = startOf(isLast && ofKey ? next.key : (next.value ?? next.key), startOf(next.key, offset));
  }
  return offset;
}

function stepInto(node: unknown, step: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function keyText(key: unknown): string {
  return isNode(key) ? String(key.toJSON()) : String(key);
}

function startOf(node: unknown, otherwise: number): number {
  return isNode(node) ? rangeStart(node, otherwise) : otherwise;
}

function rangeStart(node: Node, otherwise: number): number {
  return node.range?.[0] ?? otherwise;
}
