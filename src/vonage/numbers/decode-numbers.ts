import { type ApplicationId, parseApplicationId } from '../../core/application/application.ts';
import type { PhoneNumber } from '../../core/in-use/numbers-reading.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** One page of an account's numbers. */
export interface NumbersPage {
  /** How many numbers there are in all. */
  readonly count: number;
  readonly numbers: readonly PhoneNumber[];
}

/**
 * The page a response holds, or why it is not one, as a clause. An account without numbers is `{}`, and nothing else is: what another
 * program in between says must not be read as no numbers. Source: docs/api-notes.md#numbers
 */
export function decodeNumbers(json: Json | undefined): NumbersPage | string {
  if (!isJsonObject(json)) return 'the response is not a list of numbers';
  const { 'error-code': code = '200', count, numbers } = json;
  if (code !== '200') return `the response has error code ${typeof code === 'string' ? code.slice(0, 10) : 'unknown'}`;
  if (Object.keys(json).length === 0) return { count: 0, numbers: [] };
  if (!isCount(count)) return 'the response has no count of numbers';
  if (numbers === undefined && count === 0) return { count, numbers: [] };
  if (!Array.isArray(numbers)) return 'the response has no list of numbers';
  const decoded = numbers.flatMap((number) => decodeNumber(number) ?? []);
  return decoded.length === numbers.length
    ? { count, numbers: decoded }
    : 'the response has a number that cannot be read';
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function decodeNumber(json: Json): PhoneNumber | undefined {
  if (!isJsonObject(json)) return undefined;
  const { msisdn } = json;
  if (typeof msisdn !== 'string' || msisdn === '') return undefined;
  const ids = [json['app_id'], callbackOf(json, 'voice'), callbackOf(json, 'messages')].flatMap((id) => idOf(id) ?? []);
  return { msisdn, applications: [...new Set(ids)] };
}

/** The application that a number calls back, if it is one and not an address of another kind. */
function callbackOf(number: JsonObject, kind: 'voice' | 'messages'): Json | undefined {
  return number[`${kind}CallbackType`] === 'app' ? number[`${kind}CallbackValue`] : undefined;
}

/** What is not an id names no application: ours all have one. */
function idOf(value: Json | undefined): ApplicationId | undefined {
  return typeof value === 'string' ? parseApplicationId(value) : undefined;
}
