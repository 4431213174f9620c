import fc from 'fast-check';
import type { JsonObject } from '../../src/core/json.ts';

const addresses = ['https://a.example/1', 'https://b.example', 'https://c.example/3?key=x'];

function aHook(): fc.Arbitrary<JsonObject> {
  return fc.record(
    {
      address: fc.constantFrom(...addresses),
      http_method: fc.constantFrom('GET', 'POST'),
      socket_timeout: fc.constantFrom(1000, 3000, 5000, 10_000),
    },
    { requiredKeys: ['address'] },
  );
}

function aVoice(hook: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  const webhooks = fc.record({ answer_url: hook, event_url: hook, fallback_answer_url: hook }, { requiredKeys: [] });
  return fc.record(
    { webhooks, signed_callbacks: fc.boolean(), region: fc.constantFrom('eu-west', 'na-east') },
    { requiredKeys: [] },
  );
}

function someCapabilities(hook: fc.Arbitrary<JsonObject>, others: Record<string, fc.Arbitrary<JsonObject>>) {
  const messages = fc.record(
    { webhooks: fc.record({ inbound_url: hook }, { requiredKeys: [] }), version: fc.constantFrom('v1', 'v0.1') },
    { requiredKeys: [] },
  );
  return fc.record({ voice: aVoice(hook), messages, vbc: fc.constant({}), ...others }, { requiredKeys: [] });
}

/** A spec as a manifest may declare it. */
export function aSpec(): fc.Arbitrary<JsonObject> {
  return fc.record(
    { privacy: fc.record({ improve_ai: fc.boolean() }), capabilities: someCapabilities(aHook(), {}) },
    { requiredKeys: [] },
  );
}

/** A body as the API may return it: with hooks that are not set, and with what nobody knows. */
export function aBody(): fc.Arbitrary<JsonObject> {
  const hook = fc.oneof(aHook(), fc.constant({ address: '', http_method: 'GET' }));
  const holograms = fc.record({ size: fc.nat(3) });
  return fc.record(
    {
      name: fc.constant('Support'),
      privacy: fc.record({ improve_ai: fc.boolean() }),
      capabilities: someCapabilities(hook, { holograms }),
    },
    { requiredKeys: ['name'] },
  );
}

/** A pointer that a manifest may ignore. */
export function anIgnoredPointer(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '/privacy',
    '/privacy/improve_ai',
    '/capabilities/voice',
    '/capabilities/voice/region',
    '/capabilities/voice/webhooks',
    '/capabilities/voice/webhooks/answer_url',
    '/capabilities/voice/webhooks/answer_url/address',
    '/capabilities/voice/webhooks/event_url/socket_timeout',
    '/capabilities/messages/version',
    '/capabilities/vbc',
  );
}
