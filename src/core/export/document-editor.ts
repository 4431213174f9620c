import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { isJsonObject, type Json, type JsonObject, jsonEquals, omitMembers } from '../json.ts';
import { AliasTargets, type YamlDocument } from '../manifest/locate.ts';
import { membersAt, type Path } from '../manifest/schema.ts';
import { blockEdits, blockValue } from './block-edits.ts';
import { flowEdits, flowValue } from './flow-edits.ts';
import { keyStart, nameOf, namesOf } from './pair-region.ts';
import { rangeOf } from './range-of.ts';
import type { Splice, TextLines } from './text-lines.ts';
import { writtenTree } from './written-tree.ts';
import { flowText, isScalarValue, scalarText } from './yaml-text.ts';

/** A value that was left as it is, because other places of the document use it, too. */
interface SharedValue {
  readonly path: Path;
  /** Where the value stands that would have to change. */
  readonly offset: number;
}

/** What a document becomes: how its text changes, and what it says then. */
export interface DocumentEdits {
  readonly splices: readonly Splice[];
  readonly tree: Json;
  readonly shared: readonly SharedValue[];
  /** Whether there is a value that cannot be written where it belongs: the splices are of no use. */
  readonly isImpossible: boolean;
}

/** How a document must change to say something else: only what differs is written anew. */
export function editDocument(document: YamlDocument, wanted: JsonObject, lines: TextLines): DocumentEdits {
  return new DocumentEditor(document, lines).edit(wanted);
}

class DocumentEditor {
  readonly #document: YamlDocument;
  readonly #lines: TextLines;
  readonly #targets: AliasTargets;
  readonly #aliases: readonly Alias[];
  readonly #unit: number;
  readonly #flowStyle: 'flow' | 'json';
  readonly #splices: Splice[] = [];
  readonly #shared: SharedValue[] = [];
  #isImpossible = false;

  constructor(document: YamlDocument, lines: TextLines) {
    this.#document = document;
    this.#lines = lines;
    this.#targets = new AliasTargets(document);
    this.#aliases = aliasesIn(document);
    this.#unit = unitOf(document, lines);
    this.#flowStyle = isJson(document) ? 'json' : 'flow';
  }

  edit(wanted: JsonObject): DocumentEdits {
    const { contents } = this.#document;
    const tree = isMap(contents) ? this.#value(contents, wanted, [], this.#impossible) : this.#impossible();
    return { splices: this.#splices, tree, shared: this.#shared, isImpossible: this.#isImpossible };
  }

  readonly #impossible = (): Json => {
    this.#isImpossible = true;
    return null;
  };

  /** Makes a node say what is wanted, and answers with what it says then. `replace` writes it as a whole. */
  #value(node: unknown, wanted: Json, path: Path, replace: () => Json): Json {
    const written = writtenTree(node, this.#targets);
    if (jsonEquals(written, wanted)) return written;
    const owner = this.#sharedOwner(node);
    if (owner !== undefined) return this.#leave(owner, written, path);
    if (isMap(node) && isJsonObject(wanted) && namesOf(node).some((name) => Object.hasOwn(wanted, name))) {
      return this.#object(node, wanted, path);
    }
    if (isSeq(node) && Array.isArray(wanted) && node.items.length > 0 && wanted.length >= node.items.length) {
      return this.#list(node, wanted, path);
    }
    const used = this.#usedElsewhere(node);
    if (used !== undefined) return this.#leave(used, written, path);
    if (!isScalar(node) || !isScalarValue(wanted) || isOverLines(node)) return replace();
    return this.#scalar(node, wanted);
  }

  #leave(node: Node, written: Json, path: Path): Json {
    this.#shared.push({ path, offset: rangeOf(node)[0] });
    return written;
  }

  #scalar(node: Scalar, wanted: boolean | null | number | string): Json {
    const [from, to] = rangeOf(node);
    // A key without a value has nothing that could be replaced, and a tag would be wrong for another kind of value.
    if (from === to || node.tag !== undefined) return this.#impossible();
    const style = this.#isFlow(from) ? this.#flowStyle : 'block';
    this.#splices.push({ from, to, text: scalarText(wanted, node.type, style) });
    return wanted;
  }

  #object(map: YAMLMap, wanted: JsonObject, path: Path): Json {
    const names = namesOf(map);
    const members: [string, Json][] = [];
    const removed: Pair[] = [];
    for (const pair of map.items) {
      const name = nameOf(pair);
      const value = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
      const used = value === undefined ? this.#usedElsewhere(pair.value) : undefined;
      if (value !== undefined) members.push([name, this.#member(map, pair, value, [...path, name])]);
      else if (used === undefined) removed.push(pair);
      else members.push([name, this.#leave(used, writtenTree(pair.value, this.#targets), [...path, name])]);
    }
    const added = omitMembers(wanted, names);
    const edits = { map, removed, added, order: membersAt(path) };
    const layout = { lines: this.#lines, unit: this.#unit, style: this.#flowStyle };
    this.#splices.push(...(map.flow === true ? flowEdits(edits, layout) : blockEdits(edits, layout)));
    return { ...Object.fromEntries(members), ...added };
  }

  #member(map: YAMLMap, pair: Pair, wanted: Json, path: Path): Json {
    return this.#value(pair.value, wanted, path, () => {
      const layout = { lines: this.#lines, unit: this.#unit, style: this.#flowStyle };
      const splices = map.flow === true ? flowValue(pair, wanted, layout) : blockValue(pair, wanted, layout);
      if (splices === undefined) return this.#impossible();
      this.#splices.push(...splices);
      return wanted;
    });
  }

  #list(list: YAMLSeq, wanted: readonly Json[], path: Path): Json {
    const items = wanted
      .slice(0, list.items.length)
      .map((item, index) => this.#value(list.items[index], item, [...path, index], this.#impossible));
    const added = wanted.slice(items.length);
    if (added.length > 0) this.#append(list, added);
    return [...items, ...added];
  }

  #append(list: YAMLSeq, added: readonly Json[]): void {
    const { newline } = this.#lines;
    const end = rangeOf(list.items.at(-1))[1];
    const texts = added.map((item) => flowText(item, this.#flowStyle));
    if (list.flow === true) {
      this.#splices.push({ from: end, to: end, text: texts.map((text) => `, ${text}`).join('') });
      return;
    }
    const at = this.#lines.breakOf(end - (this.#lines.text.slice(0, end).endsWith('\n') ? 1 : 0));
    const dash = `${' '.repeat(this.#lines.columnOf(rangeOf(list)[0]))}- `;
    this.#splices.push({ from: at, to: at, text: texts.map((text) => `${newline}${dash}${text}`).join('') });
  }

  /** Whether an offset lies in brackets. */
  #isFlow(offset: number): boolean {
    let found = false;
    visit(this.#document, {
      Collection: (_, node) => {
        const [from, to] = rangeOf(node);
        found ||= node.flow === true && from <= offset && offset < to;
      },
    });
    return found;
  }

  /** What an alias stands for, and what aliases stand for: a change of it would change more than one place. */
  #sharedOwner(node: unknown): Node | undefined {
    const isAnchor = this.#aliases.some((alias) => this.#targets.follow(alias) === node);
    const target = isAlias(node) || isAnchor ? this.#targets.follow(node) : undefined;
    return isNode(target) ? target : undefined;
  }

  /** An anchor in it that an alias outside of it refers to. */
  #usedElsewhere(node: unknown): Node | undefined {
    const [from, to] = rangeOf(node);
    const isIn = (offset: number) => from <= offset && offset < to;
    for (const alias of this.#aliases) {
      const target = this.#targets.follow(alias);
      if (isNode(target) && isIn(rangeOf(target)[0]) && !isIn(rangeOf(alias)[0])) return target;
    }
    return undefined;
  }
}

function isOverLines({ type }: Scalar): boolean {
  return type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
}

function aliasesIn(document: YamlDocument): readonly Alias[] {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias) });
  return aliases;
}

/** Spaces by which the first object inside of another one is indented. */
function unitOf(document: YamlDocument, lines: TextLines): number {
  let unit = 2;
  visit(document, {
    Pair: (_, { key, value }) => {
      const inner = isMap(value) ? value.items[0] : undefined;
      if (inner === undefined || !lines.beginsLine(keyStart(inner))) return undefined;
      const deeper = lines.columnOf(keyStart(inner)) - lines.columnOf(rangeOf(key)[0]);
      if (deeper < 1) return undefined;
      unit = deeper;
      return visit.BREAK;
    },
  });
  return unit;
}

/** Whether it is written as JSON is: in brackets, with quoted names. */
function isJson({ contents }: YamlDocument): boolean {
  if (!isMap(contents) || contents.flow !== true) return false;
  const [first] = contents.items;
  return isScalar(first?.key) && first.key.type === Scalar.QUOTE_DOUBLE;
}
