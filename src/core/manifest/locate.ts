import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Range,
  visit,
} from 'yaml';
import type { Place } from '../problem.ts';
import type { HiddenRange } from './frame.ts';
import type { Path } from './schema.ts';

/** A parsed YAML document. */
export type YamlDocument = Document.Parsed;

/** A parsed file. */
export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  /** Where an offset in the file's text stands. */
  readonly placeOf: (offset: number) => Place;
}

/**
 * Parses a file by YAML's core schema, JSON files too.
 * @throws whatever the parser throws when nesting is so deep that it runs out of stack.
 */
export function parseYaml(file: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const options = { prettyErrors: false, logLevel: 'silent', schema: 'core', merge: false } as const;
  // Members declared twice are found while reading: the parser's own check takes quadratic time.
  const documents = parseAllDocuments(text, { ...options, lineCounter, uniqueKeys: false, resolveKnownTags: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  return { documents, placeOf };
}

/** The text of a mapping's key; undefined when the key is no scalar. */
export function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** The scalar value of a mapping's member; undefined for anything else. */
export function scalarAt(node: unknown, member: string): unknown {
  const value = isMap(node) ? node.get(member, true) : undefined;
  return isScalar(value) ? value.value : undefined;
}

function rangeOf(node: unknown): Range | null | undefined {
  return isNode(node) ? node.range : undefined;
}

/** Where a node starts: an offset, or `otherwise` for what stands nowhere, such as the value of `{ key }`. */
export function startOf(node: unknown, otherwise: number): number {
  return rangeOf(node)?.[0] ?? otherwise;
}

interface Step {
  readonly node: unknown;
  readonly keyOffset: number | undefined;
}

function stepInto(node: unknown, token: string | number, document: YamlDocument): Step | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) return { node: target.items[Number(token)], keyOffset: undefined };
  if (!isMap(target)) return undefined;
  const pair = target.items.find((item) => keyText(item.key) === String(token));
  return pair && { node: pair.value, keyOffset: rangeOf(pair.key)?.[0] };
}

/**
 * Where a path stands in the file: an offset. A missing member stands at its parent's key, a value that is nothing at its own key,
 * and what came through an alias at the anchor.
 */
export function offsetOf(document: YamlDocument, path: Path, at: 'value' | 'key' | 'missing'): number {
  let node: unknown = document.contents;
  let offset = startOf(node, document.range[0]);
  let keyOffset = offset;
  for (const token of path) {
    const step = stepInto(node, token, document);
    if (step === undefined) return keyOffset;
    node = isAlias(step.node) ? step.node.resolve(document) : step.node;
    const [start, end] = rangeOf(node) ?? [0, 0];
    offset = start < end ? start : (step.keyOffset ?? offset);
    keyOffset = step.keyOffset ?? offset;
  }
  return at === 'value' ? offset : keyOffset;
}

const hiddenMember = /^(public_key|private_key|(.*_)?secret|credential.*)$/i;

/** Every part of a document that must not be shown: all below `keys`, and the values of secret members. */
export function hiddenRanges(document: YamlDocument): readonly HiddenRange[] {
  const ranges: HiddenRange[] = [];
  const hide = (node: unknown): void => {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target) || isSeq(target)) for (const item of target.items) hide(isPair(item) ? item.value : item);
    const range = isScalar(target) ? rangeOf(target) : undefined;
    if (range) ranges.push({ from: range[0], to: range[1] });
  };
  visit(document, {
    Pair: (_, pair) => {
      const key = keyText(pair.key) ?? '';
      if (key === 'keys' || hiddenMember.test(key)) hide(pair.value);
    },
  });
  return ranges;
}
