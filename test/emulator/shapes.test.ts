import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/emulator.ts';
import { isObject, type Json, type JsonObject, mapMembers } from '../../src/emulator/json.ts';
import { at, call, emulator, fixture, idOf, PUBLIC_KEY } from './client.ts';

interface Recorded {
  readonly file: string;
  /** What to send, made from the published answer. */
  readonly send: (answer: JsonObject) => JsonObject;
  readonly options?: EmulatorOptions;
  /** Members of the answer that no request explains: they belong to another time of the API. */
  readonly without?: readonly string[];
}

const onlyName = (answer: JsonObject): JsonObject => ({ name: answer['name'] ?? null });
const withCapabilities = (answer: JsonObject): JsonObject => ({
  ...onlyName(answer),
  capabilities: answer['capabilities'] ?? {},
});
const withKey = (answer: JsonObject): JsonObject => ({ ...withCapabilities(answer), keys: { public_key: PUBLIC_KEY } });

/** As a client would have sent it: addresses and methods only. */
const withoutFilled = (answer: JsonObject): JsonObject => {
  const hooks = at(answer, 'capabilities', 'voice', 'webhooks');
  const webhooks = mapMembers(isObject(hooks) ? hooks : {}, (_, hook) => ({ address: at(hook, 'address') ?? null }));
  return { ...withKey(answer), capabilities: { voice: { webhooks } } };
};

const asIn2021 = { voiceDefaults: false, timeoutDefaults: false } as const;

const recorded: readonly Recorded[] = [
  { file: 'python-sdk--create-name-only.201.json', send: onlyName },
  {
    file: 'python-sdk--create-own-key-all-capabilities.201.json',
    send: withKey,
    options: { switches: { versionDefaults: false } },
  },
  { file: 'python-sdk--get-voice.200.json', send: withoutFilled },
  { file: 'docs-vbc--create.201.json', send: withCapabilities, without: ['privacy'] },
  {
    file: 'docs-signed-webhooks--get-empty-fallback.200.json',
    send: (answer) => {
      const { fallback_answer_url: _, ...webhooks } = Object(at(answer, 'capabilities', 'voice', 'webhooks'));
      return { ...withKey(answer), capabilities: { voice: { webhooks } } };
    },
    options: { switches: { ...asIn2021, emptyFallback: true } },
    without: ['privacy'],
  },
  {
    file: 'dotnet-sdk--create-video-all-webhooks.201.json',
    send: withCapabilities,
    options: { switches: { videoExtras: 'off' } },
    without: ['_links', 'privacy'],
  },
  { file: 'cli--get-video-server-side-extras.200.json', send: withKey, without: ['_links'] },
  {
    file: 'oas-2.4.1--create.201.json',
    send: withCapabilities,
    options: { dialect: 'live', switches: { videoExtras: 'off', versionDefaults: false } },
    without: ['_links', 'privacy'],
  },
  {
    file: 'seed--create.201.json',
    send: withCapabilities,
    options: { switches: { ...asIn2021, versionDefaults: false } },
    without: ['_links', 'privacy'],
  },
];

test.each(recorded)('$file: a create is answered in this shape, values included', async (one) => {
  const answer = fixture(one.file);
  const account = await emulator(one.options);

  const created = await call(account, 'POST', '', { body: one.send(answer) });

  expect(created.status).toBe(201);
  expect(created.body['capabilities']).toEqual(answer['capabilities']);
  expect(shapeOf(without(created.body, one.without))).toEqual(shapeOf(without(answer, one.without)));
});

test('an update is answered in the published shape: no privacy, capabilities empty', async () => {
  const answer = fixture('python-sdk--update-name-and-key-only.200.json');
  const account = await emulator();
  const [id] = account.admin.seed(1);

  const updated = await call(account, 'PUT', `/${id}`, {
    body: { ...onlyName(answer), keys: { public_key: PUBLIC_KEY } },
  });

  expect(Object.keys(updated.body)).toEqual(Object.keys(answer));
  expect(shapeOf(updated.body)).toEqual(shapeOf(answer));
});

test('fields of a response stand in the order of recorded ones', async () => {
  const answer = fixture('python-sdk--create-name-only.201.json');
  const account = await emulator();

  const created = await call(account, 'POST', '', { body: onlyName(answer) });

  expect(Object.keys(created.body)).toEqual(Object.keys(answer));
  expect(Object.keys(Object(created.body['keys']))).toEqual(Object.keys(Object(answer['keys'])));
});

describe('lists', () => {
  test.each([
    ['python-sdk--list-one.200.json', '?page_size=100', 0],
    ['python-sdk--list-page-1-of-4.200.json', '?page_size=3', 7],
  ] as const)('%s is answered to the letter', async (file, query, more) => {
    const page = fixture(file);
    const account = await emulator();
    for (const item of itemsOf(page)) account.admin.put(idOf(item), Object(item));
    account.admin.seed(more);

    const answered = await call(account, 'GET', query);

    expect(answered.body).toEqual(page);
  });

  test('the documented list has the same fields, but for the links', async () => {
    const page = fixture('seed--list.200.json');
    const account = await emulator({ switches: { listKeys: false } });
    for (const item of itemsOf(page)) account.admin.put(idOf(item), Object(item));

    const { _links: _, ...answered } = (await call(account, 'GET')).body;

    expect(shapeOf(answered)).toEqual(shapeOf(page));
    expect(answered['_embedded']).toEqual(page['_embedded']);
  });
});

test('an application without keys and out of today’s ranges is shown as it is', async () => {
  const answer = fixture('java-sdk--get-neru-voice-keys-empty.200.json');
  const account = await emulator();
  account.admin.put(idOf(answer), answer);

  expect((await call(account, 'GET', `/${idOf(answer)}`)).body).toEqual(answer);
});

function itemsOf(page: JsonObject): readonly Json[] {
  const items = at(page, '_embedded', 'applications');
  return Array.isArray(items) ? items : [];
}

function without(body: JsonObject, names: readonly string[] = []): JsonObject {
  return mapMembers(body, (name, member) => (names.includes(name) ? undefined : member));
}

/** Member names and types, values left out. */
function shapeOf(value: Json): Json {
  if (isObject(value)) return mapMembers(value, (_, member) => shapeOf(member));
  return Array.isArray(value) ? value.map(shapeOf) : typeof value;
}
