import { anything, flag, integer, listOf, object, type Shape, text, url, word } from './shape.ts';
import type { Switches } from './switches.ts';

/**
 * Spelling of the connect timeout that is understood: the live API's (`connect_timeout`, vonage-dotnet-sdk issue 625),
 * the older documents' (`connection_timeout`), or either.
 */
export type Dialect = 'both' | 'live' | 'documented';

/** The two spellings of one member. */
export type Spelling = 'connect_timeout' | 'connection_timeout';

/** The hooks of the video capability. Source: Vonage OpenAPI 2.4.1, VideoResponse. */
const VIDEO_HOOKS: readonly string[] = [
  'archive_status',
  'connection_created',
  'connection_destroyed',
  'session_created',
  'session_destroyed',
  'session_notification',
  'stream_created',
  'stream_destroyed',
  'render_status',
  'captions_status',
  'broadcast_status',
  'sip_call_created',
  'sip_call_updated',
  'sip_call_destroyed',
  'sip_call_mute_forced',
];

/** Body of a create or an update. Sources: Vonage OpenAPI 2.4.1 and 2.1.4, the reference page, test data of the SDKs. */
export function applicationShape(operation: 'create' | 'update', dialect: Dialect, switches: Switches): Shape {
  const privateKey: Record<string, Shape> =
    operation === 'update' && switches.privateKeyInPut === 'ignore' ? { private_key: anything } : {};
  const common = {
    name: { kind: 'name' },
    keys: { ...object({ public_key: { kind: 'public-key' }, ...privateKey }), nullable: true },
    capabilities: capabilitiesShape(dialect, switches),
    privacy: object({ improve_ai: flag }),
  } satisfies Record<string, Shape>;
  if (operation === 'create') return object({ id: { kind: 'id' }, ...common });
  // The body of a GET may be sent back as it is (signed webhooks guide): both are ignored.
  return object({ id: anything, ...common, _links: anything });
}

function capabilitiesShape(dialect: Dialect, switches: Switches): Shape {
  const legacy = switches.legacyMembers === 'accept';
  return object({
    voice: voiceShape(dialect, legacy),
    rtc: object({
      webhooks: object({ event_url: methodHook('GET', 'POST') }),
      signed_callbacks: flag,
      ...(legacy ? { leg_persistence_time: integer(1, 31) } : {}),
    }),
    messages: object({
      webhooks: object({ inbound_url: methodHook('POST'), status_url: methodHook('POST') }),
      version: word('v1', 'v0.1'),
      authenticate_inbound_media: flag,
    }),
    verify: object({ webhooks: object({ status_url: methodHook('POST') }), version: word('v2') }),
    vbc: object({}),
    network_apis: object({ network_application_id: text, redirect_uri: url }),
    meetings: object({ webhooks: methodHooks('recording_changed', 'room_changed', 'session_changed') }),
    video: videoShape(switches),
    ...(legacy ? { bulk: object({ webhooks: methodHooks('list_status_url', 'run_status_url') }) } : {}),
  });
}

function voiceShape(dialect: Dialect, legacy: boolean): Shape {
  const gateway = object({ type: text, mode: word('test', 'live'), credential: text });
  return object({
    webhooks: object({
      event_url: voiceHook(10_000, dialect),
      answer_url: voiceHook(5000, dialect),
      fallback_answer_url: voiceHook(5000, dialect),
    }),
    signed_callbacks: flag,
    conversations_ttl: integer(1, 9000),
    leg_persistence_time: integer(1, 31),
    region: word('na-east', 'na-west', 'eu-east', 'eu-west', 'apac-sng', 'apac-australia'),
    ...(legacy ? { payment_enabled: flag, payments: object({ gateways: listOf(gateway) }) } : {}),
  });
}

/** Members in the order in which the live API names them (vonage-dotnet-sdk issue 625). Timeouts in ms. */
function voiceHook(socketMax: number, dialect: Dialect): Shape {
  const members: Record<string, Shape> = {
    http_method: word('GET', 'POST'),
    address: url,
    socket_timeout: integer(1000, socketMax),
  };
  if (dialect !== 'documented') members['connect_timeout'] = integer(300, 1000);
  if (dialect !== 'live') members['connection_timeout'] = integer(300, 1000);
  return { ...object(members), exclusive: ['connect_timeout', 'connection_timeout'] };
}

function methodHook(...methods: readonly string[]): Shape {
  return object({ address: url, http_method: word(...methods) });
}

function methodHooks(...names: readonly string[]): Shape {
  return object(Object.fromEntries(names.map((name) => [name, methodHook('POST')])));
}

function videoShape(switches: Switches): Shape {
  const hook = object({ address: url, active: flag, secret: text });
  const extras: Record<string, Shape> = {
    environment_enabled: flag,
    environment_id: anything,
    hoolock_configs: anything,
  };
  return object({
    webhooks: object(Object.fromEntries(VIDEO_HOOKS.map((name) => [name, hook]))),
    storage: object({
      server_side_encryption: flag,
      end_to_end_encryption: flag,
      cloud_storage: flag,
      credential_type: text,
      credential: text,
    }),
    ...(switches.videoExtras === 'readonly' ? {} : extras),
  });
}
