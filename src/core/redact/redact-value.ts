import { isJsonObject, type Json } from '../json.ts';
import { type Pointer, pointerTokens } from '../pointer.ts';

/** What stands in the place of a value that must not be shown. */
export const sensitive = '(sensitive)';

const sensitiveMember = /^(.*_)?secret$|^credential|^private_key$/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY/;

/**
 * Whether a member, or one it lies in, holds something that must never be shown: a hook's `secret`, a payment gateway's or storage's
 * `credential…`, a `private_key`. A public key is not secret.
 */
export function isSensitiveMember(pointer: Pointer): boolean {
  return pointerTokens(pointer).some((token) => sensitiveMember.test(token));
}

/** The text with user name and password of every URL in it replaced. */
export function redactUrl(text: string): string {
  return text.replace(/:\/\/[^\s/?#\\]*@/g, `://${sensitive}@`);
}

/** A value as it may be shown: sensitive members, passwords in URLs and private keys are replaced, at any depth. */
export function redactValue(pointer: Pointer, value: Json): Json {
  if (isSensitiveMember(pointer)) return sensitive;
  return redactInside(value);
}

function redactInside(value: Json): Json {
  if (typeof value === 'string') return privateKey.test(value) ? sensitive : redactUrl(value);
  if (Array.isArray(value)) return value.map(redactInside);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [
      member,
      sensitiveMember.test(member) ? sensitive : redactInside(inner),
    ]),
  );
}
