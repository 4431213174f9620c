import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { isObject, type Json, type JsonObject } from '../../src/emulator/json.ts';

/**
 * What we rely on of the Application API v2, told as the life of one application. It runs against the emulator always,
 * and against a real account when `VONAGE_CONTRACT_API_KEY` and `VONAGE_CONTRACT_API_SECRET` are in the environment
 * (`VONAGE_CONTRACT_URL` for another host than api.nexmo.com). There it creates applications whose names begin with a
 * prefix nobody else has, and deletes those and no others.
 */
interface Account {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

interface Target {
  readonly title: string;
  readonly open: () => Promise<Account & { readonly close: () => Promise<void> }>;
}

const { VONAGE_CONTRACT_API_KEY: apiKey, VONAGE_CONTRACT_API_SECRET: apiSecret } = process.env;
const url = process.env['VONAGE_CONTRACT_URL'] ?? 'https://api.nexmo.com';

const targets: Target[] = [
  { title: 'emulator, live dialect', open: (): Promise<Emulator> => startEmulator({ dialect: 'live' }) },
  { title: 'emulator, either spelling', open: (): Promise<Emulator> => startEmulator() },
];
if (apiKey !== undefined && apiSecret !== undefined) {
  targets.push({
    title: `account ${apiKey}`,
    open: async () => ({ url, apiKey, apiSecret, close: async () => undefined }),
  });
}

describe.each(targets)('$title', ({ open }) => {
  const prefix = `contract-${randomUUID()}`;
  const name = `${prefix} support`;
  let account: Awaited<ReturnType<Target['open']>>;
  let id = '';
  let twin = '';
  let publicKey = '';

  beforeAll(async () => {
    account = await open();
  });

  afterAll(async () => {
    for (const one of await applications()) {
      if (String(one['name']).startsWith(prefix)) await call('DELETE', `/${String(one['id'])}`);
    }
    await account.close();
  });

  async function call(
    verb: string,
    path = '',
    body?: Json,
  ): Promise<{ status: number; body: JsonObject; text: string }> {
    const authorization = `Basic ${Buffer.from(`${account.apiKey}:${account.apiSecret}`).toString('base64')}`;
    const response = await fetch(`${account.url}/v2/applications${path}`, {
      method: verb,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: Json = text === '' ? {} : JSON.parse(text);
    return { status: response.status, body: isObject(parsed) ? parsed : {}, text };
  }

  async function applications(): Promise<readonly JsonObject[]> {
    const all: JsonObject[] = [];
    for (let page = 1; ; page += 1) {
      const { body } = await call('GET', `?page_size=100&page=${page}`);
      all.push(...itemsOf(body));
      if (page >= Number(body['total_pages'])) return all;
    }
  }

  test('a name is enough to create an application; its key pair comes with it', async () => {
    const created = await call('POST', '', { name });
    id = String(created.body['id']);
    const keys = created.body['keys'];
    publicKey = isObject(keys) ? String(keys['public_key']) : '';

    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name,
      capabilities: {},
      _links: { self: { href: `/v2/applications/${id}` } },
    });
    expect(isObject(keys) && keys['private_key']).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(createPublicKey(publicKey).asymmetricKeyType).toBe('rsa');
  });

  test('it can be read, without the private key', async () => {
    const read = await call('GET', `/${id}`);

    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ id, name, keys: { public_key: publicKey } });
    expect(read.text).not.toContain('private_key');
  });

  test('it is in the list', async () => {
    const found = (await applications()).filter((one) => one['id'] === id);

    expect(found).toMatchObject([{ id, name, capabilities: {} }]);
  });

  test('another one may have the same name, and a key of its own making', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const own = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

    const created = await call('POST', '', { name, keys: { public_key: own } });
    twin = String(created.body['id']);

    expect(created.status).toBe(201);
    expect(twin).not.toBe(id);
    expect(created.body['keys']).toEqual({ public_key: own });
  });

  test('an update with capabilities gets them back, defaults filled in', async () => {
    const hook = { address: 'https://example.com/contract', http_method: 'POST' };
    const webhooks = { answer_url: hook, event_url: { ...hook, connect_timeout: 500, socket_timeout: 3000 } };
    const capabilities = { voice: { webhooks, region: 'eu-west' }, vbc: {} };

    const updated = await call('PUT', `/${id}`, { name, keys: { public_key: publicKey }, capabilities });

    expect(updated.status).toBe(200);
    expect(updated.body['capabilities']).toMatchObject(capabilities);
    expect((await call('GET', `/${id}`)).body).toEqual(updated.body);
  });

  test('an update without keys keeps them, and what it leaves out is gone', async () => {
    const capabilities = { rtc: { webhooks: { event_url: { address: 'https://example.com', http_method: 'POST' } } } };

    const updated = await call('PUT', `/${id}`, { name: `${name} 2`, capabilities });

    expect(updated.body).toMatchObject({ id, name: `${name} 2`, keys: { public_key: publicKey }, capabilities });
    expect(Object.keys(Object(updated.body['capabilities']))).toEqual(['rtc']);
  });

  test('what was read may be sent back and changes nothing', async () => {
    const before = await call('GET', `/${id}`);

    const updated = await call('PUT', `/${id}`, before.body);

    expect(updated.status).toBe(200);
    expect((await call('GET', `/${id}`)).body).toEqual(before.body);
  });

  test('a wrong value is refused by its dotted name and changes nothing', async () => {
    const before = await call('GET', `/${id}`);
    const answer = { address: 'https://example.com', http_method: 'PATCH' };

    const refused = await call('PUT', `/${id}`, {
      name,
      capabilities: { voice: { webhooks: { answer_url: answer } } },
    });

    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      title: 'Bad Request',
      invalid_parameters: [{ name: 'capabilities.voice.webhooks.answer_url.http_method' }],
    });
    expect((await call('GET', `/${id}`)).body).toEqual(before.body);
  });

  test('an unknown field is refused by name', async () => {
    const refused = await call('POST', '', { name: `${prefix} typo`, capabilitise: {} });

    expect(refused.status).toBe(400);
    expect(refused.body['detail']).toContain('capabilitise is not a known json property');
    expect((await applications()).filter((one) => one['name'] === `${prefix} typo`)).toEqual([]);
  });

  test('pages of one are as many as there are applications, and count the same', async () => {
    const first = await call('GET', '?page_size=1&page=1');
    const second = await call('GET', '?page_size=1&page=2');

    expect(first.body['total_pages']).toBe(first.body['total_items']);
    expect(itemsOf(first.body)).toHaveLength(1);
    expect(itemsOf(second.body)).toHaveLength(1);
    expect(itemsOf(second.body)[0]?.['id']).not.toBe(itemsOf(first.body)[0]?.['id']);
  });

  test.each([0, 101])('a page size of %i is refused', async (size) => {
    const refused = await call('GET', `?page_size=${size}`);

    expect(refused.status).toBe(400);
    expect(refused.body['invalid_parameters']).toEqual([{ name: 'page_size', reason: 'must be between 1 and 100' }]);
  });

  test('deleted it is gone: from the list, for reading, and for a second delete', async () => {
    const deleted = await call('DELETE', `/${id}`);
    const ids = (await applications()).map((one) => one['id']);

    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect(ids).toContain(twin);
    expect(ids).not.toContain(id);
    for (const verb of ['GET', 'DELETE']) {
      const missing = await call(verb, `/${id}`);
      expect([missing.status, missing.body['title']]).toEqual([404, 'Not Found']);
    }
  });

  test('with a wrong secret nothing can be seen', async () => {
    const authorization = `Basic ${Buffer.from(`${account.apiKey}:wrong`).toString('base64')}`;

    const refused = await fetch(`${account.url}/v2/applications`, { headers: { authorization } });

    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ detail: 'You did not provide correct credentials.' });
  });
});

function itemsOf(page: JsonObject): readonly JsonObject[] {
  const embedded = page['_embedded'];
  const items = isObject(embedded) ? embedded['applications'] : [];
  return Array.isArray(items) ? items.filter(isObject) : [];
}
