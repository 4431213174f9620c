import { expect, test } from 'vitest';
import type { OwnedNumber } from '../../../src/emulator/numbers/owned-number.ts';
import { call, callNumbers, emulator } from '../client.ts';
import { aNumber } from './numbers.ts';

const LINE = '6e9d1b2c-0000-4000-8000-000000000001';
const OTHER = '6e9d1b2c-0000-4000-8000-000000000002';
const plain = aNumber(1);
const { country, msisdn } = plain;
const linkedTo = (id: string): Partial<OwnedNumber> => ({
  voiceCallbackType: 'app',
  voiceCallbackValue: id,
  app_id: id,
});

const cases: readonly {
  readonly title: string;
  readonly before?: Partial<OwnedNumber>;
  readonly form: Readonly<Record<string, string>>;
  readonly after: Partial<OwnedNumber>;
}[] = [
  { title: 'an application is linked, and gets the calls', form: { app_id: LINE }, after: linkedTo(LINE) },
  {
    title: 'another application takes its place',
    before: linkedTo(OTHER),
    form: { app_id: LINE },
    after: linkedTo(LINE),
  },
  {
    title: 'another application takes its place, too, when the callback of the first is sent back',
    before: linkedTo(OTHER),
    form: { app_id: LINE, voiceCallbackType: 'app', voiceCallbackValue: OTHER },
    after: linkedTo(LINE),
  },
  { title: 'without an application it is unlinked', before: linkedTo(LINE), form: {}, after: {} },
  { title: 'an empty application is none', before: linkedTo(LINE), form: { app_id: '' }, after: {} },
  {
    title: 'a callback that is sent back without the application stays',
    before: linkedTo(LINE),
    form: { voiceCallbackType: 'app', voiceCallbackValue: LINE },
    after: { voiceCallbackType: 'app', voiceCallbackValue: LINE },
  },
  {
    title: 'calls that are forwarded stay forwarded',
    form: { app_id: LINE, voiceCallbackType: 'sip', voiceCallbackValue: 'sip:a@b.example' },
    after: { app_id: LINE, voiceCallbackType: 'sip', voiceCallbackValue: 'sip:a@b.example' },
  },
  {
    title: 'messages may go to another application',
    form: { messagesCallbackType: 'app', messagesCallbackValue: OTHER },
    after: { messagesCallbackType: 'app', messagesCallbackValue: OTHER },
  },
  {
    title: 'a webhook that is not sent back is gone',
    before: { moHttpUrl: 'https://example.com/sms' },
    form: { app_id: LINE },
    after: linkedTo(LINE),
  },
  {
    title: 'a webhook that is sent stays',
    form: { moHttpUrl: 'https://example.com/sms' },
    after: { moHttpUrl: 'https://example.com/sms' },
  },
  {
    title: 'what else a client sends back is ignored',
    form: { type: 'landline', features: 'SMS', voiceStatusCallback: 'https://example.com', limit: '1', app_id: LINE },
    after: linkedTo(LINE),
  },
];

test.each(cases)('$title', async ({ before = {}, form, after }) => {
  const account = await emulator({ numbers: [{ ...plain, ...before }, aNumber(2)] });

  const { status, body } = await callNumbers(account, 'POST', '/number/update', { form: { country, msisdn, ...form } });

  expect([status, body]).toEqual([200, { 'error-code': '200', 'error-code-label': 'success' }]);
  expect(account.admin.numbers()).toEqual([{ ...plain, ...after }, aNumber(2)]);
});

test('a number is linked, found and unlinked by the requests that vonage-cli makes', async () => {
  const account = await emulator({ numbers: [plain, aNumber(2)] });
  const owned = (query: string) => callNumbers(account, 'GET', `/account/numbers?size=100&index=1&${query}`);
  const callback = { voiceCallbackType: 'app', voiceCallbackValue: LINE };

  const before = await owned(`pattern=${msisdn}`);
  await callNumbers(account, 'POST', '/number/update', { form: { country, msisdn, app_id: LINE } });
  const linked = await owned(`application_id=${LINE}`);
  await callNumbers(account, 'POST', '/number/update', { form: { country, msisdn, ...callback } });
  const unlinked = await owned(`application_id=${LINE}`);

  expect(before.body).toEqual({ count: 1, numbers: [plain] });
  expect(linked.body).toEqual({ count: 1, numbers: [{ ...plain, ...linkedTo(LINE) }] });
  expect(unlinked.body).toEqual({});
});

test.each([
  { title: 'a number of nobody', form: { msisdn: '447700999999' } },
  { title: 'a number of another country', form: { country: 'ES' } },
  { title: 'no number', form: { msisdn: '' } },
  { title: 'no country', form: { country: '' } },
  { title: 'a type of callback without a value', form: { voiceCallbackType: 'sip' } },
  { title: 'a callback without its type', form: { voiceCallbackValue: '447700900001' } },
  { title: 'an unknown type of callback', form: { voiceCallbackType: 'fax', voiceCallbackValue: '1' } },
  { title: 'messages to a type that is none', form: { messagesCallbackType: 'sip', messagesCallbackValue: LINE } },
  { title: 'a messages callback without its type', form: { messagesCallbackValue: LINE } },
])('$title is refused and changes nothing', async ({ form }) => {
  const numbers = [aNumber(1, linkedTo(LINE))];
  const account = await emulator({ numbers });

  const { status, body } = await callNumbers(account, 'POST', '/number/update', { form: { country, msisdn, ...form } });

  expect([status, body]).toEqual([420, { 'error-code': '420', 'error-code-label': 'method failed' }]);
  expect(account.admin.numbers()).toEqual(numbers);
});

test('an update without a body is refused', async () => {
  const account = await emulator({ numbers: [plain] });

  expect((await callNumbers(account, 'POST', '/number/update')).status).toBe(420);
});

test('deleting an application leaves its numbers as they are', async () => {
  const account = await emulator();
  const [id = ''] = account.admin.seed(1);
  account.admin.putNumbers([aNumber(1, linkedTo(id))]);

  const deleted = await call(account, 'DELETE', `/${id}`);

  expect(deleted.status).toBe(204);
  expect(account.admin.numbers()).toEqual([aNumber(1, linkedTo(id))]);
});
