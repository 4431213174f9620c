import { expect, test } from 'vitest';
import { callNumbers, emulator } from '../client.ts';
import { aNumber, msisdnsOf, someNumbers } from './numbers.ts';

const LINE = '6e9d1b2c-0000-4000-8000-000000000001';
const OTHER = '6e9d1b2c-0000-4000-8000-000000000002';

test('an account without numbers is answered with an empty object', async () => {
  const account = await emulator();

  const { status, text } = await callNumbers(account, 'GET', '/account/numbers');

  expect([status, text]).toEqual([200, '{}']);
});

test('numbers are shown as they are, with their total and no links', async () => {
  const linked = aNumber(1, { voiceCallbackType: 'app', voiceCallbackValue: LINE, app_id: LINE });
  const account = await emulator({ numbers: [linked, aNumber(2)] });

  const { body } = await callNumbers(account, 'GET', '/account/numbers');

  expect(body).toEqual({ count: 2, numbers: [linked, aNumber(2)] });
});

test.each([
  { query: '', sizes: [10], count: 250 },
  { query: '?size=100', sizes: [100], count: 250 },
  { query: '?size=100&index=3', sizes: [50], count: 250 },
  { query: '?size=100&index=4', sizes: [0], count: 250 },
])('a page "$query" has its numbers, and the total of all pages', async ({ query, sizes, count }) => {
  const account = await emulator({ numbers: someNumbers(250) });

  const page = await callNumbers(account, 'GET', `/account/numbers${query}`);

  expect([msisdnsOf(page).length]).toEqual(sizes);
  expect(page.body['count']).toBe(count);
});

test('the pages, one after another, are the numbers in their order', async () => {
  const numbers = someNumbers(25);
  const account = await emulator({ numbers });

  const pages = [];
  for (let index = 1; index <= 3; index += 1) {
    pages.push(...msisdnsOf(await callNumbers(account, 'GET', `/account/numbers?size=10&index=${index}`)));
  }

  expect(pages).toEqual(numbers.map(({ msisdn }) => msisdn));
});

const owned = [
  aNumber(1, { app_id: LINE }),
  aNumber(2, { app_id: OTHER }),
  aNumber(3, { messagesCallbackType: 'app', messagesCallbackValue: LINE }),
  aNumber(4, { country: 'ES', msisdn: '34000000001' }),
];

test.each([
  { query: 'country=ES', found: [4] },
  { query: 'country=es', found: [4] },
  { query: `application_id=${LINE}`, found: [1] },
  { query: `application_id=${LINE.replaceAll('-', '').toUpperCase()}`, found: [1] },
  { query: 'has_application=true', found: [1, 2] },
  { query: 'has_application=false', found: [3, 4] },
  { query: 'pattern=34', found: [4] },
  { query: 'pattern=34&search_pattern=0', found: [4] },
  { query: 'pattern=7009&search_pattern=1', found: [1, 2, 3] },
  { query: 'pattern=002&search_pattern=2', found: [2] },
  { query: `has_application=true&country=GB&application_id=${OTHER}`, found: [2] },
])('$query finds its numbers, and counts them', async ({ query, found }) => {
  const account = await emulator({ numbers: owned });

  const page = await callNumbers(account, 'GET', `/account/numbers?${query}`);

  expect(msisdnsOf(page)).toEqual(found.map((nth) => owned[nth - 1]?.msisdn));
  expect(page.body['count']).toBe(found.length);
});

test('a filter that finds nothing is answered with an empty object', async () => {
  const account = await emulator({ numbers: owned });

  expect((await callNumbers(account, 'GET', '/account/numbers?country=US')).text).toBe('{}');
});

test.each(['size=0', 'size=101', 'size=x', 'index=0', 'index=-1', 'search_pattern=3', 'has_application=yes'])(
  '%s is refused',
  async (query) => {
    const account = await emulator({ numbers: owned });

    const { status, body } = await callNumbers(account, 'GET', `/account/numbers?${query}`);

    expect([status, body]).toEqual([420, { 'error-code': '420', 'error-code-label': 'method failed' }]);
  },
);

test.each([
  { verb: 'GET', path: '/account/numbers' },
  { verb: 'POST', path: '/number/update' },
])('$verb $path with wrong credentials is a 401 in the old envelope', async ({ verb, path }) => {
  const account = await emulator({ numbers: owned });

  const { status, headers, body } = await callNumbers(account, verb, path, {
    headers: { authorization: 'Basic eDp5' },
  });

  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Vonage"']);
  expect(body).toEqual({ 'error-code': '401', 'error-code-label': 'authentication failed' });
});

test('credentials in the query are not taken: they would stand in logs', async () => {
  const account = await emulator({ numbers: owned });
  const query = `api_key=${account.apiKey}&api_secret=${account.apiSecret}`;

  const response = await fetch(`${account.url}/account/numbers?${query}`);

  expect(response.status).toBe(401);
});

test.each([
  { verb: 'POST', path: '/account/numbers' },
  { verb: 'DELETE', path: '/account/numbers' },
  { verb: 'GET', path: '/number/update' },
])('$verb $path is refused', async ({ verb, path }) => {
  const account = await emulator({ numbers: owned });

  expect((await callNumbers(account, verb, path)).status).toBe(420);
  expect(account.admin.numbers()).toEqual(owned);
});

test('requests are in the log and are counted; the rate limit is not theirs', async () => {
  const account = await emulator({ numbers: owned, rateLimit: { requests: 1, perMs: 3_600_000 } });

  await callNumbers(account, 'GET', '/account/numbers?size=100');
  await callNumbers(account, 'GET', '/account/numbers?size=100');

  expect(account.admin.requests()).toMatchObject([
    { verb: 'GET', path: '/account/numbers?size=100', status: 200 },
    { verb: 'GET', path: '/account/numbers?size=100', status: 200 },
  ]);
  expect(account.admin.counts().GET).toBe(2);
});
