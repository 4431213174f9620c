import { isJsonObject, type Json, type JsonObject, mapMembers } from '../json.ts';
import { knownCapabilities, type WebhookFacts } from './capabilities.ts';
import { fingerprintOf } from './key-fingerprint.ts';
import { isBlankCapability, withoutNullMembers } from './null-members.ts';

/** What the server assumes for the members of a hook, by capability and webhook. */
const hookDefaults: ReadonlyMap<string, ReadonlyMap<string, WebhookFacts['defaults']>> = new Map(
  Object.entries(knownCapabilities).map(([capability, { webhooks }]) => [
    capability,
    new Map(Object.entries(webhooks).map(([hook, { defaults }]) => [hook, defaults])),
  ]),
);
const noDefaults: WebhookFacts['defaults'] = {};
const bareHost = /^https?:\/\/[^/?#]+$/i;

/**
 * An application's body in the one form in which two bodies that mean the same are equal. A hook without an address is no hook;
 * an empty `webhooks`, `keys`, `privacy` or `capabilities` is absent, an empty capability is not (`vbc: {}`: its presence is its
 * value); methods are upper-case; a setting equal to the API's default is absent; `https://host` is `https://host/`; a public key
 * is its fingerprint, or its trimmed text when it is no key; a null is absent. Sources: docs/api-notes.md#what-the-server-adds.
 */
export function canonical(body: JsonObject): JsonObject {
  return mapMembers(withoutNullMembers(body), canonicalMember);
}

function canonicalMember(member: string, value: Json): Json | undefined {
  if (member === 'keys') return canonicalKeys(value);
  if (member === 'privacy') return isEmptyObject(value) ? undefined : value;
  if (member !== 'capabilities' || !isJsonObject(value)) return value;
  const capabilities = mapMembers(value, canonicalCapability);
  return isEmptyObject(capabilities) ? undefined : capabilities;
}

function canonicalKeys(keys: Json): Json | undefined {
  const publicKey = isJsonObject(keys) ? keys.public_key : undefined;
  if (typeof publicKey !== 'string' || publicKey.trim() === '') return undefined;
  return { public_key: fingerprintOf(publicKey) ?? publicKey.replaceAll('\r\n', '\n').trim() };
}

function canonicalCapability(name: string, capability: Json): Json | undefined {
  if (isBlankCapability(capability)) return undefined;
  if (!isJsonObject(capability)) return capability;
  return mapMembers(capability, (member, value) =>
    member === 'webhooks' && isJsonObject(value) ? canonicalWebhooks(name, value) : canonicalSetting(member, value),
  );
}

function canonicalWebhooks(capability: string, webhooks: JsonObject): JsonObject | undefined {
  const hooks = mapMembers(webhooks, (name, hook) => {
    if (!isJsonObject(hook)) return hook;
    if (hook.address === undefined || hook.address === '') return undefined;
    return canonicalHook(hook, hookDefaults.get(capability)?.get(name) ?? noDefaults);
  });
  return isEmptyObject(hooks) ? undefined : hooks;
}

function canonicalHook(hook: JsonObject, defaults: WebhookFacts['defaults']): JsonObject {
  return mapMembers(hook, (member, value) => {
    const kept = canonicalSetting(member, value);
    return kept === defaults[member] ? undefined : kept;
  });
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
