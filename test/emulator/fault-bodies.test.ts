import { describe, expect, test } from 'vitest';
import type { FaultAction, FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import { aBody, at, call, emulator, idOf, namesOf, PUBLIC_KEY } from './client.ts';

const always = (action: FaultAction): FaultRule[] => [{ action }];

describe('foreign-body', () => {
  test('the response to a create that worked shows another application', async () => {
    const account = await emulator({ faults: always({ kind: 'foreign-body' }) });
    const [other] = account.admin.seed(1);

    const { status, body } = await call(account, 'POST', '', { body: aBody() });

    expect([status, body['id'], body['name']]).toEqual([201, other, 'Application 1']);
    expect(account.admin.applications().map(({ name }) => name)).toEqual(['Application 1', 'Support']);
  });

  test('the response to an update that worked shows another application', async () => {
    const account = await emulator({ faults: always({ kind: 'foreign-body' }) });
    const [id, other] = account.admin.seed(2);

    const { status, body } = await call(account, 'PUT', `/${id}`, { body: { name: 'Renamed' } });

    expect([status, body['id'], body['name']]).toEqual([200, other, 'Application 2']);
    expect(account.admin.applications().map(({ name }) => name)).toEqual(['Renamed', 'Application 2']);
  });

  test('without another application it shows one that is not there', async () => {
    const account = await emulator({ faults: always({ kind: 'foreign-body' }) });

    const { body } = await call(account, 'POST', '', { body: aBody() });

    const [created] = account.admin.applications();
    expect(idOf(body)).not.toBe(created?.id);
    expect((await call(account, 'GET', `/${idOf(body)}`)).status).toBe(404);
  });

  test('a create that is refused is refused', async () => {
    const account = await emulator({ faults: always({ kind: 'foreign-body' }) });

    expect((await call(account, 'POST', '', { body: {} })).status).toBe(400);
  });
});

test('stale-body: the response to an update that worked shows what was there before', async () => {
  const account = await emulator({ faults: always({ kind: 'stale-body' }) });
  const [id] = account.admin.seed(1);
  const before = await call(account, 'GET', `/${id}`);

  const replaced = await call(account, 'PUT', `/${id}`, { body: { name: 'Renamed' } });

  expect([replaced.status, replaced.body]).toEqual([200, before.body]);
  expect(account.admin.applications()).toMatchObject([{ id, name: 'Renamed' }]);
});

test('not-stored: an update is answered as if done, and nothing has changed', async () => {
  const account = await emulator();
  const [first, second] = account.admin.seed(2);
  const body = { name: 'Renamed', capabilities: { vbc: {} } };
  const honest = await call(account, 'PUT', `/${first}`, { body });
  const before = account.admin.applications()[1];
  account.admin.faults(always({ kind: 'not-stored' }));

  const answered = await call(account, 'PUT', `/${second}`, { body });

  expect(answered.status).toBe(200);
  expect(answered.body).toEqual({ ...honest.body, id: second, _links: answered.body['_links'] });
  expect(account.admin.applications()[1]).toEqual(before);
});

describe('the key in the response to a create', () => {
  test('no-key: it has no keys, and the application has', async () => {
    const account = await emulator({ faults: always({ kind: 'no-key' }) });

    const created = await call(account, 'POST', '', { body: aBody() });

    const read = await call(account, 'GET', `/${idOf(created.body)}`);
    expect(created.status).toBe(201);
    expect(created.body).not.toHaveProperty('keys');
    expect(at(read.body, 'keys', 'public_key')).toBe(PUBLIC_KEY);
  });

  test('other-key: it shows a key that is not the application’s', async () => {
    const account = await emulator({ faults: always({ kind: 'other-key' }) });

    const created = await call(account, 'POST', '', { body: aBody() });

    const read = await call(account, 'GET', `/${idOf(created.body)}`);
    const shown = at(created.body, 'keys', 'public_key');
    expect(shown).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(shown).not.toBe(PUBLIC_KEY);
    expect(at(read.body, 'keys', 'public_key')).toBe(PUBLIC_KEY);
  });
});

describe('total', () => {
  test.each([250, 0, -1, 9007199254740991, '250'])('pages claim %j applications', async (items) => {
    const account = await emulator({ faults: always({ kind: 'total', items }) });
    account.admin.seed(3);

    const { body } = await call(account, 'GET', '?page_size=100');

    expect(body['total_items']).toBe(items);
    expect(at(body, '_embedded', 'applications')).toHaveLength(3);
  });

  test('pages may not say', async () => {
    const account = await emulator({ faults: always({ kind: 'total' }) });
    account.admin.seed(3);

    const listed = await call(account, 'GET');

    expect(listed.body).not.toHaveProperty('total_items');
    expect(namesOf(listed)).toHaveLength(3);
  });

  test('pages and links follow from the claim', async () => {
    const account = await emulator({ faults: always({ kind: 'total', items: 250 }) });
    account.admin.seed(3);

    const { body } = await call(account, 'GET', '?page_size=100');

    expect(body['total_pages']).toBe(3);
    expect(at(body, '_links', 'next', 'href')).toBe('/v2/applications?page_size=100&page=2');
  });

  test('a claim that is no number leaves pages and links alone', async () => {
    const account = await emulator({ faults: always({ kind: 'total', items: 'many' }) });

    const { body } = await call(account, 'GET');

    expect([body['total_items'], body['total_pages']]).toEqual(['many', 1]);
  });
});

test.each([
  [{ kind: 'short-page' } as const, []],
  [{ kind: 'short-page', items: 1 } as const, ['Application 3']],
])('%j: a page ends early, and its totals do not say so', async (action, names) => {
  const account = await emulator({ faults: [{ match: { path: 'page=2' }, action }] });
  account.admin.seed(5);

  const page = await call(account, 'GET', '?page_size=2&page=2');

  expect(namesOf(page)).toEqual(names);
  expect([page.body['total_items'], page.body['total_pages']]).toEqual([5, 3]);
});

test('repeat-page: later pages show the applications of the first one, and their totals do not say so', async () => {
  const account = await emulator({ faults: always({ kind: 'repeat-page' }) });
  account.admin.seed(5);

  const second = await call(account, 'GET', '?page_size=2&page=2');
  const third = await call(account, 'GET', '?page_size=2&page=3');
  const refused = await call(account, 'GET', '?page_size=0');

  expect(namesOf(second)).toEqual(['Application 1', 'Application 2']);
  expect(namesOf(third)).toEqual(['Application 1']);
  expect([second.body['page'], second.body['total_items'], refused.status]).toEqual([2, 5, 400]);
});

test('faults of bodies meet and count only the requests they can strike', async () => {
  const once = { times: 1 };
  const kinds = ['stale-body', 'not-stored', 'no-key', 'other-key', 'short-page', 'foreign-body'] as const;

  const struck: Record<string, string[]> = {};
  for (const kind of kinds) {
    const account = await emulator({ faults: [{ match: once, action: { kind } }] });
    const [id] = account.admin.seed(1);
    await call(account, 'DELETE', '/unknown');
    await call(account, 'GET', `/${id}`);
    await call(account, 'GET');
    await call(account, 'POST', '', { body: aBody() });
    await call(account, 'PUT', `/${id}`, { body: aBody() });
    struck[kind] = account.admin.requests().flatMap(({ verb, fault }) => (fault === kind ? [verb] : []));
  }

  expect(struck).toEqual({
    'stale-body': ['PUT'],
    'not-stored': ['PUT'],
    'no-key': ['POST'],
    'other-key': ['POST'],
    'short-page': ['GET'],
    'foreign-body': ['POST'],
  });
});
