import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Emulator, EmulatorOptions } from '../../src/emulator/emulator.ts';
import type { Json, JsonObject } from '../../src/emulator/json.ts';
import { type Answer, aBody, at, authorization, call, emulator, fixture, PUBLIC_KEY, withAnswerUrl } from './client.ts';

const wrongMethod = withAnswerUrl({ address: 'https://example.com', http_method: 'PATCH' });
const legacyTimeout = withAnswerUrl({ address: 'https://example.com', connection_timeout: 500 });

interface Provocation {
  readonly file: string;
  readonly provoke: (account: Emulator) => Promise<Answer>;
  readonly options?: EmulatorOptions;
}

const provocations: readonly Provocation[] = [
  { file: 'list-validation.400', provoke: (account) => call(account, 'GET', '?page_size=101') },
  { file: 'payload-validation.400', provoke: (account) => call(account, 'POST', '', { body: wrongMethod }) },
  {
    file: 'unauthorized.401',
    provoke: (account) => call(account, 'GET', '', { headers: { authorization: 'Basic eA==' } }),
  },
  { file: 'not-found.404', provoke: (account) => call(account, 'GET', '/ABC123') },
  { file: 'wrong-verb.405', provoke: (account) => trace(account, '/v2/applications') },
  { file: 'accept-header.406', provoke: (account) => call(account, 'GET', '', { headers: { accept: 'text/html' } }) },
  {
    file: 'content-type-header.415',
    provoke: (account) => call(account, 'POST', '', { body: aBody(), headers: { 'content-type': 'text/plain' } }),
  },
];

const documents: readonly Provocation[] = [
  ...provocations.map((one) => ({ ...one, file: `seed--${one.file}.json` })),
  ...provocations.map((one) => ({
    ...one,
    file: `oas-2.4.1--${one.file}.json`,
    options: { switches: { errorHost: 'developer.vonage.com' } } satisfies EmulatorOptions,
  })),
  {
    file: 'dotnet-issue-625--unknown-property.400.json',
    provoke: (account) => call(account, 'POST', '', { body: legacyTimeout }),
    options: { dialect: 'live' },
  },
  { file: 'api-standards--400.400.json', provoke: (account) => call(account, 'POST', '', { body: '{"name":' }) },
  {
    file: 'inferred--application-rate-limit.429.json',
    provoke: async (account) => {
      await call(account, 'GET');
      return call(account, 'GET');
    },
    options: { rateLimit: { requests: 1, perMs: 60_000 }, now: () => 0 },
  },
];

test.each(documents)('$file is answered to the letter', async ({ file, provoke, options }) => {
  const account = await emulator(options);

  const answered = await provoke(account);

  expect(answered.status).toBe(Number(file.split('.').at(-2)));
  expect(answered.headers.get('content-type')).toBe('application/json');
  expect(comparable(answered.body)).toEqual(comparable(fixture(file)));
  expect(Object.keys(answered.body)).toEqual(Object.keys(fixture(file)));
});

/** Without the instance, and without the line breaks with which the one recorded detail was pasted. */
function comparable({ instance: _, detail, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    detail: String(detail)
      .replace(/\s*\n\s*(?=\()/g, ' ')
      .replace(/\s*\n\s*/g, ''),
  };
}

test('a 401 says how to authenticate, whether the credentials are wrong or a fault refuses them', async () => {
  const account = await emulator({ faults: [{ match: { verb: 'PUT' }, action: { kind: 'status', status: 401 } }] });

  const refused = await call(account, 'GET', '', { headers: { authorization: 'Basic eA==' } });
  const struck = await call(account, 'PUT', '/x', { body: aBody() });

  expect([refused.status, struck.status]).toEqual([401, 401]);
  expect(refused.headers.get('www-authenticate')).toBe('Basic realm="Vonage"');
  expect(struck.headers.get('www-authenticate')).toBe('Basic realm="Vonage"');
});

test('every error has an instance of its own', async () => {
  const account = await emulator();

  const answers = await Promise.all(Array.from({ length: 20 }, () => call(account, 'GET', '/x')));

  expect(new Set(answers.map(({ body }) => body['instance'])).size).toBe(20);
});

describe('verbs', () => {
  const wrong = [
    ...['PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((verb) => ({ verb, path: '' })),
    ...['POST', 'PATCH', 'OPTIONS'].map((verb) => ({ verb, path: '/ABC123' })),
  ];

  test.each(wrong)('$verb on "$path" is answered 405', async ({ verb, path }) => {
    const account = await emulator();

    const answered = await call(account, verb, path);

    expect(answered.status).toBe(405);
    expect(answered.body['detail']).toBe(`Request method '${verb}' not supported`);
    expect(answered.headers.get('allow')).toBe(path === '' ? 'GET, POST' : 'GET, PUT, DELETE');
  });

  test('HEAD is answered 405 without a body', async () => {
    const account = await emulator();

    const answered = await call(account, 'HEAD');

    expect([answered.status, answered.text]).toEqual([405, '']);
  });

  test('TRACE on one application is answered 405', async () => {
    const account = await emulator();

    expect((await trace(account, '/v2/applications/ABC123')).status).toBe(405);
  });
});

describe('not found', () => {
  test.each(['GET', 'PUT', 'DELETE'])('%s of an id nobody has is answered 404 with that id', async (verb) => {
    const account = await emulator();

    const answered = await call(account, verb, '/no%20such', verb === 'PUT' ? { body: aBody() } : {});

    expect(answered.status).toBe(404);
    expect(answered.body['detail']).toBe("ID 'no such' does not exist, or you do not have access");
  });

  test('an id that is not properly encoded is not found either', async () => {
    const account = await emulator();

    const answered = await call(account, 'GET', '/%E0%A4%A');

    expect(answered.status).toBe(404);
  });

  test('another path is answered 404', async () => {
    const account = await emulator();

    const answered = await call(account, 'GET', '/one/two');

    expect([answered.status, answered.body['detail']]).toEqual([404, 'There is nothing at this path']);
  });
});

describe('credentials', () => {
  const right = Buffer.from('abcd1234:emulator-secret').toString('base64');

  test.each([
    ['', 401],
    ['Bearer abc', 401],
    [`Basic ${Buffer.from('abcd1234:wrong').toString('base64')}`, 401],
    [`Basic ${Buffer.from('other:emulator-secret').toString('base64')}`, 401],
    [`Basic ${right}`, 200],
    [`basic ${right}`, 200],
    [`BASIC  ${right}`, 200],
  ])('Authorization "%s" is answered %i', async (header, status) => {
    const account = await emulator();

    const answered = await call(account, 'GET', '', { headers: { authorization: header } });

    expect(answered.status).toBe(status);
  });

  test('key and secret can be chosen', async () => {
    const account = await emulator({ apiKey: 'other', apiSecret: 'secret:with:colons' });

    expect((await call(account, 'GET')).status).toBe(200);
  });
});

describe('headers', () => {
  test.each([
    ['*/*', 200],
    ['application/*', 200],
    ['text/html, application/json;q=0.5', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json;q=0', 406],
    ['application/hal+json', 406],
    ['text/html', 406],
  ])('Accept "%s" is answered %i', async (accept, status) => {
    const account = await emulator();

    expect((await call(account, 'GET', '', { headers: { accept } })).status).toBe(status);
  });

  test.each([
    ['application/json', 201],
    ['application/json; charset=utf-8', 201],
    ['Application/JSON', 201],
    ['application/x-www-form-urlencoded', 415],
    ['application/problem+json', 415],
    ['application/jsonp', 415],
  ])('Content-Type "%s" of a create is answered %i', async (type, status) => {
    const account = await emulator();

    const answered = await call(account, 'POST', '', { body: aBody(), headers: { 'content-type': type } });

    expect(answered.status).toBe(status);
  });

  test('a content type on a GET or DELETE does no harm', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);
    const headers = { 'content-type': 'text/plain' };

    expect((await call(account, 'GET', '', { headers })).status).toBe(200);
    expect((await call(account, 'DELETE', `/${id}`, { headers })).status).toBe(204);
  });
});

describe('order of checks', () => {
  const bad = { 'content-type': 'text/plain', accept: 'text/html' };
  const steps: readonly (readonly [string, string, Record<string, string>, Json, number])[] = [
    ['POST', '/x', { ...bad, authorization: 'x' }, '{', 401],
    ['POST', '/x', bad, '{', 405],
    ['PUT', '/x', bad, '{', 406],
    ['PUT', '/x', { 'content-type': 'text/plain' }, '{', 415],
    ['PUT', '/x', {}, '{', 400],
    ['PUT', '/x', {}, aBody(), 404],
  ];

  test.each(steps)('%s %s with headers %j and body %j is answered %5$i', async (verb, path, headers, body, status) => {
    const account = await emulator();

    expect((await call(account, verb, path, { headers, body })).status).toBe(status);
  });
});

describe('list validation', () => {
  const size = { name: 'page_size', reason: 'must be between 1 and 100' };
  const page = { name: 'page', reason: 'must be greater than or equal to 1' };

  test.each([
    ['page_size=0', [size]],
    ['page_size=101', [size]],
    ['page_size=-1', [size]],
    ['page_size=ten', [size]],
    ['page_size=', [size]],
    ['page=0', [page]],
    ['page=1.5', [page]],
    ['page=0&page_size=1000', [size, page]],
  ])('%s is answered 400', async (query, invalid) => {
    const account = await emulator();

    const answered = await call(account, 'GET', `?${query}`);

    expect(answered.status).toBe(400);
    expect(answered.body['invalid_parameters']).toEqual(invalid);
  });
});

/** Send a TRACE, which fetch refuses to. */
function trace(account: Emulator, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(account.port, '127.0.0.1', () => {
      const head = [`TRACE ${path} HTTP/1.1`, 'host: localhost', `authorization: ${authorization(account)}`];
      socket.write(`${[...head, 'connection: close'].join('\r\n')}\r\n\r\n`);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', text = ''] = received.split('\r\n\r\n');
      const headers = new Headers({ 'content-type': /content-type: (.*)/i.exec(head)?.[1]?.trim() ?? '' });
      resolve({ status: Number(head.split(' ')[1]), headers, text, body: JSON.parse(text) });
    });
  });
}

describe('payload validation', () => {
  const voiceHook = 'capabilities.voice.webhooks.answer_url';
  const hook = (member: JsonObject) => withAnswerUrl({ address: 'https://example.com', ...member });
  const capability = (name: string, value: Json) => aBody({ capabilities: { [name]: value } });
  const messages = (value: JsonObject) => capability('messages', { webhooks: { inbound_url: value } });

  const cases: readonly (readonly [Json, string, string])[] = [
    [{ keys: {} }, 'name', 'must not be blank'],
    [aBody({ name: ' ' }), 'name', 'must not be blank'],
    [aBody({ name: '\u0000' }), 'name', 'must not be blank'],
    [aBody({ name: ' \u200b\u00ad\u3000' }), 'name', 'must not be blank'],
    [aBody({ name: 7 }), 'name', 'must not be blank'],
    [aBody({ name: null }), 'name', 'must not be blank'],
    [[], 'body', 'must be an object'],
    ['"text"', 'body', 'must be an object'],
    [aBody({ id: 'mine' }), 'id', 'must be a UUID'],
    [aBody({ keys: 'x' }), 'keys', 'must be an object'],
    [aBody({ keys: { public_key: 'mykey' } }), 'keys.public_key', 'must be a public key in PEM format'],
    [
      aBody({ keys: { public_key: PUBLIC_KEY.replaceAll('PUBLIC', 'PRIVATE') } }),
      'keys.public_key',
      'must be a public key in PEM format',
    ],
    [aBody({ privacy: { improve_ai: 'yes' } }), 'privacy.improve_ai', 'must be a boolean'],
    [aBody({ capabilities: 'voice' }), 'capabilities', 'must be an object'],
    [capability('voice', null), 'capabilities.voice', 'must be an object'],
    [hook({ http_method: 'get' }), `${voiceHook}.http_method`, 'must be one of: GET, POST'],
    [hook({ address: 'example.com' }), `${voiceHook}.address`, 'must be a valid URL'],
    [hook({ address: 'https://' }), `${voiceHook}.address`, 'must be a valid URL'],
    [hook({ address: 5 }), `${voiceHook}.address`, 'must be a valid URL'],
    [hook({ connect_timeout: 299 }), `${voiceHook}.connect_timeout`, 'must be between 300 and 1000'],
    [hook({ connection_timeout: 1001 }), `${voiceHook}.connection_timeout`, 'must be between 300 and 1000'],
    [hook({ socket_timeout: 999 }), `${voiceHook}.socket_timeout`, 'must be between 1000 and 5000'],
    [hook({ socket_timeout: 5001 }), `${voiceHook}.socket_timeout`, 'must be between 1000 and 5000'],
    [hook({ socket_timeout: '2000' }), `${voiceHook}.socket_timeout`, 'must be an integer'],
    [hook({ socket_timeout: 1000.5 }), `${voiceHook}.socket_timeout`, 'must be an integer'],
    [
      hook({ connect_timeout: 500, connection_timeout: 500 }),
      `${voiceHook}.connection_timeout`,
      'must not be combined with connect_timeout',
    ],
    [
      capability('voice', { conversations_ttl: 0 }),
      'capabilities.voice.conversations_ttl',
      'must be between 1 and 9000',
    ],
    [
      capability('voice', { leg_persistence_time: 32 }),
      'capabilities.voice.leg_persistence_time',
      'must be between 1 and 31',
    ],
    [capability('voice', { signed_callbacks: 'true' }), 'capabilities.voice.signed_callbacks', 'must be a boolean'],
    [
      capability('voice', { region: 'mars' }),
      'capabilities.voice.region',
      'must be one of: na-east, na-west, eu-east, eu-west, apac-sng, apac-australia',
    ],
    [capability('voice', { payments: { gateways: {} } }), 'capabilities.voice.payments.gateways', 'must be an array'],
    [
      capability('voice', { payments: { gateways: [{ mode: 'live' }, { mode: 'fake' }] } }),
      'capabilities.voice.payments.gateways.1.mode',
      'must be one of: test, live',
    ],
    [
      messages({ http_method: 'GET' }),
      'capabilities.messages.webhooks.inbound_url.http_method',
      'must be one of: POST',
    ],
    [capability('messages', { version: 'v2' }), 'capabilities.messages.version', 'must be one of: v1, v0.1'],
    [capability('verify', { version: 'v1' }), 'capabilities.verify.version', 'must be one of: v2'],
    [
      capability('network_apis', { redirect_uri: 'x' }),
      'capabilities.network_apis.redirect_uri',
      'must be a valid URL',
    ],
    [
      capability('network_apis', { network_application_id: 1 }),
      'capabilities.network_apis.network_application_id',
      'must be a string',
    ],
    [
      capability('video', { webhooks: { archive_status: { active: 1 } } }),
      'capabilities.video.webhooks.archive_status.active',
      'must be a boolean',
    ],
    [capability('meetings', { webhooks: [] }), 'capabilities.meetings.webhooks', 'must be an object'],
  ];

  test.each(cases)('%j: %s %s', async (body, name, reason) => {
    const account = await emulator();

    const answered = await call(account, 'POST', '', { body });

    expect(answered.status).toBe(400);
    expect(answered.body['invalid_parameters']).toEqual([{ name, reason }]);
    expect(account.admin.applications()).toEqual([]);
  });

  test('every wrong field is listed, and nothing is changed', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);
    const before = account.admin.applications();

    const capabilities = { voice: { region: 1, webhooks: { event_url: { socket_timeout: 10_001 } } }, rtc: 3 };
    const answered = await call(account, 'PUT', `/${id}`, { body: { capabilities } });

    const names = at(answered.body, 'invalid_parameters');
    expect(Array.isArray(names) && names.map((one: Json) => at(one, 'name'))).toEqual([
      'name',
      'capabilities.voice.region',
      'capabilities.voice.webhooks.event_url.socket_timeout',
      'capabilities.rtc',
    ]);
    expect(account.admin.applications()).toEqual(before);
  });

  test.each([
    [aBody({ nmae: 'x' }), 'nmae', '5 known properties: "id", "name", "keys", "capabilities", "privacy"'],
    [aBody({ _links: {} }), '_links', '5 known properties: "id", "name", "keys", "capabilities", "privacy"'],
    [aBody({ keys: { private_key: 'x' } }), 'private_key', '1 known properties: "public_key"'],
    [messages({ connect_timeout: 500 }), 'connect_timeout', '2 known properties: "address", "http_method"'],
    [capability('vbc', { x: 1 }), 'x', '0 known properties: '],
    [capability('rtc', { webhooks: { answer_url: {} } }), 'answer_url', '1 known properties: "event_url"'],
    [JSON.stringify(aBody()).replace('{', '{"__proto__":{},'), '__proto__', '5 known properties: "id"'],
  ])('%j: %s is not known', async (body, name, known) => {
    const account = await emulator();

    const answered = await call(account, 'POST', '', { body });

    expect(answered.status).toBe(400);
    expect(answered.body['detail']).toContain(`${name} is not a known json property (${known}`);
    expect(answered.body['invalid_parameters']).toBeUndefined();
  });
});
