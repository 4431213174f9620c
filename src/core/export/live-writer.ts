import type { Json, JsonObject } from '../json.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import { type Pointer, pointerTokens } from '../pointer.ts';
import { escapePlaceholders, hideSecrets } from './hide-secrets.ts';
import { SecretNames } from './secret-names.ts';
import { Template } from './template.ts';
import type { LiveWriter, Rewritten } from './updated-spec.ts';

/** Writes live values of one application into its manifest: secrets never, placeholders wherever they still stand for what is live. */
export class ManifestWriter implements LiveWriter {
  /** The variables that must be set, in the order in which they were given out. */
  readonly variables: string[] = [];
  readonly #application: string;
  readonly #names: SecretNames;
  readonly #options: ManifestOptions;

  constructor(application: string, names: SecretNames, options: ManifestOptions) {
    this.#application = application;
    this.#names = names;
    this.#options = options;
  }

  readonly write = (pointer: Pointer, value: Json): Json => {
    const tokens = pointerTokens(pointer);
    const { spec, secrets } = hideSecrets(nested(tokens, value), this.#application, this.#names);
    this.variables.push(...secrets.keys());
    const [hidden = value] = tokens.reduce<readonly Json[]>(innerOf, [spec]);
    return hidden;
  };

  readonly rewrite = (pointer: Pointer, written: string, live: Json): Rewritten => {
    const template = new Template(written, this.#options);
    if (template.names.length === 0 || typeof live === 'object') return { written: this.write(pointer, live) };
    const text = String(live);
    const { unset } = template;
    if (spellingsOf(pointer, text).some((spelling) => template.canBe(spelling))) {
      return template.stands === undefined || template.stands === text
        ? { written }
        : { written, toDo: unsetText(unset) };
    }
    if (template.stands === undefined) return { written, toDo: unsetText(unset) };
    const fitted = template.fitted(text);
    const { names, literal } = new Template(fitted, this.#options);
    if (this.#hidesAny(pointer, literal))
      return { written, toDo: `${namesText(template.names)} must be set to what is live now` };
    if (names.length < template.names.length && unset.length > 0) return { written, toDo: unsetText(unset) };
    return { written: typeof live === 'string' ? fitted : live };
  };

  /** The name a manifest declares; names are no secrets. */
  readonly rename = (written: string, live: string): Rewritten => {
    const template = new Template(written, this.#options);
    if (template.names.length === 0) return { written: escapePlaceholders(live) };
    if (template.stands === undefined || template.canBe(live)) return { written, toDo: unsetText(template.unset) };
    return { written: template.fitted(live) };
  };

  #hidesAny(pointer: Pointer, text: string): boolean {
    const tokens = pointerTokens(pointer);
    return hideSecrets(nested(tokens, text), '', new SecretNames([])).secrets.size > 0;
  }
}

/** An object that holds nothing but the value, at its place. */
function nested([token = '', ...tokens]: readonly string[], value: Json): JsonObject {
  return { [token]: tokens.reduceRight<Json>(holder, value) };
}

function holder(value: Json, token: string): Json {
  const index = /^\d+$/.test(token) ? Number(token) : undefined;
  return index === undefined ? { [token]: value } : [...Array.from({ length: index }, () => null), value];
}

/** What is at a place of such an object: nothing else is on the way there. */
function innerOf([holding]: readonly Json[], token: string): readonly Json[] {
  return Object.entries(Object(holding)).flatMap(([name, value]) => (name === token ? [value as Json] : []));
}

/** Addresses of a host alone mean the same with a slash behind them and without one. */
function spellingsOf(pointer: Pointer, text: string): readonly string[] {
  if (/\/http_method$/.test(pointer)) return [text, text.toLowerCase()];
  return /\/(address|redirect_uri)$/.test(pointer) ? [text, text.replace(/\/$/, ''), `${text}/`] : [text];
}

function unsetText(names: readonly string[]): string {
  return `${namesText(names)} is not set here, so it is not known what it stands for: set it and run export again, or write what is live`;
}

function namesText(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `\${${name}}`).join(', ');
}
