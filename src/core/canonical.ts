import { knownCapabilities } from './capabilities.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { fingerprintOf } from './key-fingerprint.ts';

const noDefaults: Readonly<Record<string, string | number>> = {};
const bareHost = /^https?:\/\/[^/?#]+$/i;

/**
 * An application's body in the one form in which two bodies that mean the same are equal. A hook without an address is no hook;
 * an empty `webhooks`, `keys`, `privacy` or `capabilities` is absent, an empty capability is not (`vbc: {}`: its presence is its
 * value); methods are upper-case; a setting equal to the API's default is absent; `https://host` is `https://host/`; a public key
 * is its fingerprint, or its trimmed text when it is no key. Sources: docs/api-notes.md#what-the-server-adds.
 */
export function canonical(body: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [member, value] of Object.entries(body)) {
    const kept = canonicalMember(member, value);
    if (kept !== undefined) result[member] = kept;
  }
  return result;
}

function canonicalMember(member: string, value: Json): Json | undefined {
  if (member === 'keys') return canonicalKeys(value);
  if (member === 'privacy') return isEmptyObject(value) ? undefined : value;
  if (member !== 'capabilities' || !isJsonObject(value)) return value;
  const capabilities: Record<string, Json> = {};
  for (const [name, capability] of Object.entries(value)) capabilities[name] = canonicalCapability(name, capability);
  return isEmptyObject(capabilities) ? undefined : capabilities;
}

function canonicalKeys(keys: Json): Json | undefined {
  const publicKey = isJsonObject(keys) ? keys.public_key : undefined;
  if (typeof publicKey !== 'string' || publicKey.trim() === '') return undefined;
  return { public_key: fingerprintOf(publicKey) ?? publicKey.replaceAll('\r\n', '\n').trim() };
}

function canonicalCapability(name: string, capability: Json): Json {
  if (!isJsonObject(capability)) return capability;
  const result: Record<string, Json> = {};
  for (const [member, value] of Object.entries(capability)) {
    const kept =
      member === 'webhooks' && isJsonObject(value) ? canonicalWebhooks(name, value) : canonicalSetting(member, value);
    if (kept !== undefined) result[member] = kept;
  }
  return result;
}

function canonicalWebhooks(capability: string, webhooks: JsonObject): JsonObject | undefined {
  const result: Record<string, Json> = {};
  for (const [name, hook] of Object.entries(webhooks)) {
    if (!isJsonObject(hook)) result[name] = hook;
    else if (hook.address !== undefined && hook.address !== '') result[name] = canonicalHook(capability, name, hook);
  }
  return isEmptyObject(result) ? undefined : result;
}

function canonicalHook(capability: string, name: string, hook: JsonObject): JsonObject {
  const defaults = knownCapabilities[capability]?.webhooks[name]?.defaults ?? noDefaults;
  const result: Record<string, Json> = {};
  for (const [member, value] of Object.entries(hook)) {
    const kept = canonicalSetting(member, value);
    if (kept !== defaults[member]) result[member] = kept;
  }
  return result;
}

function canonicalSetting(member: string, value: Json): Json {
  if (typeof value !== 'string') return value;
  if (member === 'http_method') return value.toUpperCase();
  if ((member === 'address' || member === 'redirect_uri') && bareHost.test(value)) return `${value}/`;
  return value;
}

function isEmptyObject(value: Json): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
