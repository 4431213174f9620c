import { isJsonObject, type Json, type JsonObject, objectMember, ownMember } from '../json.ts';
import { pointerOf } from '../pointer.ts';
import { knownCapabilities } from './capabilities.ts';

/**
 * The first field of a body that has another type than the API gives it, in words; undefined when there is none. A value laid over such
 * a field would destroy what nobody understood. Fields this version does not know are not looked at, and null counts as absent.
 */
export function oddField(body: JsonObject): string | undefined {
  for (const { path, value, isRight } of typedFields(body)) {
    if (value !== undefined && value !== null && !isRight(value)) return `${pointerOf(path)} is ${kindWords(value)}`;
  }
  return undefined;
}

/** Why an application with such a field is left alone. */
export function oddMessage(odd: string): string {
  return `the API shows a field that cannot be read (${odd}): the application is left unchanged. Correct it in the dashboard`;
}

/** What kind of value something is, for people. */
export function kindWords(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

interface TypedField {
  readonly path: readonly string[];
  readonly value: Json | undefined;
  readonly isRight: (value: Json) => boolean;
}

function* typedFields(body: JsonObject): Generator<TypedField, void, undefined> {
  for (const name of ['capabilities', 'keys', 'privacy']) yield objectField(body, [], name);
  const { public_key: value } = objectMember(body, 'keys');
  yield { path: ['keys', 'public_key'], value, isRight: (key) => typeof key === 'string' };
  const capabilities = objectMember(body, 'capabilities');
  for (const [name, { webhooks: known }] of Object.entries(knownCapabilities)) {
    const path = ['capabilities', name];
    const capability = objectMember(capabilities, name);
    yield objectField(capabilities, ['capabilities'], name);
    yield objectField(capability, path, 'webhooks');
    const webhooks = objectMember(capability, 'webhooks');
    for (const webhook of Object.keys(known)) yield objectField(webhooks, [...path, 'webhooks'], webhook);
  }
}

function objectField(parent: JsonObject, path: readonly string[], name: string): TypedField {
  return { path: [...path, name], value: ownMember(parent, name), isRight: isJsonObject };
}
