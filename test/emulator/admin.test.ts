import { describe, expect, test } from 'vitest';
import { adminRoutes } from '../../src/emulator/admin-routes.ts';
import { RequestLog } from '../../src/emulator/request-log.ts';
import { aBody, at, call, callAdmin, emulator, fixture, namesOf, PUBLIC_KEY } from './client.ts';

describe('seed', () => {
  test('the same applications in every run, listed as if created', async () => {
    const one = await emulator();
    const other = await emulator();

    const answered = await callAdmin(one, 'POST', '/seed', { count: 3 });
    other.admin.seed(2);
    other.admin.seed(1);

    expect(answered.status).toBe(201);
    expect(answered.body['ids']).toEqual(one.admin.applications().map(({ id }) => id));
    expect(other.admin.applications()).toEqual(one.admin.applications());
    expect(namesOf(await call(one, 'GET'))).toEqual(['Application 1', 'Application 2', 'Application 3']);
  });

  test('10,000 applications have ids of their own and can all be listed', async () => {
    const account = await emulator();

    const ids = account.admin.seed(10_000);
    const last = await call(account, 'GET', '?page_size=100&page=100');

    expect(new Set(ids).size).toBe(10_000);
    expect(namesOf(last).at(-1)).toBe('Application 10000');
  });

  test('what is seeded would be accepted by the API, keys included', async () => {
    const account = await emulator({ switches: { strictKeys: true } });
    const ids = account.admin.seed(2);

    for (const id of ids) {
      const read = await call(account, 'GET', `/${id}`);
      const replaced = await call(account, 'PUT', `/${id}`, { body: read.body });

      expect([replaced.status, replaced.text]).toEqual([200, read.text]);
    }
  });

  test('bodies may be given, with or without id and keys, even ones the API would refuse', async () => {
    const account = await emulator();
    const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';
    const applications = [
      aBody({ id }),
      { name: 'keyless', keys: {}, capabilities: { voice: { conversations_ttl: 0 } } },
      { name: 'plain', capabilities: { hologram: {} } },
    ];

    const answered = await callAdmin(account, 'POST', '/seed', { applications });

    expect(at(answered.body, 'ids', 0)).toBe(id);
    expect(account.admin.applications()).toMatchObject([
      { id, name: 'Support', keys: { public_key: PUBLIC_KEY } },
      { name: 'keyless', keys: {}, capabilities: { voice: { conversations_ttl: 0, signed_callbacks: true } } },
      { name: 'plain', keys: { public_key: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/) } },
    ]);
    expect(account.admin.applications()[1]?.keys).toEqual({});
  });
});

describe('a foreign writer', () => {
  test('stores bodies as they are: no defaults, unknown fields, any value', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);
    const capabilities = { voice: { webhooks: {}, conversations_ttl: 99_999 }, hologram: { on: true } };

    const answered = await callAdmin(account, 'PUT', `/applications/${id}`, {
      name: 'Changed',
      capabilities,
      motto: 'x',
    });

    const { keys, ...application } = (await call(account, 'GET', `/${id}`)).body;
    expect(answered.status).toBe(204);
    expect(application).toEqual({
      id,
      name: 'Changed',
      capabilities,
      motto: 'x',
      _links: { self: { href: `/v2/applications/${id}` } },
    });
    expect(at(keys, 'public_key')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(account.admin.applications()[0]).toMatchObject({ motto: 'x' });
  });

  test('may take the key away, leave the name out, or create an application', async () => {
    const account = await emulator();
    const [id = ''] = account.admin.seed(1);

    account.admin.put(id, { keys: {} });
    account.admin.put('11111111111111111111111111111111', { capabilities: {} });

    expect(account.admin.applications()).toEqual([
      { id, name: 'Application 1', keys: {}, capabilities: {} },
      { id: '11111111111111111111111111111111', name: 'Application', keys: {}, capabilities: {} },
    ]);
  });

  test('deletes', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);

    const first = await callAdmin(account, 'DELETE', `/applications/${id}`);
    const second = await callAdmin(account, 'DELETE', `/applications/${id}`);

    expect([first.status, second.status]).toEqual([204, 404]);
    expect((await callAdmin(account, 'GET', '/applications')).body).toEqual({ applications: [] });
  });

  test('is not counted', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);

    await callAdmin(account, 'PUT', `/applications/${id}`, aBody());

    expect(account.admin.counts().writes).toBe(0);
  });
});

describe('requests', () => {
  test('are logged in order and counted by verb, refused ones included', async () => {
    const account = await emulator({ now: () => 5 });
    const [id] = account.admin.seed(1);
    await call(account, 'GET', '?page=2');
    await call(account, 'POST', '', { body: aBody() });
    await call(account, 'PUT', `/${id}`, { body: {} });
    await call(account, 'DELETE', `/${id}`);
    await call(account, 'PATCH');

    const { body } = await callAdmin(account, 'GET', '/requests');
    const counts = await callAdmin(account, 'GET', '/counts');

    expect(body['requests']).toEqual([
      { sequence: 1, at: 5, verb: 'GET', path: '/v2/applications?page=2', status: 200 },
      { sequence: 2, at: 5, verb: 'POST', path: '/v2/applications', status: 201 },
      { sequence: 3, at: 5, verb: 'PUT', path: `/v2/applications/${id}`, status: 400 },
      { sequence: 4, at: 5, verb: 'DELETE', path: `/v2/applications/${id}`, status: 204 },
      { sequence: 5, at: 5, verb: 'PATCH', path: '/v2/applications', status: 405 },
    ]);
    expect(counts.body).toEqual({ GET: 1, POST: 1, PUT: 1, DELETE: 1, PATCH: 1, writes: 3 });
  });

  test('can be forgotten without touching the applications', async () => {
    const account = await emulator();
    account.admin.seed(1);
    await call(account, 'GET');

    const answered = await callAdmin(account, 'POST', '/clear-requests');

    expect(answered.status).toBe(204);
    expect(account.admin.requests()).toEqual([]);
    expect(account.admin.counts()).toEqual({ GET: 0, POST: 0, PUT: 0, DELETE: 0, writes: 0 });
    expect(account.admin.applications()).toHaveLength(1);
  });

  test('only the latest 100,000 are kept, all are counted', () => {
    const log = new RequestLog();

    for (let count = 0; count < 115_000; count += 1) log.open('GET', '/', 0);

    const entries = log.entries();
    expect([entries.length, entries[0]?.sequence, log.counts().GET]).toEqual([100_000, 15_001, 115_000]);
  });
});

describe('faults', () => {
  test('are set as objects or as text, shown, and taken away', async () => {
    const account = await emulator();
    const latency = { action: { kind: 'latency', ms: 1 } };

    const set = await callAdmin(account, 'PUT', '/faults', ['POST:reset-after:x1', latency]);
    const shown = await callAdmin(account, 'GET', '/faults');
    const cleared = await callAdmin(account, 'DELETE', '/faults');

    const rules = [{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-after' } }, latency];
    expect([set.status, set.body]).toEqual([200, { rules }]);
    expect(shown.body).toEqual({ rules });
    expect(cleared.status).toBe(204);
    expect(account.admin.faultRules()).toEqual([]);
  });

  test('the list may be wrapped', async () => {
    const account = await emulator();

    await callAdmin(account, 'PUT', '/faults', { rules: ['*:status=503'] });

    expect((await call(account, 'GET')).status).toBe(503);
  });

  test('never strike the admin', async () => {
    const account = await emulator({ faults: [{ action: { kind: 'status', status: 503 } }] });

    expect((await callAdmin(account, 'GET', '/counts')).status).toBe(200);
  });
});

test('a reset forgets applications, faults, requests and the rate spent', async () => {
  const account = await emulator({ rateLimit: { requests: 1, perMs: 60_000 }, now: () => 0 });
  const before = account.admin.seed(1);
  await call(account, 'GET');
  account.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'truncate' } }]);

  const answered = await callAdmin(account, 'POST', '/reset');

  expect(answered.status).toBe(204);
  expect(account.admin.faultRules()).toEqual([]);
  expect(account.admin.requests()).toEqual([]);
  expect((await call(account, 'GET')).body['total_items']).toBe(0);
  expect(account.admin.seed(1)).toEqual(before);
});

describe('refusals', () => {
  test.each([
    ['POST', '/seed', {}, 400, 'expected count or applications'],
    ['POST', '/seed', { count: 1, applications: [] }, 400, 'expected count or applications'],
    ['POST', '/seed', { count: -1 }, 400, 'count'],
    ['POST', '/seed', { applications: [1] }, 400, 'expected an object'],
    ['POST', '/seed', '{', 400, 'JSON'],
    ['PUT', '/faults', ['POST:nothing'], 400, 'unknown kind "nothing"'],
    ['PUT', '/faults', [{ action: { kind: 'nothing' } }], 400, 'action.kind'],
    ['PUT', '/faults', 'null', 400, 'expected object'],
    ['PUT', '/applications/x', [], 400, 'expected an object'],
    ['GET', '/nothing', undefined, 404, 'the admin API has no GET /__emulator/nothing'],
  ] as const)('%s %s %j is answered %i: %s', async (verb, path, body, status, message) => {
    const account = await emulator();

    const answered = await callAdmin(account, verb, path, body);

    expect(answered.status).toBe(status);
    expect(answered.body['error']).toContain(message);
    expect(account.admin.requests()).toEqual([]);
  });

  test.each([
    ['127.0.0.1', 200, 200],
    ['127.8.8.8', 200, 200],
    ['::1', 200, 200],
    ['::ffff:127.0.0.1', 200, 200],
    ['192.0.2.1', 403, 200],
    ['::ffff:192.0.2.1', 403, 200],
    [undefined, 403, 200],
  ])('a caller at %s is answered %i, and %i when the admin is open', async (remoteAddress, closed, open) => {
    const account = await emulator();
    const env = { incoming: { socket: { remoteAddress } } };
    const ask = (isOpen: boolean) =>
      adminRoutes(account.admin, isOpen, async () => undefined).request('/counts', {}, env);

    expect([(await ask(false)).status, (await ask(true)).status]).toEqual([closed, open]);
  });
});

test('the fixture of a list can be put in place item by item', async () => {
  const account = await emulator();
  const item = at(fixture('python-sdk--list-one.200.json'), '_embedded', 'applications', 0);

  account.admin.seed([Object(item)]);

  expect(account.admin.applications()).toMatchObject([Object(item)]);
});
