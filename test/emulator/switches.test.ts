import { describe, expect, test } from 'vitest';
import { resolveSwitches, type Switches } from '../../src/emulator/applications/switches.ts';
import type { Json, JsonObject } from '../../src/emulator/json.ts';
import { aBody, at, call, callNumbers, emulator, idOf, PUBLIC_KEY, withAnswerUrl } from './client.ts';

const address = 'https://example.com';
const future = { hologram: { on: true } };

interface Effect {
  readonly switches: Partial<Switches>;
  readonly body: JsonObject;
  readonly path: readonly string[];
  readonly off: Json | undefined;
  readonly on: Json | undefined;
}

const voice = ['capabilities', 'voice'];
const answerUrl = [...voice, 'webhooks', 'answer_url'];
const filledVoice = { webhooks: {}, signed_callbacks: true, conversations_ttl: 48, leg_persistence_time: 7 };

/** What a create answers with the switch as it is by default, and turned. */
const effects: readonly Effect[] = [
  {
    switches: { voiceDefaults: false },
    body: aBody({ capabilities: { voice: {} } }),
    path: voice,
    off: filledVoice,
    on: { webhooks: {} },
  },
  {
    switches: { voiceDefaults: false },
    body: aBody({ capabilities: { rtc: {} } }),
    path: ['capabilities', 'rtc'],
    off: { webhooks: {}, signed_callbacks: true },
    on: { webhooks: {} },
  },
  {
    switches: { legPersistenceTime: 2 },
    body: aBody({ capabilities: { voice: {} } }),
    path: [...voice, 'leg_persistence_time'],
    off: 7,
    on: 2,
  },
  {
    switches: { timeoutDefaults: false },
    body: withAnswerUrl({ address }),
    path: answerUrl,
    off: { address, http_method: 'GET', socket_timeout: 5000, connect_timeout: 1000 },
    on: { address, http_method: 'GET' },
  },
  {
    switches: { emptyFallback: true },
    body: withAnswerUrl({ address }),
    path: [...voice, 'webhooks', 'fallback_answer_url'],
    off: undefined,
    on: { address: '', http_method: 'GET' },
  },
  {
    switches: { versionDefaults: false },
    body: aBody({ capabilities: { messages: {}, verify: {} } }),
    path: ['capabilities'],
    off: { messages: { webhooks: {}, version: 'v1' }, verify: { webhooks: {}, version: 'v2' } },
    on: { messages: { webhooks: {} }, verify: { webhooks: {} } },
  },
  {
    switches: { improveAi: true },
    body: aBody(),
    path: ['privacy'],
    off: { improve_ai: false },
    on: { improve_ai: true },
  },
  {
    switches: { videoExtras: 'off' },
    body: aBody({ capabilities: { video: {} } }),
    path: ['capabilities', 'video'],
    off: {
      webhooks: {},
      environment_enabled: false,
      environment_id: 1,
      hoolock_configs: [{ client_policies: { all: [{ value: 'p2p' }] }, key: 'stream.codec.h264' }],
    },
    on: { webhooks: {} },
  },
  {
    switches: { unknownMembers: 'keep' },
    body: aBody({ capabilities: future, motto: 'x' }),
    path: ['capabilities'],
    off: undefined,
    on: future,
  },
  { switches: { unknownMembers: 'keep' }, body: aBody({ motto: 'x' }), path: ['motto'], off: undefined, on: 'x' },
  {
    switches: { unknownMembers: 'drop' },
    body: aBody({ capabilities: future }),
    path: ['capabilities'],
    off: undefined,
    on: {},
  },
];

test.each(effects)('$switches: $path of a create', async ({ switches, body, path, off, on }) => {
  const usual = await emulator();
  const turned = await emulator({ switches });

  const before = await call(usual, 'POST', '', { body });
  const after = await call(turned, 'POST', '', { body });

  expect(at(before.body, ...path)).toEqual(off);
  expect(at(after.body, ...path)).toEqual(on);
});

interface Verdict {
  readonly switches: Partial<Switches>;
  readonly body: JsonObject;
  readonly off: number;
  readonly on: number;
}

const legacy = { payment_enabled: true, payments: { gateways: [{ type: 'stripe', mode: 'test', credential: 'x' }] } };

/** The status of a create with the switch as it is by default, and turned. */
const verdicts: readonly Verdict[] = [
  { switches: { unknownMembers: 'keep' }, body: aBody({ capabilities: future }), off: 400, on: 201 },
  { switches: { unknownMembers: 'drop' }, body: aBody({ capabilities: future }), off: 400, on: 201 },
  { switches: { legacyMembers: 'reject' }, body: aBody({ capabilities: { voice: legacy } }), off: 201, on: 400 },
  { switches: { legacyMembers: 'reject' }, body: aBody({ capabilities: { bulk: {} } }), off: 201, on: 400 },
  {
    switches: { legacyMembers: 'reject' },
    body: aBody({ capabilities: { rtc: { leg_persistence_time: 7 } } }),
    off: 201,
    on: 400,
  },
  { switches: { ranges: 'accept' }, body: withAnswerUrl({ socket_timeout: 500 }), off: 400, on: 201 },
  { switches: { capabilitiesArray: 500 }, body: aBody({ capabilities: [] }), off: 400, on: 500 },
  {
    switches: { videoExtras: 'readonly' },
    body: aBody({ capabilities: { video: { environment_enabled: true } } }),
    off: 201,
    on: 400,
  },
  { switches: { strictKeys: true }, body: aBody(), off: 201, on: 400 },
];

test.each(verdicts)('$switches: a create is answered $off as it is, $on when turned', async (verdict) => {
  const usual = await emulator();
  const turned = await emulator({ switches: verdict.switches });

  const before = await call(usual, 'POST', '', { body: verdict.body });
  const after = await call(turned, 'POST', '', { body: verdict.body });

  expect([before.status, after.status]).toEqual([verdict.off, verdict.on]);
});

describe('strictKeys', () => {
  test('a real public key is accepted', async () => {
    const account = await emulator({ switches: { strictKeys: true } });
    const created = await call(account, 'POST', '', { body: { name: 'generated' } });
    const key = at(created.body, 'keys', 'public_key');

    const second = await call(account, 'POST', '', { body: aBody({ keys: { public_key: key ?? null } }) });

    expect(second.status).toBe(201);
    expect(at(second.body, 'keys', 'public_key')).toBe(key);
  });
});

describe('privateKeyInPut', () => {
  test.each([
    ['reject', 400],
    ['ignore', 200],
  ] as const)(
    '%s: a PUT with a private key is answered %i, and the key is never shown',
    async (privateKeyInPut, status) => {
      const account = await emulator({ switches: { privateKeyInPut } });
      const created = await call(account, 'POST', '', { body: aBody() });
      const keys = { public_key: at(created.body, 'keys', 'public_key') ?? null, private_key: 'a private key' };

      const answered = await call(account, 'PUT', `/${created.body['id']}`, { body: aBody({ keys }) });

      expect(answered.status).toBe(status);
      expect(at(answered.body, 'keys', 'private_key')).toBeUndefined();
    },
  );
});

describe('idInPost', () => {
  const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';

  test.each([
    ['honored', true],
    ['ignored', false],
  ] as const)('%s: the id of a create is the one sent: %s', async (idInPost, same) => {
    const account = await emulator({ switches: { idInPost } });

    const created = await call(account, 'POST', '', { body: aBody({ id }) });

    expect(created.body['id'] === id).toBe(same);
  });
});

describe('errors', () => {
  test('type and detail link to the chosen host', async () => {
    const account = await emulator({ switches: { errorHost: 'developer.vonage.com' } });

    const answered = await call(account, 'POST', '', { body: aBody({ x: 1 }) });

    expect(answered.body['type']).toBe('https://developer.vonage.com/api-errors/application#payload-validation');
    expect(answered.body['detail']).toContain('please see https://developer.vonage.com/api/application.v2');
  });

  test('errors, and only they, may come as problem documents', async () => {
    const account = await emulator({ switches: { errorContentType: 'application/problem+json' } });

    expect((await call(account, 'GET', '/x')).headers.get('content-type')).toBe('application/problem+json');
    expect((await call(account, 'GET')).headers.get('content-type')).toBe('application/json');
  });
});

describe('keysOmitted', () => {
  test.each([
    ['kept', { public_key: PUBLIC_KEY }],
    ['dropped', {}],
  ] as const)('%s: keys after a PUT without any', async (keysOmitted, keys) => {
    const account = await emulator({ switches: { keysOmitted } });
    const created = await call(account, 'POST', '', { body: aBody() });

    const replaced = await call(account, 'PUT', `/${idOf(created.body)}`, { body: { name: 'Support' } });

    expect(replaced.body['keys']).toEqual(keys);
  });
});

describe('lists', () => {
  test('list items can go without keys', async () => {
    const account = await emulator({ switches: { listKeys: false } });
    account.admin.seed(1);

    const { body } = await call(account, 'GET');

    const item = at(body, '_embedded', 'applications', 0);
    expect(Object.keys(Object(item))).toEqual(['id', 'name', 'privacy', 'capabilities']);
  });

  test('page sizes have another default and another limit', async () => {
    const account = await emulator({ switches: { pageSizeDefault: 3, pageSizeMax: 1000 } });
    account.admin.seed(4);

    expect((await call(account, 'GET')).body['page_size']).toBe(3);
    expect((await call(account, 'GET', '?page_size=1000')).status).toBe(200);
    expect(at((await call(account, 'GET', '?page_size=1001')).body, 'invalid_parameters', 0, 'reason')).toBe(
      'must be between 1 and 1000',
    );
  });

  test.each([0, 1] as const)('an empty account can have %i pages', async (emptyTotalPages) => {
    const account = await emulator({ switches: { emptyTotalPages } });

    const { body } = await call(account, 'GET');

    expect([body['total_pages'], body['total_items']]).toEqual([emptyTotalPages, 0]);
    expect(at(body, '_links', 'last', 'href')).toBe('/v2/applications?page_size=10&page=1');
  });
});

test('videoExtras readonly adds the fields all the same', async () => {
  const account = await emulator({ switches: { videoExtras: 'readonly' } });

  const created = await call(account, 'POST', '', { body: aBody({ capabilities: { video: {} } }) });

  expect(at(created.body, 'capabilities', 'video', 'environment_id')).toBe(1);
});

test.each([420, 200] as const)('numbersErrorStatus %i is the status of error 420', async (numbersErrorStatus) => {
  const account = await emulator({ switches: { numbersErrorStatus } });

  const { status, body } = await callNumbers(account, 'POST', '/number/update', { form: { msisdn: '1' } });

  expect([status, body['error-code']]).toEqual([numbersErrorStatus, '420']);
});

test('every switch has a test here', async () => {
  const { readFileSync } = await import('node:fs');
  const source = readFileSync(new URL(import.meta.url), 'utf8');

  const untested = Object.keys(resolveSwitches({})).filter((name) => !source.includes(name));

  expect(untested).toEqual([]);
});
