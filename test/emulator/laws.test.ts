import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.ts';
import { at, call, emulator, idOf, namesOf, PUBLIC_KEY } from './client.ts';

const optional = { requiredKeys: [] as [] };
const address = fc.webUrl();
const methodHook = fc.record({ address, http_method: fc.constant('POST') }, optional);

/** The generated object, whose absent members its type cannot express. */
function asJson(generated: object): JsonObject {
  return Object(generated);
}

function voiceHook(spelling: string, socketMax: number): fc.Arbitrary<JsonObject> {
  return fc
    .record(
      {
        address,
        http_method: fc.constantFrom('GET', 'POST'),
        socket_timeout: fc.integer({ min: 1000, max: socketMax }),
        [spelling]: fc.integer({ min: 300, max: 1000 }),
      },
      optional,
    )
    .map(asJson);
}

function capabilities(spelling: string): fc.Arbitrary<JsonObject> {
  const voice = {
    webhooks: fc.record(
      {
        answer_url: voiceHook(spelling, 5000),
        fallback_answer_url: voiceHook(spelling, 5000),
        event_url: voiceHook(spelling, 10_000),
      },
      optional,
    ),
    signed_callbacks: fc.boolean(),
    conversations_ttl: fc.integer({ min: 1, max: 9000 }),
    leg_persistence_time: fc.integer({ min: 1, max: 31 }),
    region: fc.constantFrom('na-east', 'apac-sng'),
  };
  const hooks = (...names: readonly string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, methodHook])), optional);
  const videoHook = fc.record({ address, active: fc.boolean(), secret: fc.string() }, optional);
  const video = {
    webhooks: fc.record({ archive_status: videoHook, sip_call_created: videoHook }, optional),
    storage: fc.record({ cloud_storage: fc.boolean() }, optional),
    environment_enabled: fc.boolean(),
  };
  return fc
    .record(
      {
        voice: fc.record(voice, optional),
        rtc: fc.record({ webhooks: hooks('event_url'), signed_callbacks: fc.boolean() }, optional),
        messages: fc.record(
          { webhooks: hooks('inbound_url', 'status_url'), authenticate_inbound_media: fc.boolean() },
          optional,
        ),
        verify: fc.record({ webhooks: hooks('status_url'), version: fc.constant('v2') }, optional),
        vbc: fc.constant({}),
        network_apis: fc.record({ network_application_id: fc.string(), redirect_uri: address }, optional),
        meetings: fc.record({ webhooks: hooks('room_changed', 'session_changed', 'recording_changed') }, optional),
        video: fc.record(video, optional),
      },
      optional,
    )
    .map(asJson);
}

test.each([
  ['both', 'connect_timeout'],
  ['both', 'connection_timeout'],
  ['live', 'connect_timeout'],
  ['documented', 'connection_timeout'],
] as const)(
  'dialect %s, %s: what is sent comes back, and what comes back can be sent again',
  async (dialect, spelling) => {
    const account = await emulator({ dialect });

    await fc.assert(
      fc.asyncProperty(capabilities(spelling), async (sent) => {
        const body = { name: 'Support', keys: { public_key: PUBLIC_KEY }, capabilities: sent };
        const created = await call(account, 'POST', '', { body });
        const again = await call(account, 'PUT', `/${idOf(created.body)}`, { body: created.body });

        expect(created.status).toBe(201);
        expect(created.body['capabilities']).toMatchObject(sent);
        expect(again.text).toBe(created.text);
      }),
      { numRuns: 40 },
    );
  },
);

test('the pages of a list, whatever their size, are the list', async () => {
  const account = await emulator();

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }), async (count, size) => {
      account.admin.reset();
      account.admin.seed(count);
      const names: unknown[] = [];
      let href: unknown = `/v2/applications?page_size=${size}`;
      while (typeof href === 'string') {
        const page = await call(account, 'GET', href.replace('/v2/applications', ''));
        names.push(...namesOf(page));
        href = at(page.body, '_links', 'next', 'href');
      }

      expect(names).toEqual(account.admin.applications().map(({ name }) => name));
      expect(account.admin.counts().GET).toBe(Math.max(1, Math.ceil(count / size)));
    }),
    { numRuns: 25 },
  );
});
