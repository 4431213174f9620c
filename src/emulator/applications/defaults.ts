import { isObject, type Json, type JsonObject, mapMembers } from '../json.ts';
import type { Switches } from './switches.ts';

/**
 * Fill in what the server adds to capabilities nobody asked for: methods, timeouts, versions, lifetimes, video's own
 * members. Sources: answers recorded in vonage-python-sdk, Vonage OpenAPI 2.4.1.
 */
export function fillCapabilities(capabilities: JsonObject, switches: Switches): JsonObject {
  return mapMembers(capabilities, (name, capability) =>
    isObject(capability) ? fillCapability(name, capability, switches) : capability,
  );
}

function fillCapability(name: string, given: JsonObject, switches: Switches): JsonObject {
  switch (name) {
    case 'voice':
      return fillVoice(given, switches);
    case 'rtc':
      return {
        ...(switches.voiceDefaults ? { signed_callbacks: true } : {}),
        ...given,
        webhooks: fillHooks(given, 'POST'),
      };
    case 'messages':
      return { ...(switches.versionDefaults ? { version: 'v1' } : {}), ...given, webhooks: fillHooks(given, 'POST') };
    case 'verify':
      return { ...(switches.versionDefaults ? { version: 'v2' } : {}), ...given, webhooks: fillHooks(given, 'POST') };
    case 'meetings':
    case 'bulk':
      return { ...given, webhooks: fillHooks(given, 'POST') };
    case 'video':
      return { webhooks: {}, ...(switches.videoExtras === 'off' ? {} : VIDEO_EXTRAS), ...given };
    default:
      return given;
  }
}

/** Members the API adds to video by itself. Source: vonage-cli's test data. */
const VIDEO_EXTRAS: JsonObject = {
  environment_enabled: false,
  environment_id: 1,
  hoolock_configs: [{ client_policies: { all: [{ value: 'p2p' }] }, key: 'stream.codec.h264' }],
};

function fillVoice(given: JsonObject, switches: Switches): JsonObject {
  const settings = switches.voiceDefaults
    ? { signed_callbacks: true, conversations_ttl: 48, leg_persistence_time: switches.legPersistenceTime }
    : {};
  const hooks = isObject(given['webhooks']) ? given['webhooks'] : {};
  const fallback: JsonObject =
    switches.emptyFallback && Object.keys(hooks).length > 0
      ? { fallback_answer_url: { address: '', http_method: 'GET' } }
      : {};
  const webhooks = mapMembers({ ...fallback, ...hooks }, (name, hook) => fillVoiceHook(name, hook, switches));
  return { ...settings, ...given, webhooks };
}

/** Timeouts in ms; a hook without address gets none. */
function fillVoiceHook(name: string, hook: Json, switches: Switches): Json {
  if (!isObject(hook)) return hook;
  const isEvent = name === 'event_url';
  const timeouts =
    switches.timeoutDefaults && hook['address'] !== ''
      ? { socket_timeout: isEvent ? 10_000 : 5000, connect_timeout: 1000 }
      : {};
  return { http_method: isEvent ? 'POST' : 'GET', ...timeouts, ...hook };
}

function fillHooks(capability: JsonObject, method: string): JsonObject {
  const hooks = capability['webhooks'];
  if (!isObject(hooks)) return {};
  return mapMembers(hooks, (_, hook) => (isObject(hook) ? { http_method: method, ...hook } : hook));
}
