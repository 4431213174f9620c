import { isJsonObject, type Json, type JsonObject, parseJson } from '../core/json.ts';
import { visible } from '../core/render/visible.ts';

/** Longest reason that is told, in characters. */
const longestReason = 200;

/**
 * Why a forge refuses a request, in its own words and without the secret that was sent; empty when it does not say. GitHub has a message,
 * GitLab a message or an error, each a text or one for each field.
 */
export function reasonIn(text: string, secret: string): string {
  const { message, error, error_description: description } = objectIn(parseJson(text));
  const reason = message ?? description ?? error;
  if (reason === undefined) return '';
  const words = typeof reason === 'string' ? reason : JSON.stringify(reason);
  return visible(words.replaceAll(secret, '...')).slice(0, longestReason);
}

/** The object that something is, else an empty one. */
export function objectIn(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The text that something is, else an empty one. */
export function textIn(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
