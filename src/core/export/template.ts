import type { ManifestOptions } from '../manifest/options.ts';
import { substitute } from '../manifest/substitute.ts';
import { escapePlaceholders } from './hide-secrets.ts';

/** Part of a text in a manifest. */
interface Part {
  readonly written: string;
  /** What it stands for; undefined when that is not known here. */
  readonly value: string | undefined;
  /** The variable; undefined for text that means itself. */
  readonly name?: string;
  /** Whether the variable is not set, so that `value` is its default. */
  readonly isDefault?: boolean;
}

/** The part of what a text stood for that differs now, and by how much what follows has moved. */
interface DifferentPart {
  readonly from: number;
  readonly to: number;
  readonly shift: number;
}

const parts = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}/g;

/** A text of a manifest that may hold placeholders. */
export class Template {
  readonly #options: ManifestOptions;
  readonly #parts: readonly Part[];

  constructor(written: string, options: ManifestOptions) {
    this.#options = options;
    this.#parts = partsOf(written, options);
  }

  /** Names of its variables. */
  get names(): readonly string[] {
    return this.#parts.flatMap(({ name }) => name ?? []);
  }

  /** Names of the variables that have no value here. */
  get unset(): readonly string[] {
    return this.#parts.flatMap((part) => (part.name !== undefined && isUnset(part) ? part.name : []));
  }

  /** What it stands for; undefined when that is not known. */
  get stands(): string | undefined {
    const values = this.#parts.flatMap(({ value }) => value ?? []);
    return values.length === this.#parts.length ? values.join('') : undefined;
  }

  /** What of it is no placeholder. */
  get literal(): string {
    return this.#parts.map(({ name, value = '' }) => (name === undefined ? value : '')).join('');
  }

  /** Whether it stands for this text, if variables without a value had the right one. */
  canBe(text: string): boolean {
    const known = [''];
    for (const part of this.#parts) {
      if (isUnset(part)) known.push('');
      else known.push(`${known.pop()}${part.value}`);
    }
    const [first = '', ...others] = known;
    const last = others.pop();
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || !text.slice(first.length).endsWith(last)) return false;
    const inside = text.slice(first.length, text.length - last.length);
    let at = 0;
    return others.every((literal) => {
      const found = inside.indexOf(literal, at);
      at = found + literal.length;
      return found !== -1;
    });
  }

  /** The text as it can be written with the placeholders that still stand for a part of it; those in the part that differs go. */
  fitted(text: string): string {
    const before = this.stands;
    if (before === undefined) return escapePlaceholders(text);
    const most = Math.min(before.length, text.length);
    let from = 0;
    while (from < most && before[from] === text[from]) from += 1;
    let same = 0;
    while (same < most - from && before.at(-1 - same) === text.at(-1 - same)) same += 1;
    const fitted = this.#fit(text, { from, to: before.length - same, shift: text.length - before.length });
    return new Template(fitted, this.#options).stands === text ? fitted : escapePlaceholders(text);
  }

  #fit(text: string, { from, to, shift }: DifferentPart): string {
    let [start, cursor, fitted] = [0, 0, ''];
    for (const { written, value = '', name } of this.#parts) {
      const stop = start + value.length;
      const at = stop <= from ? start : start + shift;
      if (name !== undefined && (stop <= from || start >= to)) {
        fitted += escapePlaceholders(text.slice(cursor, at)) + written;
        cursor = at + value.length;
      }
      start = stop;
    }
    return fitted + escapePlaceholders(text.slice(cursor));
  }
}

function isUnset({ value, isDefault }: Part): boolean {
  return value === undefined || isDefault === true;
}

function partsOf(written: string, options: ManifestOptions): readonly Part[] {
  const found: Part[] = [];
  let end = 0;
  const literal = (text: string) => void (text !== '' && found.push({ written: text, value: text }));
  for (const match of written.matchAll(parts)) {
    const [text, name] = match;
    literal(written.slice(end, match.index));
    if (name === undefined) found.push({ written: text, value: '${' });
    else found.push(placeholderPart(text, name, options));
    end = match.index + text.length;
  }
  literal(written.slice(end));
  return found;
}

function placeholderPart(written: string, name: string, options: ManifestOptions): Part {
  const filled = substitute(written, options);
  if (filled.opaque || filled.errors.length > 0) return { written, value: undefined, name };
  const isSet = substitute(`\${${name}:-}`, options).text !== '';
  return { written, value: filled.text, name, isDefault: !isSet };
}
