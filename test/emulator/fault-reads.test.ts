import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.ts';
import type { FaultAction, FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import { type Answer, aBody, call, emulator, idOf, namesOf } from './client.ts';

const always = (action: FaultAction): FaultRule[] => [{ action }];

async function requestsForOne(account: Emulator, id: string): Promise<Answer[]> {
  const renamed = { name: 'Renamed' };
  return [
    await call(account, 'GET', `/${id}`),
    await call(account, 'PUT', `/${id}`, { body: renamed }),
    await call(account, 'DELETE', `/${id}`),
  ];
}

describe('id-404', () => {
  test("an application that is there is answered with the API's own 404, and nothing is done", async () => {
    const account = await emulator();
    const [id = ''] = account.admin.seed(1);
    const genuine = await call(account, 'GET', '/6e9d1b2c-0000-4000-8000-000000000000');
    account.admin.faults(always({ kind: 'id-404' }));

    const answers = await requestsForOne(account, id);

    for (const { status, body } of answers) {
      expect([status, body['type'], body['title']]).toEqual([404, genuine.body['type'], 'Not Found']);
      expect(body['detail']).toBe(`ID '${id}' does not exist, or you do not have access`);
    }
    expect(account.admin.applications()).toMatchObject([{ id, name: 'Application 1' }]);
  });

  test('lists and creates are left alone, and do not count', async () => {
    const account = await emulator({ faults: [{ match: { nth: 1 }, action: { kind: 'id-404' } }] });
    const [id] = account.admin.seed(1);

    const listed = await call(account, 'GET');
    const created = await call(account, 'POST', '', { body: aBody() });
    const first = await call(account, 'GET', `/${id}`);
    const second = await call(account, 'GET', `/${id}`);

    expect([listed, created, first, second].map(({ status }) => status)).toEqual([200, 201, 404, 200]);
  });

  test('wrong credentials are still a 401', async () => {
    const account = await emulator({ faults: always({ kind: 'id-404' }) });
    const [id] = account.admin.seed(1);

    expect((await call(account, 'GET', `/${id}`, { headers: { authorization: 'Basic eDp5' } })).status).toBe(401);
  });
});

describe('gateway-404', () => {
  test('the 404 says nothing of the API, and nothing is done', async () => {
    const account = await emulator({ faults: always({ kind: 'gateway-404' }) });
    const [id = ''] = account.admin.seed(1);

    const answers = [...(await requestsForOne(account, id)), await call(account, 'GET')];

    for (const { status, body } of answers) expect([status, body]).toEqual([404, { title: 'Not Found', status: 404 }]);
    expect(account.admin.applications()).toMatchObject([{ id, name: 'Application 1' }]);
  });

  test('that of Spring names time and path', async () => {
    const now = () => Date.UTC(2026, 0, 2);
    const account = await emulator({ now, faults: always({ kind: 'gateway-404', style: 'spring' }) });
    const [id] = account.admin.seed(1);

    const { status, body } = await call(account, 'GET', `/${id}?x=1`);

    const path = `/v2/applications/${id}`;
    const timestamp = '2026-01-02T00:00:00.000+00:00';
    expect([status, body]).toEqual([404, { timestamp, status: 404, error: 'Not Found', path }]);
  });
});

test('the page of a captive portal comes with a 200, and the delete is not done', async () => {
  const account = await emulator({ faults: [{ match: { verb: 'DELETE' }, action: { kind: 'html', status: 200 } }] });
  const [id] = account.admin.seed(1);

  const answered = await call(account, 'DELETE', `/${id}`);

  expect([answered.status, answered.headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(answered.text).toContain('<h1>Sign in to the network</h1>');
  expect(account.admin.applications()).toHaveLength(1);
});

describe('empty-account', () => {
  test("lists are consistently empty, and one application is the API's own 404", async () => {
    const account = await emulator({ faults: always({ kind: 'empty-account' }) });
    const [id] = account.admin.seed(3);

    const listed = await call(account, 'GET');
    const one = await call(account, 'GET', `/${id}`);

    expect([listed.status, listed.body['total_items'], namesOf(listed)]).toEqual([200, 0, []]);
    expect([one.status, one.body['detail']]).toEqual([404, `ID '${id}' does not exist, or you do not have access`]);
  });

  test('writes work', async () => {
    const account = await emulator({ faults: always({ kind: 'empty-account' }) });
    const [first, second] = account.admin.seed(2);

    const created = await call(account, 'POST', '', { body: aBody() });
    const replaced = await call(account, 'PUT', `/${first}`, { body: { name: 'Renamed' } });
    const removed = await call(account, 'DELETE', `/${second}`);

    expect([created.status, replaced.status, removed.status]).toEqual([201, 200, 204]);
    expect(account.admin.applications().map(({ name }) => name)).toEqual(['Renamed', 'Support']);
  });
});

describe('lag', () => {
  test('reads show neither creates nor updates nor deletes of the period', async () => {
    let now = 0;
    const account = await emulator({ now: () => now });
    const [updated, deleted] = account.admin.seed(3);
    now = 1000;
    await call(account, 'PUT', `/${updated}`, { body: { name: 'Renamed' } });
    await call(account, 'DELETE', `/${deleted}`);
    const created = idOf((await call(account, 'POST', '', { body: aBody() })).body);
    account.admin.faults(always({ kind: 'lag', ms: 500 }));

    now = 1499;
    const early = await call(account, 'GET');
    const ones = [created, updated, deleted].map((id) => call(account, 'GET', `/${id}`));
    const [missing, old, kept] = await Promise.all(ones);
    now = 1500;
    const late = await call(account, 'GET');

    expect(namesOf(early)).toEqual(['Application 1', 'Application 2', 'Application 3']);
    expect(early.body['total_items']).toBe(3);
    expect([missing?.status, missing?.body['detail']]).toEqual([
      404,
      `ID '${created}' does not exist, or you do not have access`,
    ]);
    expect([old?.body['name'], kept?.body['name']]).toEqual(['Application 1', 'Application 2']);
    expect(namesOf(late)).toEqual(['Renamed', 'Application 3', 'Support']);
  });

  test('what another writer did is missing as well', async () => {
    const account = await emulator({ faults: always({ kind: 'lag', ms: 60_000 }) });
    const [id = ''] = account.admin.seed(1);
    account.admin.put(id, { name: 'Theirs' });

    expect(namesOf(await call(account, 'GET'))).toEqual(['Application 1']);
  });

  test('writes go to the account itself', async () => {
    const account = await emulator({ faults: always({ kind: 'lag', ms: 60_000 }) });
    const id = idOf((await call(account, 'POST', '', { body: aBody() })).body);

    const replaced = await call(account, 'PUT', `/${id}`, { body: { name: 'Renamed' } });

    expect(replaced.status).toBe(200);
    expect(account.admin.applications()).toMatchObject([{ id, name: 'Renamed' }]);
  });

  test('after a reset there is no past', async () => {
    const account = await emulator();
    const [id] = account.admin.seed(1);
    await call(account, 'DELETE', `/${id}`);
    account.admin.reset();
    account.admin.faults(always({ kind: 'lag', ms: 60_000 }));

    expect(namesOf(await call(account, 'GET'))).toEqual([]);
  });

  test('the past is bounded: of many changes the latest ten thousand are left out', async () => {
    const account = await emulator({ faults: always({ kind: 'lag', ms: 60_000 }) });
    const [id = ''] = account.admin.seed(1);

    for (let count = 1; count <= 11_000; count += 1) account.admin.put(id, { name: `Name ${count}` });

    expect(namesOf(await call(account, 'GET'))).toEqual(['Name 1000']);
  });
});

test('the application that page-shift creates is a change of the period, too', async () => {
  const account = await emulator();
  account.admin.seed(2);
  account.admin.faults([
    { match: { nth: 1 }, action: { kind: 'page-shift' } },
    { action: { kind: 'lag', ms: 60_000 } },
  ]);

  await call(account, 'GET');

  expect(account.admin.applications().map(({ name }) => name)).toEqual(['Application 2', 'Application 3']);
  expect(namesOf(await call(account, 'GET'))).toEqual(['Application 1', 'Application 2']);
});
