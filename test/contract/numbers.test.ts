import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';
import { parseApplicationId } from '../../src/core/application/application.ts';
import { linkedTo } from '../../src/core/in-use/linked-to.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { isObject, type Json, type JsonObject } from '../../src/emulator/json.ts';
import { NumbersClient } from '../../src/vonage/numbers/numbers-client.ts';
import { anId, memoryLog } from '../vonage/support.ts';

/**
 * What we rely on of the Numbers API. Reading runs against the emulator always, and against a real account when `VONAGE_CONTRACT_API_KEY`
 * and `VONAGE_CONTRACT_API_SECRET` are in the environment (`VONAGE_CONTRACT_REST_URL` for another host than rest.nexmo.com). Linking and
 * unlinking runs against the emulator alone: it would silence a line.
 */
interface Account {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Takes writes. */
  readonly isOurs: boolean;
  readonly close: () => Promise<void>;
}

interface Target {
  readonly title: string;
  readonly open: () => Promise<Account>;
}

const { VONAGE_CONTRACT_API_KEY: apiKey, VONAGE_CONTRACT_API_SECRET: apiSecret } = process.env;
const url = process.env['VONAGE_CONTRACT_REST_URL'] ?? 'https://rest.nexmo.com';
const numbers = Array.from({ length: 23 }, (_, index) => ({
  country: 'GB',
  msisdn: String(447_700_900_000 + index),
  type: 'mobile-lvn',
  features: ['VOICE', 'SMS'],
}));

const targets: Target[] = [
  { title: 'emulator', open: async () => ours(await startEmulator({ numbers })) },
  { title: 'emulator without numbers', open: async () => ours(await startEmulator()) },
];
if (apiKey !== undefined && apiSecret !== undefined) {
  const close = async () => undefined;
  targets.push({ title: `account ${apiKey}`, open: async () => ({ url, apiKey, apiSecret, isOurs: false, close }) });
}

function ours(emulator: Emulator): Account {
  return { ...emulator, isOurs: true };
}

describe.each(targets)('$title', ({ open }) => {
  let account: Account;

  beforeAll(async () => {
    account = await open();
  });

  afterAll(() => account.close());

  async function call(path: string, form?: Readonly<Record<string, string>>, secret = account.apiSecret) {
    const authorization = `Basic ${Buffer.from(`${account.apiKey}:${secret}`).toString('base64')}`;
    const response = await fetch(`${account.url}${path}`, {
      headers: { authorization, accept: 'application/json' },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    const body: Json = JSON.parse(await response.text());
    return { status: response.status, body: isObject(body) ? body : {} };
  }

  /** All numbers, by pages of so many. */
  async function owned(size: number, filter = ''): Promise<{ counts: Set<unknown>; numbers: readonly JsonObject[] }> {
    const counts = new Set<unknown>();
    const all: JsonObject[] = [];
    for (let index = 1; ; index += 1) {
      const { status, body } = await call(`/account/numbers?size=${size}&index=${index}${filter}`);
      expect(status).toBe(200);
      counts.add(body['count']);
      all.push(...itemsOf(body));
      if (!(Number(body['count'] ?? 0) > size * index)) return { counts, numbers: all };
    }
  }

  test('every page has one count, which is how many different numbers there are', async () => {
    const { counts, numbers: all } = await owned(10);

    expect(counts.size).toBe(1);
    expect(new Set(all.map(({ msisdn }) => msisdn)).size).toBe(Number([...counts][0] ?? 0));
  });

  test('the size of the pages does not matter', async () => {
    const [small, large] = [await owned(7), await owned(100)];

    expect(large.numbers.map(({ msisdn }) => msisdn).toSorted()).toEqual(
      small.numbers.map(({ msisdn }) => msisdn).toSorted(),
    );
  });

  test('each has a country and digits, and what it names is text', async () => {
    for (const number of (await owned(100)).numbers) {
      expect(number).toMatchObject({
        country: expect.stringMatching(/^[A-Z]{2}$/),
        msisdn: expect.stringMatching(/^\d+$/),
      });
      for (const member of ['app_id', 'voiceCallbackValue', 'messagesCallbackValue']) {
        expect(['string', 'undefined']).toContain(typeof number[member]);
      }
    }
  });

  test('our reader sees the same numbers, each with the applications that it uses', async () => {
    const { numbers: all } = await owned(100);
    const reader = readerOf(account);

    const reading = await reader.readAfresh().finally(() => reader.close());

    expect(reading).toMatchObject({
      outcome: 'read',
      numbers: all.map(({ msisdn }) => ({ msisdn, applications: expect.any(Array) })),
    });
  });

  test('our reader takes a wrong secret for not knowing', async () => {
    const reader = readerOf({ ...account, apiSecret: 'wrong' });

    const reading = await reader.readAfresh().finally(() => reader.close());

    expect(reading).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('401') });
  });

  test('a filter that finds nothing is answered without any field', async () => {
    const found = await call(`/account/numbers?application_id=${randomUUID()}`);

    expect(found).toEqual({ status: 200, body: {} });
  });

  test('with a wrong secret nothing can be seen, and the error has its old form', async () => {
    const refused = await call('/account/numbers', undefined, 'wrong');

    expect(refused.status).toBe(401);
    expect(refused.body['error-code']).toBe('401');
    expect(itemsOf(refused.body)).toEqual([]);
  });

  test('a number is linked by its form, found by its application, and unlinked without it', async ({ skip }) => {
    const [first] = (await owned(100)).numbers;
    if (!account.isOurs || first === undefined) return skip('nothing is written to a real account');
    const number = { country: String(first['country']), msisdn: String(first['msisdn']) };
    const id = randomUUID();

    const linked = await call('/number/update', { ...number, app_id: id });
    const found = await owned(100, `&application_id=${id}`);
    const reader = readerOf(account);
    const reading = await reader.readAfresh().finally(() => reader.close());
    const unlinked = await call('/number/update', number);
    const left = await owned(100, `&application_id=${id}`);

    expect([linked.body['error-code'], unlinked.body['error-code']]).toEqual(['200', '200']);
    expect(found.numbers).toMatchObject([{ ...number, app_id: id }]);
    expect(left.numbers).toEqual([]);
    const read = reading.outcome === 'read' ? reading.numbers : [];
    expect(linkedTo(read, [parseApplicationId(id) ?? anId(0)])).toMatchObject([{ msisdn: number.msisdn }]);
    return undefined;
  });

  test('a number of nobody cannot be updated', async ({ skip }) => {
    if (!account.isOurs) return skip('nothing is written to a real account');

    const refused = await call('/number/update', { country: 'GB', msisdn: '447700999999', app_id: randomUUID() });

    expect(refused.body).toEqual({ 'error-code': '420', 'error-code-label': 'method failed' });
    return undefined;
  });
});

function readerOf({ url: baseUrl, apiKey: key, apiSecret: secret }: Account): NumbersClient {
  return new NumbersClient({
    baseUrl,
    credentials: () => ({ key, secret }),
    credentialsFrom: 'the test',
    clock: systemClock,
    random: () => 0,
    log: memoryLog(),
    allowedHosts: [],
    userAgent: 'vonage-gitops contract',
  });
}

function itemsOf(page: JsonObject): readonly JsonObject[] {
  const items = page['numbers'];
  return Array.isArray(items) ? items.filter(isObject) : [];
}
