import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts';
import { isObject, type Json, type JsonObject } from '../../src/emulator/json.ts';

/** An answer, its body parsed if it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: JsonObject;
}

/** Start an emulator that stops with the test. */
export async function emulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const started = await startEmulator(options);
  onTestFinished(() => started.close());
  return started;
}

/** The Authorization header of an emulator's account. */
export function authorization({ apiKey, apiSecret }: Pick<Emulator, 'apiKey' | 'apiSecret'>): string {
  return `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
}

/** What to send besides verb and path; a string body is sent as it is. */
export interface CallOptions {
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Call the API with the right credentials unless `headers` say otherwise. The path follows `/v2/applications`. */
export async function call(target: Emulator, verb: string, path = '', options: CallOptions = {}): Promise<Answer> {
  const { body, headers = {}, signal } = options;
  const response = await fetch(`${target.url}/v2/applications${path}`, {
    method: verb,
    headers: {
      authorization: authorization(target),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return answer(response);
}

/** Call the Numbers API with the right credentials unless `headers` say otherwise; a form is sent as one. */
export async function callNumbers(
  target: Emulator,
  verb: string,
  path: string,
  options: {
    readonly form?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const { form, headers = {} } = options;
  const response = await fetch(`${target.url}${path}`, {
    method: verb,
    headers: { authorization: authorization(target), ...headers },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  return answer(response);
}

/** Call the admin prefix. */
export async function callAdmin(target: Emulator, verb: string, path: string, body?: Json): Promise<Answer> {
  return answer(
    await fetch(`${target.url}/__emulator${path}`, {
      method: verb,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  const parsed: Json = /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, text, body: isObject(parsed) ? parsed : {} };
}

/** A member deep inside a JSON value, undefined where the path ends early. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step];
    else if (isObject(current) && typeof step === 'string') current = current[step];
    else return undefined;
  }
  return current;
}

/** The id in an answer. */
export function idOf(value: Json | undefined): string {
  const id = at(value, 'id');
  if (typeof id !== 'string') throw new Error(`no id in ${JSON.stringify(value)}`);
  return id;
}

/** The names in a list answer, in its order. */
export function namesOf({ body }: Answer): (Json | undefined)[] {
  const items = at(body, '_embedded', 'applications');
  return Array.isArray(items) ? items.map((item: Json) => at(item, 'name')) : [];
}

/** A published body from test/fixtures/api. */
export function fixture(file: string): JsonObject {
  const parsed: Json = JSON.parse(readFileSync(new URL(`../fixtures/api/${file}`, import.meta.url), 'utf8'));
  if (!isObject(parsed)) throw new Error(`${file} is not an object`);
  return parsed;
}

/** A public key, so that no pair has to be generated. */
export const PUBLIC_KEY = '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----\n';

/** A create body that brings a key. */
export function aBody(over: JsonObject = {}): JsonObject {
  return { name: 'Support', keys: { public_key: PUBLIC_KEY }, ...over };
}

/** A body with one voice webhook. */
export function withAnswerUrl(hook: JsonObject): JsonObject {
  return aBody({ capabilities: { voice: { webhooks: { answer_url: hook } } } });
}
