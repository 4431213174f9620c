import { isJsonObject, type Json, type JsonObject, mapMembers } from '../json.ts';
import { isSecretName, redactText } from '../redact/patterns.ts';
import type { SecretNames } from './secret-names.ts';

/** A spec in which secrets are placeholders. */
export interface HiddenSecrets {
  /** Texts as a manifest has them: `$${` where the live text has `${`. */
  readonly spec: JsonObject;
  /** The variables that must be set, in the order of their places, each with the value that is live: for a plan, and for nobody to see. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Gives the secret at this place, inside its application, a name. */
type GiveName = (path: readonly string[], value: string) => string;

/** Steps of a path that say nothing about a secret. */
const silentSteps: readonly string[] = ['capabilities', 'webhooks', 'address'];

/** The spec as it can be written into a repository: secrets are `${NAME}`, named after application and place. */
export function hideSecrets(spec: JsonObject, application: string, names: SecretNames): HiddenSecrets {
  const secrets = new Map<string, string>();
  const give: GiveName = (path, value) => {
    const told = path.filter((step) => !silentSteps.includes(step));
    const name = names.give(application, told);
    secrets.set(name, value);
    return name;
  };
  const hidden = mapMembers(spec, (member, value) => hide(value, [member], isSecretName(member), give));
  return { spec: hidden, secrets };
}

/** A text as a manifest has it. */
export function escapePlaceholders(text: string): string {
  return text.replaceAll('${', () => '$${');
}

function hide(value: Json, path: readonly string[], isSecret: boolean, give: GiveName): Json {
  if (typeof value === 'string')
    return value !== '' && isSecret ? `\${${give(path, value)}}` : hideInText(value, path, give);
  if (Array.isArray(value)) return value.map((item, index) => hide(item, [...path, String(index)], isSecret, give));
  if (!isJsonObject(value)) return value;
  return mapMembers(value, (member, inner) => hide(inner, [...path, member], isSecret || isSecretName(member), give));
}

const userinfo = /^(https?:\/\/)([^/?#\\]+)@/i;
const parameter = /([?&#;])([^=&#;?]+)=([^&#;]+)/g;

/** Of a URL its user and password, and parameters that look like tokens; of other texts all, when a part of it is a secret by its shape. */
function hideInText(text: string, path: readonly string[], give: GiveName): string {
  const [start, scheme = '', credentials] = userinfo.exec(text) ?? [''];
  const rest = text.slice(start.length);
  const told = withoutTokens(`${scheme}${rest}`);
  if (redactText(told) !== told) return `\${${give(path, text)}}`;
  const before = credentials === undefined ? '' : `${scheme}\${${give([...path, 'userinfo'], credentials)}}@`;
  return `${before}${hideTokens(rest, path, give)}`;
}

function withoutTokens(text: string): string {
  return text.replaceAll(parameter, (match, sign: string, name: string) => (isTokenName(name) ? sign : match));
}

function hideTokens(text: string, path: readonly string[], give: GiveName): string {
  let hidden = '';
  let end = 0;
  for (const match of text.matchAll(parameter)) {
    const [whole, sign = '', name = '', value = ''] = match;
    if (!isTokenName(name)) continue;
    hidden += `${escapePlaceholders(text.slice(end, match.index) + sign + name)}=\${${give([...path, name], value)}}`;
    end = match.index + whole.length;
  }
  return `${hidden}${escapePlaceholders(text.slice(end))}`;
}

const tokenName =
  /^((.*[_-])?(key|sig|signature|jwt|pwd)|(api|app|access|auth|client|function|subscription)key|auth|pass|code|sas|hmac)$/i;

/** Whether a parameter of a URL holds what lets somebody in. */
function isTokenName(written: string): boolean {
  const name = decoded(written);
  return isSecretName(name) || tokenName.test(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // the one thing it throws for: a % that begins no character
  }
}
