import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { knownCapabilities } from '../../../src/core/application/capabilities.ts';
import { diff } from '../../../src/core/application/diff.ts';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import { isJsonObject, type JsonObject, mapMembers, objectMember, omitMembers } from '../../../src/core/json.ts';
import { diffHashOf, liveHashOf, sameBase } from '../../../src/core/plan/live-hash.ts';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();

function hook(capability: string, name: string, members: JsonObject): JsonObject {
  return { capabilities: { [capability]: { webhooks: { [name]: { address: 'https://a.example/x', ...members } } } } };
}

describe('two bodies that mean the same have one form', () => {
  const voice = (members: JsonObject) => ({ capabilities: { voice: members } });

  test.each([
    { title: 'an empty address and no hook', one: hook('voice', 'answer_url', { address: '' }), other: voice({}) },
    { title: 'a hook without an address and no hook', one: voice({ webhooks: { event_url: {} } }), other: voice({}) },
    { title: 'empty webhooks and none', one: voice({ webhooks: {} }), other: voice({}) },
    { title: 'empty capabilities and none', one: { capabilities: {} }, other: {} },
    { title: 'empty privacy and none', one: { privacy: {} }, other: {} },
    { title: 'empty keys and none', one: { keys: {} }, other: {} },
    { title: 'a capability that is null and none', one: { capabilities: { messages: null } }, other: {} },
    { title: 'a capability of nulls and none', one: { capabilities: { rtc: { webhooks: null } } }, other: {} },
    {
      title: 'webhooks that are null and none',
      one: voice({ region: 'x', webhooks: null }),
      other: voice({ region: 'x' }),
    },
    { title: 'a hook that is null and none', one: voice({ webhooks: { event_url: null } }), other: {} },
    {
      title: 'an address that is null and no hook',
      one: hook('voice', 'event_url', { address: null, http_method: 'GET' }),
      other: voice({}),
    },
    {
      title: 'a timeout that is null and none',
      one: hook('voice', 'event_url', { connect_timeout: null }),
      other: hook('voice', 'event_url', {}),
    },
    { title: 'any field that is null and none', one: { future: null, privacy: { improve_ai: null } }, other: {} },
    { title: 'a null key and none', one: { keys: { public_key: null } }, other: {} },
    { title: 'a blank key and none', one: { keys: { public_key: ' \n' } }, other: {} },
    { title: 'keys that are no object and none', one: { keys: 'none' }, other: {} },
    {
      title: 'methods in lower and upper case',
      one: hook('rtc', 'event_url', { http_method: 'get' }),
      other: hook('rtc', 'event_url', { http_method: 'GET' }),
    },
    {
      title: 'a bare host with and without a slash',
      one: hook('voice', 'event_url', { address: 'https://a.example:8080' }),
      other: hook('voice', 'event_url', { address: 'https://a.example:8080/' }),
    },
    {
      title: 'a bare redirect address with and without a slash',
      one: { capabilities: { network_apis: { redirect_uri: 'https://a.example' } } },
      other: { capabilities: { network_apis: { redirect_uri: 'https://a.example/' } } },
    },
    {
      title: 'fields in another order',
      one: voice({ region: 'eu-west', signed_callbacks: true }),
      other: voice({ signed_callbacks: true, region: 'eu-west' }),
    },
    {
      title: 'a key in SPKI and in PKCS#1',
      one: { keys: { public_key: spki } },
      other: { keys: { public_key: pkcs1 } },
    },
    {
      title: 'a key with other line ends and white space around',
      one: { keys: { public_key: spki } },
      other: { keys: { public_key: `\n${spki.replaceAll('\n', '\r\n')}  ` } },
    },
    {
      title: 'a text that is not a key with other line ends',
      one: { keys: { public_key: 'not\na key' } },
      other: { keys: { public_key: 'not\r\na key\r\n' } },
    },
    {
      title: 'a key with and without other fields of keys',
      one: { keys: { public_key: spki } },
      other: { keys: { public_key: spki, private_key: 'never compared' } },
    },
  ])('$title', ({ one, other }) => {
    expect(canonical(one)).toStrictEqual(canonical(other));
    expect(liveHashOf(one)).toBe(liveHashOf(other));
  });

  test('a key is its fingerprint', () => {
    expect(canonical({ keys: { public_key: pkcs1 } })).toStrictEqual({ keys: { public_key: fingerprintOf(spki) } });
  });
});

describe('two bodies that differ keep their difference', () => {
  test.each([
    { title: 'an empty capability and none', one: { capabilities: { vbc: {} } }, other: {} },
    {
      title: 'a path with and without a slash at its end',
      one: hook('voice', 'event_url', { address: 'https://a.example/x' }),
      other: hook('voice', 'event_url', { address: 'https://a.example/x/' }),
    },
    {
      title: 'a host with a query',
      one: hook('voice', 'event_url', { address: 'https://a.example?x' }),
      other: hook('voice', 'event_url', { address: 'https://a.example/?x' }),
    },
    {
      title: 'signed callbacks on and unsaid',
      one: { capabilities: { voice: { signed_callbacks: true } } },
      other: { capabilities: { voice: {} } },
    },
    {
      title: 'a leg persistence that some take for the default',
      one: { capabilities: { voice: { leg_persistence_time: 7 } } },
      other: { capabilities: { voice: {} } },
    },
    { title: 'privacy off and unsaid', one: { privacy: { improve_ai: false } }, other: {} },
    { title: 'capabilities that are no object', one: { capabilities: [] }, other: {} },
    { title: 'a capability that is no object', one: { capabilities: { bulk: true } }, other: { capabilities: {} } },
    {
      title: 'webhooks that are no object',
      one: { capabilities: { voice: { webhooks: null } } },
      other: { capabilities: { voice: {} } },
    },
    {
      title: 'a hook that is no object',
      one: { capabilities: { bulk: { webhooks: { list: 'on' } } } },
      other: { capabilities: { bulk: {} } },
    },
    { title: 'fields nobody knows', one: { region: 'eu' }, other: {} },
    {
      title: 'defaults of a hook nobody knows',
      one: hook('voice', 'future_url', { http_method: 'POST' }),
      other: hook('voice', 'future_url', {}),
    },
    {
      title: 'defaults of a capability nobody knows',
      one: hook('bulk', 'event_url', { http_method: 'POST' }),
      other: hook('bulk', 'event_url', {}),
    },
  ])('$title', ({ one, other }) => {
    expect(canonical(one)).not.toStrictEqual(canonical(other));
    expect(diff(canonical(one), canonical(other)).members).not.toStrictEqual([]);
  });

  test.each(['constructor', '__proto__', 'toString'])('a capability and a hook named %s are like any other', (name) => {
    const body = JSON.parse(
      `{"capabilities":{"${name}":{"webhooks":{"${name}":{"address":"https://a.example/x","http_method":"POST"}}}}}`,
    );

    expect(JSON.stringify(canonical(body))).toBe(JSON.stringify(body));
  });
});

describe('only timeouts and methods have defaults', () => {
  const hooks = Object.entries(knownCapabilities).flatMap(([capability, { webhooks }]) =>
    Object.entries(webhooks).map(([name, { defaults }]) => ({ capability, name, defaults })),
  );

  test.each(hooks)('$capability $name', ({ capability, name, defaults }) => {
    expect(canonical(hook(capability, name, defaults))).toStrictEqual(canonical(hook(capability, name, {})));
    for (const member of Object.keys(defaults)) {
      expect(['http_method', 'connect_timeout', 'socket_timeout']).toContain(member);
      expect(canonical(hook(capability, name, { [member]: 'OTHER' }))).not.toStrictEqual(
        canonical(hook(capability, name, {})),
      );
    }
  });

  test.each([
    { name: 'answer_url', method: 'GET', socketTimeout: 5000 },
    { name: 'fallback_answer_url', method: 'GET', socketTimeout: 5000 },
    { name: 'event_url', method: 'POST', socketTimeout: 10_000 },
  ])('voice $name: $method, 1000 ms and $socketTimeout ms', ({ name, method, socketTimeout }) => {
    const full = hook('voice', name, { http_method: method, connect_timeout: 1000, socket_timeout: socketTimeout });

    expect(canonical(full)).toStrictEqual(hook('voice', name, {}));
  });
});

const folder = new URL('../../fixtures/api/', import.meta.url);

/** What the client makes of an answer: no id, no links, no private key, timeouts in one spelling. */
function decoded(answer: JsonObject): JsonObject {
  const body = omitMembers(answer, ['id', '_links']);
  const keys = omitMembers(objectMember(body, 'keys'), ['private_key']);
  const text = JSON.stringify({ ...body, ...(body.keys === undefined ? {} : { keys }) });
  return JSON.parse(text.replaceAll('connection_timeout', 'connect_timeout'));
}

function applicationsIn(answer: JsonObject): readonly JsonObject[] {
  const { applications } = objectMember(answer, '_embedded');
  const found = Array.isArray(applications) ? applications : [answer];
  return found.filter((one) => isJsonObject(one)).map(decoded);
}

const fixtures = readdirSync(folder)
  .filter((file) => /\.20[01]\.json$/.test(file))
  .flatMap((file) =>
    applicationsIn(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))).map((body, index) => ({
      file,
      index,
      body,
    })),
  );

/** What the server adds to a body on its own: defaults of every hook, an empty fallback hook, empty containers. */
function serverEcho(body: JsonObject): JsonObject {
  const capabilities = mapMembers(objectMember(body, 'capabilities'), (name, capability) => {
    if (!isJsonObject(capability)) return capability;
    const hooks = mapMembers(objectMember(capability, 'webhooks'), (hookName, value) =>
      isJsonObject(value) ? { ...knownCapabilities[name]?.webhooks[hookName]?.defaults, ...value } : value,
    );
    const fallback = name === 'voice' ? { fallback_answer_url: { address: '', http_method: 'GET' } } : {};
    return { ...capability, webhooks: { ...fallback, ...hooks } };
  });
  return { ...body, capabilities, privacy: objectMember(body, 'privacy'), keys: objectMember(body, 'keys') };
}

describe('published answers', () => {
  test('there are answers to test', () => {
    expect(fixtures.length).toBeGreaterThan(10);
  });

  test.each(fixtures)('$file ($index): what the server adds makes no difference', ({ body }) => {
    expect(canonical(serverEcho(body))).toStrictEqual(canonical(body));
    expect(diff(canonical(serverEcho(body)), canonical(body)).members).toStrictEqual([]);
    expect(JSON.stringify(canonical(body))).not.toContain('PRIVATE');
  });

  test.each(fixtures)('$file ($index): the canonical form of a canonical form is itself', ({ body }) => {
    const once = canonical(omitMembers(body, ['keys']));

    expect(canonical(once)).toStrictEqual(once);
  });
});

describe('the base of a change', () => {
  const body = { name: 'Support', keys: { public_key: spki } };

  test('is the same for the same application, also when the listing showed no keys', () => {
    expect(sameBase(liveHashOf(body), body)).toBe(true);
    expect(sameBase(liveHashOf({ name: 'Support' }), body)).toBe(true);
  });

  test('is another after any change, of a key too', () => {
    expect(sameBase(liveHashOf(body), { ...body, name: 'Sales' })).toBe(false);
    expect(sameBase(liveHashOf(body), { ...body, keys: { public_key: 'rotated' } })).toBe(false);
  });

  test('differences have a hash of their own, absent sides included', () => {
    expect(diffHashOf([{ path: '/name', before: 'A', after: 'B' }])).toBe(
      diffHashOf([{ after: 'B', before: 'A', path: '/name' }]),
    );
    expect(diffHashOf([{ path: '/a', before: 1 }])).not.toBe(diffHashOf([{ path: '/a', after: 1 }]));
  });
});

test('a null in a list is an item of it', () => {
  const body = { capabilities: { voice: { payments: { gateways: [null] } } } };

  expect(canonical(body)).toStrictEqual(body);
});
