import { isJsonObject, type Json } from '../json.ts';
import { type Pointer, pointerTokens } from '../pointer.ts';
import { isSecretName, redactText, sensitive } from './patterns.ts';

/** Whether a field, or one it lies in, holds something that must never be shown. */
export function isSensitiveMember(pointer: Pointer): boolean {
  return pointerTokens(pointer).some(isSecretName);
}

/** A value as it may be shown: secret fields, and what is a secret by its shape, are replaced, at any depth. */
export function redactValue(pointer: Pointer, value: Json): Json {
  if (isSensitiveMember(pointer)) return sensitive;
  return redactInside(value);
}

function redactInside(value: Json): Json {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactInside);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, isSecretName(name) ? sensitive : redactInside(inner)]),
  );
}
