import { knownCapabilities, socketTimeoutMin } from '../application/capabilities.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  mapMembers,
  mapObjectMember,
  objectMember,
  omitMembers,
} from '../json.ts';
import { parseUrl } from '../parse-url.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import { isSecretName } from '../redact/patterns.ts';
import { errorAt, type PathFinding, warningAt } from './finding.ts';
import { checkUrl } from './rules-url.ts';
import type { Path } from './schema.ts';

/** Members whose documented range is disputed between Vonage's own documents: outside it we only warn. */
const disputed: Readonly<Record<string, readonly [min: number, max: number, unit: string]>> = {
  conversations_ttl: [1, 9000, 'hours'],
  leg_persistence_time: [1, 31, 'days'],
};

/** The webhooks of known capabilities, each with its path in the document. */
function* hooksOf(spec: JsonObject): Generator<readonly [hook: JsonObject, path: readonly string[]]> {
  for (const [name, capability] of Object.entries(objectMember(spec, 'capabilities'))) {
    if (!Object.hasOwn(knownCapabilities, name) || !isJsonObject(capability)) continue;
    for (const [hookName, hook] of Object.entries(objectMember(capability, 'webhooks'))) {
      if (isJsonObject(hook)) yield [hook, ['spec', 'capabilities', name, 'webhooks', hookName]];
    }
  }
}

/** What the schema cannot say about `spec`: addresses that are no URL, both spellings of a timeout, disputed ranges. */
export function checkSpec(spec: JsonObject): readonly PathFinding[] {
  const findings: PathFinding[] = [];
  for (const [hook, path] of hooksOf(spec)) findings.push(...checkHook(hook, path));
  const capabilities = objectMember(spec, 'capabilities');
  for (const name of ['voice', 'rtc']) {
    findings.push(...checkDisputed(objectMember(capabilities, name), ['spec', 'capabilities', name]));
  }
  const { redirect_uri: redirect } = objectMember(capabilities, 'network_apis');
  findings.push(...checkUrl(redirect, ['spec', 'capabilities', 'network_apis', 'redirect_uri']));
  return findings;
}

function checkHook(hook: JsonObject, path: readonly string[]): readonly PathFinding[] {
  const findings = [...checkUrl(hook['address'], [...path, 'address'])];
  if (Object.hasOwn(hook, 'connect_timeout') && Object.hasOwn(hook, 'connection_timeout')) {
    const message = 'connect_timeout and connection_timeout are two spellings of one setting: keep connect_timeout';
    findings.push({ ...errorAt([...path, 'connection_timeout'], message), at: 'key' });
  }
  const socket = hook['socket_timeout'];
  if (typeof socket === 'number' && socket > 0 && socket < socketTimeoutMin) {
    const message = `${socket} is below the documented minimum of ${socketTimeoutMin} milliseconds: the server may reject it`;
    findings.push(warningAt([...path, 'socket_timeout'], message));
  }
  return findings;
}

function checkDisputed(capability: JsonObject, path: readonly string[]): readonly PathFinding[] {
  return Object.entries(disputed).flatMap(([member, [min, max, unit]]) => {
    const value = capability[member];
    if (typeof value !== 'number' || value < 0 || (value >= min && value <= max)) return [];
    const message = `${value} is outside the documented ${min} to ${max} ${unit}: the server may reject it`;
    return [warningAt([...path, member], message)];
  });
}

/** The spec in its one spelling: methods in upper case. A value that is no text is left for the schema to report. */
export function upperCaseMethods(spec: JsonObject): JsonObject {
  return mapHooks(spec, (hook) => {
    const method = hook['http_method'];
    if (typeof method !== 'string' || method === method.toUpperCase()) return hook;
    return { ...hook, http_method: method.toUpperCase() };
  });
}

/** The spec with every timeout spelt `connect_timeout`. */
export function spellTimeouts(spec: JsonObject): JsonObject {
  return mapHooks(spec, (hook) => {
    if (!Object.hasOwn(hook, 'connection_timeout')) return hook;
    const { connection_timeout: timeout = null, ...others } = hook;
    return { ...others, connect_timeout: timeout };
  });
}

function mapHooks(spec: JsonObject, map: (hook: JsonObject) => JsonObject): JsonObject {
  return mapObjectMember(spec, 'capabilities', (capabilities) =>
    mapMembers(capabilities, (name, capability) => {
      if (!Object.hasOwn(knownCapabilities, name) || !isJsonObject(capability)) return capability;
      return mapObjectMember(capability, 'webhooks', (webhooks) =>
        mapMembers(webhooks, (_, hook) => (isJsonObject(hook) ? map(hook) : hook)),
      );
    }),
  );
}

const plainSecret =
  'a secret in plain text: whoever can read the repository can read it. Write ${NAME}, list NAME under environment in the configuration, and set it where vonage-gitops runs';

/** Secrets that a manifest holds itself. `concealed`: what came from the environment. Keys have rules of their own. */
export function checkSecrets(spec: JsonObject, concealed: ReadonlyMap<Pointer, string>): readonly PathFinding[] {
  return [...secretPaths(omitMembers(spec, ['keys']), ['spec'])]
    .filter((path) => !concealed.has(pointerOf(path)))
    .map((path) => warningAt(path, plainSecret));
}

function* secretPaths(value: Json, path: Path): Generator<Path, void, undefined> {
  if (typeof value === 'string' && value !== '' && (isSecretName(String(path.at(-1))) || hasPassword(value)))
    yield path;
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* secretPaths(item, [...path, index]);
  if (isJsonObject(value))
    for (const [name, inner] of Object.entries(value)) yield* secretPaths(inner, [...path, name]);
}

/** Whether a text is a URL with a password. */
function hasPassword(text: string): boolean {
  return /^https?:\/\//i.test(text) && (parseUrl(text)?.password ?? '') !== '';
}
