import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aBody, at, call, emulator, idOf, namesOf, PUBLIC_KEY, withAnswerUrl } from './client.ts';

describe('create', () => {
  test('a create without keys is answered 201 with a pair that belongs together, the private key once', async () => {
    const account = await emulator();

    const created = await call(account, 'POST', '', { body: { name: 'Support' } });
    const read = await call(account, 'GET', `/${idOf(created.body)}`);

    expect(created.status).toBe(201);
    expect(created.headers.get('content-type')).toBe('application/json');
    const privateKey = createPrivateKey(String(at(created.body, 'keys', 'private_key')));
    expect(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })).toBe(
      at(created.body, 'keys', 'public_key'),
    );
    expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(read.text).not.toContain('PRIVATE');
    expect(at(read.body, 'keys', 'public_key')).toBe(at(created.body, 'keys', 'public_key'));
  });

  test('a create with its own public key gets no private key back', async () => {
    const account = await emulator();

    const created = await call(account, 'POST', '', { body: aBody() });

    expect(at(created.body, 'keys')).toEqual({ public_key: PUBLIC_KEY });
  });

  test.each([{ keys: null }, { keys: {} }, { keys: { public_key: null } }])(
    '%j counts as no key at all',
    async (keys) => {
      const account = await emulator();

      const created = await call(account, 'POST', '', { body: { name: 'Support', ...keys } });

      expect(created.status).toBe(201);
      expect(at(created.body, 'keys', 'private_key')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    },
  );

  test('a public key with carriage returns comes back with line feeds', async () => {
    const account = await emulator();

    const keys = { public_key: PUBLIC_KEY.replaceAll('\n', '\r\n').trim() };
    const created = await call(account, 'POST', '', { body: aBody({ keys }) });

    expect(at(created.body, 'keys', 'public_key')).toBe(PUBLIC_KEY);
  });

  test('two applications may have one name', async () => {
    const account = await emulator();

    const first = await call(account, 'POST', '', { body: aBody() });
    const second = await call(account, 'POST', '', { body: aBody() });

    expect(idOf(second.body)).not.toBe(idOf(first.body));
    expect(namesOf(await call(account, 'GET'))).toEqual(['Support', 'Support']);
  });

  test('the id of an application that exists cannot be created again', async () => {
    const account = await emulator();
    const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';
    await call(account, 'POST', '', { body: aBody({ id }) });

    const again = await call(account, 'POST', '', { body: aBody({ id }) });

    expect(again.status).toBe(400);
    expect(at(again.body, 'invalid_parameters')).toEqual([{ name: 'id', reason: 'must be unique' }]);
  });

  test('what the client leaves out the server fills in', async () => {
    const account = await emulator();
    const hook = { address: 'https://example.com' };
    const capabilities = {
      voice: { webhooks: { event_url: hook, answer_url: hook } },
      rtc: { webhooks: { event_url: hook } },
      messages: { webhooks: { inbound_url: hook } },
      verify: {},
      vbc: {},
    };

    const created = await call(account, 'POST', '', { body: aBody({ capabilities }) });

    const timeouts = { connect_timeout: 1000, socket_timeout: 5000 };
    expect(at(created.body, 'privacy')).toEqual({ improve_ai: false });
    expect(at(created.body, 'capabilities')).toEqual({
      voice: {
        webhooks: {
          event_url: { ...hook, http_method: 'POST', connect_timeout: 1000, socket_timeout: 10_000 },
          answer_url: { ...hook, http_method: 'GET', ...timeouts },
        },
        signed_callbacks: true,
        conversations_ttl: 48,
        leg_persistence_time: 7,
      },
      rtc: { webhooks: { event_url: { ...hook, http_method: 'POST' } }, signed_callbacks: true },
      messages: { webhooks: { inbound_url: { ...hook, http_method: 'POST' } }, version: 'v1' },
      verify: { webhooks: {}, version: 'v2' },
      vbc: {},
    });
  });
});

describe('update', () => {
  test('a PUT replaces: capabilities, settings and privacy left out are gone, the key stays', async () => {
    const account = await emulator();
    const capabilities = { voice: { conversations_ttl: 12 }, vbc: {} };
    const id = idOf((await call(account, 'POST', '', { body: aBody({ capabilities }) })).body);

    const body = { name: 'Support 2', capabilities: { voice: {} } };
    const replaced = await call(account, 'PUT', `/${id}`, { body });

    expect(replaced.status).toBe(200);
    expect(replaced.body).toEqual({
      id,
      name: 'Support 2',
      keys: { public_key: PUBLIC_KEY },
      capabilities: {
        voice: { webhooks: {}, signed_callbacks: true, conversations_ttl: 48, leg_persistence_time: 7 },
      },
      _links: { self: { href: `/v2/applications/${id}` } },
    });
    expect((await call(account, 'GET', `/${id}`)).body).toEqual(replaced.body);
  });

  test('a PUT with another public key replaces the key', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);

    const replaced = await call(account, 'PUT', `/${id}`, { body: aBody() });

    expect(at(replaced.body, 'keys')).toEqual({ public_key: PUBLIC_KEY });
  });

  test('the body of a GET may be sent back as it is and changes nothing', async () => {
    const account = await emulator();
    const created = await call(account, 'POST', '', {
      body: aBody({
        capabilities: { voice: {}, video: { webhooks: { archive_status: { address: '', active: true } } } },
      }),
    });
    const read = await call(account, 'GET', `/${idOf(created.body)}`);

    const replaced = await call(account, 'PUT', `/${idOf(created.body)}`, { body: read.body });

    expect(replaced.status).toBe(200);
    expect(replaced.text).toBe(read.text);
  });

  test('id and links in a PUT are ignored, whatever they say', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);

    const replaced = await call(account, 'PUT', `/${id}`, { body: aBody({ id: 'other', _links: { self: 1 } }) });

    expect(replaced.status).toBe(200);
    expect(replaced.body['id']).toBe(id);
  });

  test('a PUT keeps the place in the list', async () => {
    const account = await emulator();
    const [first] = account.admin.seed(2);

    await call(account, 'PUT', `/${first}`, { body: aBody() });

    expect(namesOf(await call(account, 'GET'))).toEqual(['Support', 'Application 2']);
  });
});

describe('delete', () => {
  test('a delete is answered 204 without a body, and 404 the second time', async () => {
    const account = await emulator();
    const [id, other] = account.admin.seed(2);

    const first = await call(account, 'DELETE', `/${id}`);
    const second = await call(account, 'DELETE', `/${id}`);

    expect([first.status, first.text]).toEqual([204, '']);
    expect(second.status).toBe(404);
    expect(account.admin.applications().map((one) => one.id)).toEqual([other]);
  });
});

describe('list', () => {
  const pages = [
    { query: '', size: 10, page: 1, count: 10, links: { next: 2, last: 3 } },
    { query: '?page=2', size: 10, page: 2, count: 10, links: { next: 3, prev: 1, last: 3 } },
    { query: '?page_size=10&page=3', size: 10, page: 3, count: 5, links: { prev: 2, last: 3 } },
    { query: '?page_size=100', size: 100, page: 1, count: 25, links: { last: 1 } },
    { query: '?page=9', size: 10, page: 9, count: 0, links: { prev: 3, last: 3 } },
    { query: '?page_size=1&page=25', size: 1, page: 25, count: 1, links: { prev: 24, last: 25 } },
  ];

  test.each(pages)('25 applications, "$query": page $page of $size has $count', async (expected) => {
    const account = await emulator();
    account.admin.seed(25);

    const { status, body } = await call(account, 'GET', expected.query);

    const first = `/v2/applications?page_size=${expected.size}`;
    const links = { self: expected.page, ...expected.links };
    const hrefs = Object.entries(links).map(([name, page]) => [name, { href: `${first}&page=${page}` }]);
    expect(status).toBe(200);
    expect(at(body, '_embedded', 'applications')).toHaveLength(expected.count);
    expect({ ...body, _embedded: {} }).toEqual({
      page_size: expected.size,
      page: expected.page,
      total_items: 25,
      total_pages: Math.ceil(25 / expected.size),
      _embedded: {},
      _links: { ...Object.fromEntries(hrefs), first: { href: first } },
    });
  });

  test('the pages together have every application once, in the order of creation', async () => {
    const account = await emulator();
    account.admin.seed(23);

    const names: unknown[] = [];
    for (const page of [1, 2, 3, 4]) names.push(...namesOf(await call(account, 'GET', `?page_size=7&page=${page}`)));

    expect(names).toEqual(Array.from({ length: 23 }, (_, index) => `Application ${index + 1}`));
  });

  test('the collection may be called with a slash at the end', async () => {
    const account = await emulator();

    const created = await call(account, 'POST', '/', { body: aBody() });

    expect(created.status).toBe(201);
    expect(namesOf(await call(account, 'GET', '/'))).toEqual(['Support']);
  });
});

describe('get', () => {
  test.each([
    ['without dashes', (id: string) => id.replaceAll('-', '')],
    ['in capitals', (id: string) => id.toUpperCase()],
  ])('an id is understood %s', async (_, write) => {
    const account = await emulator();
    const [id = ''] = account.admin.seed(1);

    const read = await call(account, 'GET', `/${write(id)}`);

    expect(read.body['id']).toBe(id);
  });

  test('an address left empty is kept, without timeouts', async () => {
    const account = await emulator();

    const created = await call(account, 'POST', '', { body: withAnswerUrl({ address: '' }) });

    const hook = at(created.body, 'capabilities', 'voice', 'webhooks', 'answer_url');
    expect(hook).toEqual({ address: '', http_method: 'GET' });
  });
});
