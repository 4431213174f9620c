import { afterEach, describe, expect, test } from 'vitest';
import { parseApplicationId } from '../../../src/core/application/application.ts';
import { startEmulator } from '../../../src/emulator/emulator.ts';
import { NumbersClient } from '../../../src/vonage/numbers/numbers-client.ts';
import { FakeClock, memoryLog, secret, serve } from '../support.ts';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const id = 'aaaaaaaa-bbbb-4ccc-8ddd-000000000001';

function aReader(baseUrl: string, credentials = { key: 'abcd1234', secret }) {
  const clock = new FakeClock();
  const log = memoryLog();
  const reader = new NumbersClient({
    baseUrl,
    credentials: () => credentials,
    credentialsFrom: 'environment VONAGE_API_KEY and VONAGE_API_SECRET',
    clock,
    log,
    random: () => 0,
    allowedHosts: [],
    userAgent: 'test',
  });
  opened.push(reader);
  return { reader, clock, log };
}

async function emulated(count: number) {
  const emulator = await startEmulator({
    numbers: Array.from({ length: count }, (_, index) => ({
      country: 'GB',
      msisdn: String(447_700_900_000 + index),
      type: 'mobile-lvn',
      features: ['VOICE', 'SMS'],
    })),
  });
  opened.push(emulator);
  return { emulator, ...aReader(emulator.url, { key: emulator.apiKey, secret: emulator.apiSecret }) };
}

/** A server that gives these answers, one after another and the last one again and again. */
async function answering(...answers: readonly { readonly status?: number; readonly body: unknown }[]) {
  const asked: string[] = [];
  const server = await serve((request, response) => {
    const { status = 200, body } = answers[Math.min(asked.length, answers.length - 1)] ?? { body: {} };
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  opened.push(server);
  return { asked, ...aReader(server.url) };
}

describe('the numbers of an account', () => {
  test.each([
    { count: 0, requests: 1 },
    { count: 100, requests: 1 },
    { count: 101, requests: 2 },
    { count: 2000, requests: 20 },
  ])('$count of them take $requests requests, one a second', async ({ count, requests }) => {
    const { reader, clock } = await emulated(count);
    const began = clock.monotonic();

    const reading = await reader.readAfresh();

    expect(reading).toMatchObject({ outcome: 'read', at: clock.now() });
    expect(reading.outcome === 'read' && reading.numbers).toHaveLength(count);
    expect(clock.monotonic() - began).toBe((requests - 1) * 1000);
  });

  test('use an application by app_id, or by a callback of type app, in any spelling of its id', async () => {
    const undashed = id.replaceAll('-', '').toUpperCase();
    const { reader } = await answering({
      body: {
        count: 6,
        numbers: [
          { msisdn: '1', app_id: undashed },
          { msisdn: '2', voiceCallbackType: 'app', voiceCallbackValue: id },
          { msisdn: '3', messagesCallbackType: 'app', messagesCallbackValue: id, app_id: id },
          { msisdn: '4', voiceCallbackType: 'sip', voiceCallbackValue: id },
          { msisdn: '5', app_id: 'no id' },
          { msisdn: '6', app_id: null },
        ],
      },
    });

    const reading = await reader.readAfresh();

    const used = [parseApplicationId(id)];
    expect(reading).toMatchObject({
      outcome: 'read',
      numbers: [used, used, used, [], [], []].map((applications) => ({ applications })),
    });
  });

  test('are asked for without key and secret in the URL', async () => {
    const { reader, asked } = await answering({ body: {} });

    await reader.readAfresh();

    expect(asked).toEqual(['GET /account/numbers?size=100&index=1']);
  });

  test('that are none are a body without anything, or a count of 0', async () => {
    for (const body of [{}, { count: 0 }, { count: 0, numbers: [] }]) {
      const { reader } = await answering({ body });

      expect(await reader.readAfresh()).toMatchObject({ outcome: 'read', numbers: [] });
    }
  });

  test.each([
    {
      title: 'a refused key',
      status: 401,
      body: { 'error-code': '401' },
      why: 'status 401, for the credentials from env',
    },
    { title: 'a key that may not', status: 403, body: {}, why: 'status 403' },
    { title: 'a server that fails', status: 500, body: {}, why: 'status 500' },
    { title: 'a limit that stays', status: 429, body: {}, why: 'status 429' },
    { title: 'a page', body: '<html></html>', why: 'not a list of numbers' },
    { title: 'a list', body: [], why: 'not a list of numbers' },
    { title: 'an error with status 200', body: { 'error-code': '420', numbers: [], count: 0 }, why: 'error code 420' },
    { title: 'an error code that is none', body: { 'error-code': 420 }, why: 'error code unknown' },
    { title: 'what another program says', body: { message: 'ok' }, why: 'no count' },
    { title: 'a count that is text', body: { count: '1', numbers: [{ msisdn: '1' }] }, why: 'no count' },
    { title: 'a count without numbers', body: { count: 1 }, why: 'no list of numbers' },
    { title: 'a number that is none', body: { count: 1, numbers: ['1'] }, why: 'cannot be read' },
    { title: 'a number without digits', body: { count: 1, numbers: [{ msisdn: '' }] }, why: 'cannot be read' },
    { title: 'a short page', body: { count: 2, numbers: [{ msisdn: '1' }] }, why: 'changed while it was read' },
    { title: 'a number twice', body: { count: 2, numbers: [{ msisdn: '1' }, { msisdn: '1' }] }, why: 'changed while' },
    { title: 'more than is read', body: { count: 10_001, numbers: [] }, why: 'more than the 10000 that are checked' },
  ])('$title is unknown, never none', async ({ status = 200, body, why }) => {
    const { reader } = await answering({ status, body });

    const reading = await reader.readAfresh();

    expect(reading).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining(why) });
    expect(JSON.stringify(reading)).not.toContain(secret);
  });

  test('that nobody answers for are unknown', async () => {
    const { reader } = aReader('http://127.0.0.1:1');

    expect(await reader.readAfresh()).toMatchObject({ outcome: 'unknown' });
  });

  test('are unknown to whoever stops before they are read', async () => {
    const { reader } = await answering({ body: {} });

    expect(await reader.readAfresh(AbortSignal.abort())).toMatchObject({ outcome: 'unknown' });
  });
});

describe('a list that changes while it is read', () => {
  const short = { count: 2, numbers: [{ msisdn: '1' }] };
  const whole = { count: 2, numbers: [{ msisdn: '1' }, { msisdn: '2' }] };

  test('is read once more', async () => {
    const { reader, asked } = await answering({ body: short }, { body: whole });

    expect(await reader.readAfresh()).toMatchObject({ outcome: 'read' });
    expect(asked).toHaveLength(2);
  });

  test('is unknown when it changes again, by what pages say of their number, too', async () => {
    const page = (count: number, from: number) => ({
      body: { count, numbers: Array.from({ length: 100 }, (_, index) => ({ msisdn: String(from + index) })) },
    });
    const { reader, asked } = await answering(page(200, 0), page(201, 100), page(200, 0), page(201, 100));

    expect(await reader.readAfresh()).toMatchObject({ outcome: 'unknown' });
    expect(asked).toHaveLength(4);
  });
});

describe('a reading', () => {
  test('is shown for ten minutes, and made afresh for what is done', async () => {
    const { reader, clock, asked } = await answering({ body: {} });

    const first = await reader.read();
    clock.advance(599_000);
    const second = await reader.read();
    await reader.readAfresh();
    clock.advance(600_000);
    await reader.read();

    expect(second).toBe(first);
    expect(asked).toHaveLength(3);
  });

  test('that brought nothing is not kept', async () => {
    const { reader } = await answering({ status: 403, body: {} }, { body: {} });

    expect(await reader.read()).toMatchObject({ outcome: 'unknown' });
    expect(await reader.read()).toMatchObject({ outcome: 'read' });
  });

  test('of more than 20 pages is told of before it is made', async () => {
    const { reader, log } = await emulated(2001);

    await reader.read();

    const said = log.lines.filter(([level]) => level === 'warn');
    expect(said).toEqual([['warn', { pages: 21, seconds: 20 }, 'looking for linked numbers takes a while']]);
  });
});

test('the credentials go to no other host than those of the API', () => {
  expect(() => aReader('https://rest.example.com')).toThrow(expect.objectContaining({ code: 'E_HOST_REFUSED' }));
});
