import { isObject, type Json, type JsonObject, mapMembers } from '../json.ts';
import type { Dialect, Spelling } from './application-shape.ts';
import { fillCapabilities } from './defaults.ts';
import { canonicalPem } from './pem.ts';
import { echoSpelling, spell, spellingOf } from './spelling.ts';
import type { Switches } from './switches.ts';

/** An application as it is kept: no private key, connect timeouts spelt `connect_timeout`, members in answer order. */
export interface ApplicationRecord {
  readonly id: string;
  readonly name: string;
  readonly publicKey?: string;
  readonly privacy?: JsonObject;
  readonly capabilities: JsonObject;
  /** The spelling it was last written in. */
  readonly spelling: Spelling;
  /** Top-level members the API does not document. */
  readonly extra?: JsonObject;
}

/** An application as a list shows it, in its own spelling. */
export interface StoredApplication {
  readonly id: string;
  readonly name: string;
  readonly keys: { readonly public_key?: string };
  readonly privacy?: JsonObject;
  readonly capabilities: JsonObject;
}

/** The record of a create: defaults filled in. `publicKey` is used if the body brings none. */
export function createdRecord(body: JsonObject, id: string, publicKey: string | undefined, switches: Switches) {
  const record = rawRecord(body, id, undefined);
  const key = record.publicKey ?? publicKey;
  return {
    ...record,
    ...(key === undefined ? {} : { publicKey: key }),
    privacy: { improve_ai: switches.improveAi, ...record.privacy },
    capabilities: orderCapabilities(fillCapabilities(record.capabilities, switches)),
  } satisfies ApplicationRecord;
}

/** The record of an update: the body replaces all but, by default, the key. Source: vonage-python-sdk's update data. */
export function replacedRecord(body: JsonObject, before: ApplicationRecord, switches: Switches): ApplicationRecord {
  const record = rawRecord(body, before.id, before);
  const key = record.publicKey ?? (switches.keysOmitted === 'kept' ? before.publicKey : undefined);
  const filled = orderCapabilities(fillCapabilities(record.capabilities, switches));
  return { ...record, ...(key === undefined ? {} : { publicKey: key }), capabilities: filled };
}

/** The record a foreign writer leaves: the body as it is, the key kept unless the body names keys. */
export function foreignRecord(body: JsonObject, id: string, before: ApplicationRecord | undefined): ApplicationRecord {
  const record = rawRecord(body, id, before);
  if (Object.hasOwn(body, 'keys') || before?.publicKey === undefined) return record;
  return { ...record, publicKey: before.publicKey };
}

function rawRecord(body: JsonObject, id: string, before: ApplicationRecord | undefined): ApplicationRecord {
  const { id: _id, _links, name, keys, privacy, capabilities, ...extra } = body;
  const key = isObject(keys) ? keys['public_key'] : undefined;
  const given = isObject(capabilities) ? capabilities : {};
  return {
    id,
    name: typeof name === 'string' ? name : (before?.name ?? 'Application'),
    ...(typeof key === 'string' ? { publicKey: canonicalPem(key) } : {}),
    ...(isObject(privacy) && Object.keys(privacy).length > 0 ? { privacy } : {}),
    capabilities: orderCapabilities(spell(given, 'connect_timeout')),
    spelling: spellingOf(given) ?? before?.spelling ?? 'connect_timeout',
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** As a list shows it; the OpenAPI document's list items have no keys. */
export function listItem(record: ApplicationRecord, dialect: Dialect, keys: 'with-keys' | 'without-keys'): JsonObject {
  return {
    id: record.id,
    name: record.name,
    ...(keys === 'with-keys' ? { keys: echoedKeys(record) } : {}),
    ...(record.privacy === undefined ? {} : { privacy: record.privacy }),
    capabilities: echoedCapabilities(record, dialect),
    ...record.extra,
  };
}

/** As get, create and update answer it; the private key only when it was just generated. */
export function answerBody(record: ApplicationRecord, dialect: Dialect, privateKey?: string): JsonObject {
  const { id, name, ...rest } = listItem(record, dialect, 'without-keys');
  const keys = { ...(privateKey === undefined ? {} : { private_key: privateKey }), ...echoedKeys(record) };
  return {
    id: record.id,
    name: record.name,
    keys,
    ...rest,
    _links: { self: { href: `/v2/applications/${record.id}` } },
  };
}

/** As a test looks at it. */
export function storedApplication(record: ApplicationRecord, dialect: Dialect): StoredApplication {
  return {
    id: record.id,
    name: record.name,
    keys: echoedKeys(record),
    ...(record.privacy === undefined ? {} : { privacy: record.privacy }),
    capabilities: echoedCapabilities(record, dialect),
    ...record.extra,
  };
}

function echoedKeys({ publicKey }: ApplicationRecord): { public_key?: string } {
  return publicKey === undefined ? {} : { public_key: publicKey };
}

function echoedCapabilities({ capabilities, spelling }: ApplicationRecord, dialect: Dialect): JsonObject {
  const echoed = echoSpelling(dialect, spelling);
  return echoed === 'connect_timeout' ? capabilities : spell(capabilities, echoed);
}

/** Member order of recorded answers, by parent; members not named here follow in their own order. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  capabilities: ['voice', 'rtc', 'messages', 'verify', 'vbc', 'network_apis', 'meetings', 'video', 'bulk'],
  capability: ['webhooks', 'signed_callbacks', 'conversations_ttl', 'leg_persistence_time', 'region', 'version'],
  webhooks: ['event_url', 'fallback_answer_url', 'answer_url', 'inbound_url', 'status_url'],
  hook: ['address', 'http_method', 'socket_timeout', 'connect_timeout'],
};

function orderCapabilities(capabilities: JsonObject): JsonObject {
  return mapMembers(ordered(capabilities, 'capabilities'), (_, capability) => {
    if (!isObject(capability)) return capability;
    return mapMembers(ordered(capability, 'capability'), (name, member) =>
      name === 'webhooks' && isObject(member) ? orderHooks(member) : member,
    );
  });
}

function orderHooks(webhooks: JsonObject): JsonObject {
  return mapMembers(ordered(webhooks, 'webhooks'), (_, hook): Json => (isObject(hook) ? ordered(hook, 'hook') : hook));
}

function ordered(value: JsonObject, parent: string): JsonObject {
  const names = (ORDER[parent] ?? []).filter((name) => Object.hasOwn(value, name));
  const first = names.map((name): [string, Json] => [name, value[name] ?? null]);
  return { ...Object.fromEntries(first), ...value };
}
