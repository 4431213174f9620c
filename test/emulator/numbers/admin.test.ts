import { expect, test } from 'vitest';
import { callAdmin, callNumbers, emulator } from '../client.ts';
import { aNumber, someNumbers } from './numbers.ts';

test('the admin shows, adds, changes and removes numbers', async () => {
  const account = await emulator({ numbers: someNumbers(1) });

  const put = await callAdmin(account, 'PUT', '/numbers', [aNumber(1, { app_id: 'x' }), aNumber(2)]);
  const removed = await callAdmin(account, 'DELETE', `/numbers/${aNumber(2).msisdn}`);
  const missing = await callAdmin(account, 'DELETE', `/numbers/${aNumber(2).msisdn}`);
  const shown = await callAdmin(account, 'GET', '/numbers');

  expect(put.body).toEqual({ numbers: [aNumber(1, { app_id: 'x' }), aNumber(2)] });
  expect([removed.status, missing.status]).toEqual([204, 404]);
  expect(shown.body).toEqual({ numbers: [aNumber(1, { app_id: 'x' })] });
});

test('a response of the API can be put as it is', async () => {
  const source = await emulator({ numbers: someNumbers(3) });
  const account = await emulator();

  const { body } = await callNumbers(source, 'GET', '/account/numbers');
  await callAdmin(account, 'PUT', '/numbers', body);

  expect(account.admin.numbers()).toEqual(source.admin.numbers());
});

test('a malformed number is refused and changes nothing', async () => {
  const account = await emulator();

  const refused = await callAdmin(account, 'PUT', '/numbers', [aNumber(1), { country: 'GB', msisdn: '+44' }]);

  expect(refused.status).toBe(400);
  expect(String(refused.body['error'])).toContain('numbers[1].msisdn');
  expect(account.admin.numbers()).toEqual([]);
});

test('a reset forgets the numbers', async () => {
  const account = await emulator({ numbers: someNumbers(2) });

  await callAdmin(account, 'POST', '/reset');

  expect(account.admin.numbers()).toEqual([]);
});
