import type { Message } from './finding.ts';
import type { ManifestOptions } from './options.ts';

/** A text with its placeholders filled in. */
export interface Substituted {
  readonly text: string;
  /** Whether a value came from the environment: it must not be shown. */
  readonly concealed: boolean;
  /** Whether a value is not known; the text is then as it was written. */
  readonly opaque: boolean;
  /** Names of the unknown values. */
  readonly unknown: readonly string[];
  readonly errors: readonly Message[];
}

type Lookup =
  | { readonly kind: 'value'; readonly text: string; readonly concealed: boolean }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'error'; readonly message: Message };

const placeholder = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;
const exactlyOne = /^\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}$/;
// What this program and Vonage's own tools read credentials from, with and without _FILE, and where pipelines have theirs.
const credentialName =
  /^((VONAGE|NEXMO)_(.*_)?(API_KEY|PRIVATE_KEY|SECRET|TOKEN|PASSWORD)(_FILE|_PATH)?|(GITHUB|GITLAB|ACTIONS|CI)_(.*_)?(TOKEN|PASSWORD))$/i;

/** Whether variables of this name hold credentials by convention: manifests cannot use them. */
export function isCredentialName(name: string): boolean {
  return credentialName.test(name);
}

/** Placeholders that may be open at a time. To search for the end of each takes quadratic time. */
export const maxNesting = 10;

/** How many placeholders begin in a text, and how many of them are open at a time at most. */
export function countPlaceholders(text: string): { readonly count: number; readonly nesting: number } {
  let [count, open, nesting] = [0, 0, 0];
  for (const [sign] of text.matchAll(/\$\$\{|\$\{|\}/g)) {
    if (sign === '}') open = Math.max(0, open - 1);
    if (sign !== '${') continue;
    count += 1;
    open += 1;
    nesting = Math.max(nesting, open);
  }
  return { count, nesting };
}

/** Whether a text is one placeholder and nothing else. */
export function isExactlyOnePlaceholder(text: string): boolean {
  return exactlyOne.test(text);
}

/**
 * Fills `${NAME}` and `${NAME:-default}` in; `$${` is the literal `${`. A default is used when the variable is unset or empty.
 * Values are not searched for placeholders again.
 */
export function substitute(text: string, options: ManifestOptions): Substituted {
  if (countPlaceholders(text).nesting > maxNesting) {
    const message = `placeholders nested more than ${maxNesting} levels deep: not substituted`;
    return { text, concealed: false, opaque: false, unknown: [], errors: [message] };
  }
  const errors: Message[] = [];
  const unknown: string[] = [];
  let concealed = false;
  const filled = text.replace(placeholder, (match, name?: string, fallback?: string) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      errors.push(
        `"$\{" does not start a placeholder: use $\{NAME} or $\{NAME:-default}, or $$\{ for the two characters`,
      );
      return match;
    }
    const found = lookUp(name, fallback, options);
    if (found.kind === 'error') errors.push(found.message);
    if (found.kind === 'unknown') unknown.push(name);
    if (found.kind !== 'value') return match;
    concealed ||= found.concealed;
    return found.text;
  });
  const opaque = unknown.length > 0;
  return { text: opaque ? text : filled, concealed, opaque, unknown, errors };
}

function lookUp(name: string, fallback: string | undefined, options: ManifestOptions): Lookup {
  if (isCredentialName(name) || options.credentialVariables.includes(name)) {
    const message = `\${${name}} holds a credential: credentials are not allowed in manifests`;
    return { kind: 'error', message };
  }
  const variable = Object.hasOwn(options.variables, name) ? options.variables[name] : undefined;
  const allowed = options.allowedEnvironment.includes(name);
  const fromEnvironment = allowed && Object.hasOwn(options.environment, name) ? options.environment[name] : undefined;
  const value = variable ?? fromEnvironment;
  if (fallback !== undefined && (value === undefined || value === '')) {
    return { kind: 'value', text: fallback, concealed: false };
  }
  if (value !== undefined) return { kind: 'value', text: value, concealed: variable === undefined };
  if (allowed && options.opaqueVariables) return { kind: 'unknown' };
  return { kind: 'error', message: undefinedMessage(name, allowed, options) };
}

function undefinedMessage(name: string, allowed: boolean, options: ManifestOptions): Message {
  const byDefault = `or give a default: \${${name}:-...}`;
  if (allowed) return `\${${name}} is not set: set it in the environment, ${byDefault}`;
  return (suggest) => {
    const near = suggest(name, [...Object.keys(options.variables), ...options.allowedEnvironment]);
    return `\${${name}} is not defined${near}: add it to the account's variables, allow it from the environment, ${byDefault}`;
  };
}

/** The value a plain scalar with this text has in YAML's core schema (YAML 1.2.2, section 10.3.2). */
export function coreScalar(text: string): string | number | boolean | null {
  if (/^(~|null|Null|NULL)?$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text))
    return Number(text);
  return text;
}
