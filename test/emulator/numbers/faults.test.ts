import { expect, test } from 'vitest';
import { parseFault } from '../../../src/emulator/flags.ts';
import { call, callNumbers, emulator } from '../client.ts';
import { aNumber, msisdnsOf, someNumbers } from './numbers.ts';

const LIST = '/account/numbers?size=100';
const { country, msisdn } = aNumber(1);
const form = { country, msisdn, app_id: '6e9d1b2c-0000-4000-8000-000000000001' };

async function accountWith(rule: string, count = 3): ReturnType<typeof emulator> {
  return emulator({ numbers: someNumbers(count), faults: [parseFault(rule)] });
}

test.each([
  { status: 401, label: 'authentication failed' },
  { status: 420, label: 'method failed' },
  { status: 429, label: 'the request ended with status 429' },
  { status: 500, label: 'the request ended with status 500' },
])('an injected $status has the old envelope', async ({ status, label }) => {
  const account = await accountWith(`GET@account/numbers:status=${status},7`);

  const listed = await callNumbers(account, 'GET', LIST);

  expect([listed.status, listed.headers.get('retry-after')]).toEqual([status, '7']);
  expect(listed.body).toEqual({ 'error-code': String(status), 'error-code-label': label });
});

test('a rule with a path strikes the numbers and leaves the applications alone', async () => {
  const account = await accountWith('*@account/numbers:status=500');

  expect((await callNumbers(account, 'GET', LIST)).status).toBe(500);
  expect((await call(account, 'GET')).status).toBe(200);
});

test('an update that is answered 500 after its work is done', async () => {
  const account = await accountWith('POST@number/update:status=500,after');

  expect((await callNumbers(account, 'POST', '/number/update', { form })).status).toBe(500);
  expect(account.admin.numbers()[0]).toMatchObject({ app_id: form.app_id });
});

test("a gateway's page comes in place of the list", async () => {
  const account = await accountWith('GET@account/numbers:html=200');

  const { status, headers, text } = await callNumbers(account, 'GET', LIST);

  expect([status, headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(text).toContain('<html>');
});

test.each(['reset-before', 'reset-after', 'truncate'])('%s loses the response', async (kind) => {
  const account = await accountWith(`GET@account/numbers:${kind}:x1`);

  await expect(callNumbers(account, 'GET', LIST)).rejects.toThrow();
  expect(msisdnsOf(await callNumbers(account, 'GET', LIST))).toHaveLength(3);
});

test('an update whose response is lost has done its work', async () => {
  const account = await accountWith('POST@number/update:reset-after');

  await expect(callNumbers(account, 'POST', '/number/update', { form })).rejects.toThrow();
  expect(account.admin.numbers()[0]).toMatchObject({ app_id: form.app_id });
});

test.each([
  { rule: 'GET:short-page', count: 3, numbers: 0 },
  { rule: 'GET:short-page=2', count: 3, numbers: 2 },
  { rule: 'GET:total=7', count: 7, numbers: 3 },
  { rule: 'GET:total="7"', count: '7', numbers: 3 },
  { rule: 'GET:total=none', count: undefined, numbers: 3 },
  { rule: 'GET:empty-account', count: undefined, numbers: 0 },
  { rule: 'GET:huge=1', count: 3, numbers: 3 },
  { rule: 'GET:deep=10', count: 3, numbers: 3 },
])('$rule: the list claims $count and shows $numbers', async ({ rule, count, numbers }) => {
  const account = await accountWith(rule);

  const listed = await callNumbers(account, 'GET', LIST);

  expect(listed.status).toBe(200);
  expect(listed.body['count']).toBe(count);
  expect(msisdnsOf(listed)).toHaveLength(numbers);
});

test('repeat-page: every page shows the numbers of the first one', async () => {
  const account = await accountWith('GET:repeat-page', 25);

  const first = await callNumbers(account, 'GET', '/account/numbers?size=10&index=1');
  const third = await callNumbers(account, 'GET', '/account/numbers?size=10&index=3');

  expect(msisdnsOf(third)).toEqual(msisdnsOf(first));
  expect(third.body['count']).toBe(25);
});

test.each([
  { rule: 'GET@account/numbers:page-shift:x1', gone: aNumber(1).msisdn },
  { rule: `GET@account/numbers:page-shift=${aNumber(2).msisdn}:x1`, gone: aNumber(2).msisdn },
])('$rule: after the page one number is given up and another one rented', async ({ rule, gone }) => {
  const account = await accountWith(rule, 25);

  const before = msisdnsOf(await callNumbers(account, 'GET', LIST));
  const after = msisdnsOf(await callNumbers(account, 'GET', LIST));

  expect(before).toContain(gone);
  expect(after).not.toContain(gone);
  expect(after).toHaveLength(25);
  expect(after.slice(0, -1)).toEqual(before.filter((number) => number !== gone));
});

test('page-shift in an account without numbers rents one', async () => {
  const account = await accountWith('GET:page-shift:x1', 0);

  expect((await callNumbers(account, 'GET', LIST)).text).toBe('{}');
  expect(msisdnsOf(await callNumbers(account, 'GET', LIST))).toEqual(['447700900000']);
});

test('lag: the list is as it was so long ago', async () => {
  let now = 1_000_000;
  const account = await emulator({ numbers: someNumbers(2), faults: [parseFault('GET:lag=10s')], now: () => now });
  account.admin.putNumbers([aNumber(3)]);
  now += 5000;
  account.admin.removeNumber(aNumber(1).msisdn);

  const seen = [];
  for (const waitMs of [0, 6000, 5000]) {
    now += waitMs;
    seen.push(msisdnsOf(await callNumbers(account, 'GET', LIST)));
  }

  const [one, two, three] = someNumbers(3).map(({ msisdn: number }) => number);
  expect(seen).toEqual([
    [one, two],
    [one, two, three],
    [two, three],
  ]);
});

test('faults of applications neither strike nor count requests for numbers', async () => {
  const rules = ['GET:foreign-writer:#1', 'POST:stale-list:#1', 'POST:no-key:#1'];
  const account = await emulator({ numbers: someNumbers(3), faults: rules.map(parseFault) });

  await callNumbers(account, 'GET', LIST);
  await callNumbers(account, 'POST', '/number/update', { form });

  expect(account.admin.requests().map(({ fault }) => fault)).toEqual([undefined, undefined]);
});
