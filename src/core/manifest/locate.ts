import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Range,
  visit,
  type YAMLMap,
} from 'yaml';
import type { HiddenRange } from './frame.ts';
import type { Path } from './schema.ts';

/** A parsed YAML document. */
export type YamlDocument = Document.Parsed;

/** The text of a mapping's key; undefined when the key is no scalar. */
export function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** The scalar value of a mapping's member; undefined for anything else. */
export function scalarAt(node: unknown, member: string): unknown {
  const value = isMap(node) ? node.get(member, true) : undefined;
  return isScalar(value) ? value.value : undefined;
}

/** A text of `metadata` that is plainly there, as written. */
export function metadataText({ contents }: YamlDocument, member: string): string | undefined {
  const metadata = isMap(contents) ? contents.get('metadata') : undefined;
  const text = scalarAt(metadata, member);
  return typeof text === 'string' && text !== '' ? text : undefined;
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

/** Finds where paths of a document stand. Each mapping is searched once, however many paths lead through it. */
export class Locator {
  readonly #document: YamlDocument;
  readonly #targets: AliasTargets;
  readonly #members = new Map<YAMLMap, ReadonlyMap<string | undefined, Pair>>();

  constructor(document: YamlDocument, targets = new AliasTargets(document)) {
    this.#document = document;
    this.#targets = targets;
  }

  /**
   * Where a path stands in the file: an offset. A missing member stands at its parent's key, a value that is nothing at its own key,
   * and what came through an alias at the anchor.
   */
  offsetOf(path: Path, at: 'value' | 'key' | 'missing'): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node, this.#document.range[0]);
    let keyOffset = offset;
    for (const token of path) {
      const step = this.#stepInto(node, token);
      if (step === undefined) return keyOffset;
      node = this.#targets.follow(step.node);
      const [start, end] = rangeOf(node) ?? [0, 0];
      offset = start < end ? start : (step.keyOffset ?? offset);
      keyOffset = step.keyOffset ?? offset;
    }
    return at === 'value' ? offset : keyOffset;
  }

  #stepInto(node: unknown, token: string | number): Step | undefined {
    const target = this.#targets.follow(node);
    if (isSeq(target)) return { node: target.items[Number(token)], keyOffset: undefined };
    if (!isMap(target)) return undefined;
    const pair = this.#membersOf(target).get(String(token));
    return pair && { node: pair.value, keyOffset: rangeOf(pair.key)?.[0] };
  }

  /** The first of each name. */
  #membersOf(map: YAMLMap): ReadonlyMap<string | undefined, Pair> {
    const known = this.#members.get(map);
    if (known !== undefined) return known;
    const members = new Map([...map.items].reverse().map((pair) => [keyText(pair.key), pair]));
    this.#members.set(map, members);
    return members;
  }
}

/** What the aliases of a document stand for, found in one go when the first is asked for: the library searches the document for each. */
export class AliasTargets {
  readonly #document: YamlDocument;
  #targets: ReadonlyMap<Alias, Node> | undefined;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  /** The node itself, or what it stands for when it is an alias; undefined when that is no anchor before it. */
  follow(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.#targets ??= targetsOf(this.#document);
    return this.#targets.get(node);
  }
}

function targetsOf(document: YamlDocument): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (isAlias(node) && target !== undefined) targets.set(node, target);
      if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Where one path of a document stands; a `Locator` is better for many. */
export function offsetOf(document: YamlDocument, path: Path, at: 'value' | 'key' | 'missing'): number {
  return new Locator(document).offsetOf(path, at);
}

const hiddenMember = /^(public_key|private_key|(.*_)?secret|credential.*)$/i;

/** Every part of a document that must not be shown: all below `keys`, and the values of secret members. */
export function hiddenRanges(document: YamlDocument): readonly HiddenRange[] {
  const targets = new AliasTargets(document);
  // Each once: aliases of aliases would be followed without end, or nearly.
  const hidden = new Set<unknown>();
  visit(document, {
    Pair: (_, pair) => {
      const key = keyText(pair.key) ?? '';
      if (key === 'keys' || hiddenMember.test(key)) hidden.add(targets.follow(pair.value));
    },
  });
  // What is added on the way is visited as well.
  for (const node of hidden) for (const inner of valuesIn(node)) hidden.add(targets.follow(inner));
  return [...hidden].flatMap((node) => {
    const range = isScalar(node) ? rangeOf(node) : undefined;
    return range ? [{ from: range[0], to: range[1] }] : [];
  });
}

function valuesIn(node: unknown): readonly unknown[] {
  if (!isMap(node) && !isSeq(node)) return [];
  return node.items.map((item) => (isPair(item) ? item.value : item));
}
