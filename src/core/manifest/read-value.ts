import { isAlias, isMap, isScalar, isSeq, type Pair, Scalar } from 'yaml';
import type { Json, JsonObject } from '../json.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import { privateKeyStart } from '../redact/patterns.ts';
import { holdsSecret } from '../redact/scrubber.ts';
import { maxItems } from './cut-document.ts';
import type { Finding, Message } from './finding.ts';
import { type AliasTargets, keyText, startOf, type YamlDocument } from './locate.ts';
import type { ManifestOptions } from './options.ts';
import type { Path } from './schema.ts';
import { coreScalar, countPlaceholders, isExactlyOnePlaceholder, maxNesting, substitute } from './substitute.ts';

/** A text with placeholders. */
interface WithPlaceholders {
  readonly written: string;
  /** Whether it has no quotes: what is filled in may become a number. */
  readonly isPlain: boolean;
}

/** A document as JSON, variables filled in. */
export interface ReadValue {
  readonly value: Json;
  /** Scalars filled from the environment: pointer into the document -> the text as written. */
  readonly concealed: ReadonlyMap<Pointer, string>;
  /** Numbers and flags that are written otherwise than JSON has them, such as 0123: pointer -> the text as written. */
  readonly written: ReadonlyMap<Pointer, string>;
  /** Texts with placeholders, as written. */
  readonly filled: ReadonlyMap<Pointer, WithPlaceholders>;
  /** Scalars whose variables are unknown. */
  readonly opaque: ReadonlySet<Pointer>;
  readonly findings: readonly Finding[];
}

/** Deepest nesting of a manifest; what the API knows is 8 deep. */
const maxDepth = 64;
/** Values of one document, with what aliases repeat: twice what it may hold as written. */
const maxValues = 2 * maxItems;
/** Placeholders of one document. */
const maxPlaceholders = 1000;
/** Aliases followed in one document, those met while following others included: this is what stops an alias bomb. */
const maxAliases = 100;

/** A function, because formatting a number loads the languages' data, which takes a start 7 ms. */
const tooManyPlaceholders = () =>
  `more than ${maxPlaceholders.toLocaleString('en-US')} placeholders in one document: the rest are not substituted`;

/** Reads a parsed document into JSON. Nothing in it can be hostile afterwards: no cycles, no odd keys, no numbers that lost digits. */
export function readValue(document: YamlDocument, targets: AliasTargets, options: ManifestOptions): ReadValue {
  return new ValueReader(document, targets, options).read();
}

class ValueReader {
  readonly #document: YamlDocument;
  readonly #targets: AliasTargets;
  readonly #options: ManifestOptions;
  readonly #path: (string | number)[] = [];
  readonly #findings: Finding[] = [];
  readonly #concealed = new Map<Pointer, string>();
  readonly #written = new Map<Pointer, string>();
  readonly #filled = new Map<Pointer, WithPlaceholders>();
  readonly #opaque = new Set<Pointer>();
  #aliases = 0;
  #values = 0;
  #placeholders = 0;

  constructor(document: YamlDocument, targets: AliasTargets, options: ManifestOptions) {
    this.#document = document;
    this.#targets = targets;
    this.#options = options;
  }

  read(): ReadValue {
    const value = this.#value(this.#document.contents, 0);
    const [concealed, written, filled, opaque] = [this.#concealed, this.#written, this.#filled, this.#opaque];
    return { value, concealed, written, filled, opaque, findings: this.#findings };
  }

  #value(node: unknown, offset: number): Json {
    const start = startOf(node, offset);
    this.#values += 1;
    if (this.#values === maxValues + 1) this.#refuse(start, 'too many alias expansions: write out the values');
    if (this.#values > maxValues) return null;
    if (isScalar(node)) return this.#scalar(node, start);
    if (isAlias(node)) return this.#alias(this.#targets.follow(node), node.source, start);
    if (!isMap(node) && !isSeq(node)) return null;
    if (this.#path.length >= maxDepth) {
      return this.#refuse(start, `nested more than ${maxDepth} levels deep`);
    }
    if (isMap(node)) return this.#object(node.items, start);
    return node.items.map((item, index) => this.#below(index, item, start));
  }

  #below(token: string | number, node: unknown, offset: number): Json {
    this.#path.push(token);
    const value = this.#value(node, offset);
    this.#path.pop();
    return value;
  }

  #object(pairs: readonly Pair[], offset: number): JsonObject {
    const object: Record<string, Json> = {};
    for (const pair of pairs) {
      const key = keyText(pair.key);
      const keyOffset = startOf(pair.key, offset);
      const template = isMap(pair.key) ? '. To begin a text with {, quote it: a placeholder is ${NAME}' : '';
      const problem = this.#keyProblem(key, object);
      if (key === undefined || problem !== undefined) this.#refuse(keyOffset, `${problem}${template}`);
      else object[key] = this.#below(key, pair.value, keyOffset);
    }
    return object;
  }

  #keyProblem(key: string | undefined, object: JsonObject): string | undefined {
    if (key === undefined) return 'field names must be strings';
    if (Object.hasOwn(object, key)) {
      const next = this.#path.length === 0 && key === 'apiVersion' ? ': a line of --- separates two documents' : '';
      return `${JSON.stringify(key.slice(0, 80))} is declared twice${next}`;
    }
    if (key === '__proto__') return 'a field must not be named "__proto__"';
    if (key === '<<') return 'merge keys (<<) are not supported: write out the fields, or alias the whole value';
    return this.#secretProblem(key);
  }

  #alias(target: unknown, name: string, offset: number): Json {
    this.#aliases += 1;
    if (target === undefined)
      return this.#refuse(offset, `*${name} refers to an undefined anchor (&${name}) before it`);
    if (this.#aliases === maxAliases + 1) this.#refuse(offset, `more than ${maxAliases} aliases: write out the values`);
    return this.#aliases > maxAliases ? null : this.#value(target, offset);
  }

  #scalar(node: Scalar, offset: number): Json {
    const { value } = node;
    if (typeof value === 'string') return this.#string(value, node, offset);
    if (typeof value === 'number' && !isExact(value)) {
      return this.#refuse(offset, 'this number cannot be represented exactly: quote it if it is text');
    }
    if (typeof value !== 'number' && typeof value !== 'boolean') return null;
    if (node.source !== undefined && node.source !== String(value))
      this.#written.set(pointerOf(this.#path), node.source);
    return value;
  }

  #string(written: string, node: Scalar, offset: number): Json {
    const isPlain = node.type === Scalar.PLAIN && node.tag === undefined;
    const text = written.includes('${') ? this.#substitute({ written, isPlain }, offset) : written;
    const problem = this.#secretProblem(text);
    if (problem !== undefined) {
      this.#report('error', offset, problem, this.#secretProblem(written) === undefined);
      return null;
    }
    return isPlain && text !== written && isExactlyOnePlaceholder(written) ? coreScalar(text) : text;
  }

  #substitute(text: WithPlaceholders, offset: number): string {
    const { written } = text;
    const pointer = pointerOf(this.#path);
    const before = this.#placeholders;
    const { count, nesting } = countPlaceholders(written);
    if (nesting <= maxNesting) this.#placeholders += count;
    if (this.#placeholders > maxPlaceholders) {
      this.#opaque.add(pointer);
      if (before <= maxPlaceholders) this.#report('error', offset, tooManyPlaceholders());
      return written;
    }
    this.#filled.set(pointer, text);
    const filled = substitute(written, this.#options);
    for (const message of filled.errors) this.#report('error', offset, message, true);
    for (const name of filled.unknown) {
      this.#report('warning', offset, `\${${name}} is not set here: its value was not checked`, true);
    }
    if (filled.concealed) this.#concealed.set(pointer, written);
    if (filled.opaque || filled.errors.length > 0) this.#opaque.add(pointer);
    return filled.text;
  }

  #secretProblem(text: string): string | undefined {
    if (privateKeyStart.test(text)) return 'private keys are not allowed in manifests; this one is not shown here';
    if (!holdsSecret(text, this.#options.secrets)) return undefined;
    return 'this text holds a configured secret; it is not shown here. Secrets are not allowed in manifests';
  }

  #refuse(offset: number, message: Message): null {
    this.#report('error', offset, message);
    return null;
  }

  /** `ofFilling`: it is no matter where another layer replaces the text. */
  #report(severity: Finding['severity'], offset: number, message: Message, ofFilling = false): void {
    const path: Path = [...this.#path];
    this.#findings.push({ severity, offset, path, message, ...(ofFilling ? { ofFilling } : {}) });
  }
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}
