import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/core/application/application.ts';
import type { RequestEvent } from '../../src/vonage/failure.ts';
import { nocked } from './nocked.ts';
import { aClient, anId, FakeClock, memoryLog, wireApp, wirePage, wireProblem } from './support.ts';

const api = nocked();
const path = '/v2/applications';
const one = `${path}/${anId(1)}`;
const pageOf = (page: number): string => `${path}?page_size=100&page=${page}`;

describe('listing', () => {
  test('an account that never holds still is answered as not stable, with all that any page showed', async () => {
    const clock = new FakeClock();
    for (let n = 1; n <= 4; n += 1)
      api()
        .get(pageOf(1))
        .reply(200, wirePage([wireApp(n)], 2));

    const live = await aClient({ clock }).list({ confirm: [] });

    expect(live.stable).toBe(false);
    expect(live.applications.map(({ id }) => id)).toEqual([anId(1), anId(2), anId(3), anId(4)]);
    expect(clock.slept).toEqual([1000, 5000, 15_000]);
  });

  test.each([
    { title: 'its total changed between two pages', second: wirePage([wireApp(2)], 3, 2) },
    { title: 'one application is on two pages', second: wirePage([wireApp(1)], 2, 2) },
  ])('read again after a pause when $title', async ({ second }) => {
    const clock = new FakeClock();
    const halves = { page_size: 1 };
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1)], 2), ...halves });
    api()
      .get(pageOf(2))
      .reply(200, { ...second, ...halves });
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1)], 2), ...halves });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2)], 2, 2), ...halves });

    const live = await aClient({ clock }).list({ confirm: [] });

    expect(live).toMatchObject({ stable: true, applications: [{ id: anId(1) }, { id: anId(2) }] });
    expect(clock.slept).toEqual([1000]);
  });

  test('each page is told as it arrives, and again when the listing is repeated', async () => {
    for (const total of [2, 1])
      api()
        .get(pageOf(1))
        .reply(200, wirePage([wireApp(1)], total));
    const told: (readonly Application[])[] = [];

    const live = await aClient({ clock: new FakeClock() }).list({
      confirm: [],
      onPage: (applications) => told.push(applications),
    });

    expect(told.map((page) => page.map(({ id }) => id))).toEqual([[anId(1)], [anId(1)]]);
    expect(live.applications).toEqual(told[1]);
    expect(live.applications[0]).toBe(told[1]?.[0]);
  });

  test.each([
    { title: 'of all there can be', page: wirePage([wireApp(1)], 9_007_199_254_740_991) },
    { title: 'of a thousand million', page: wirePage([wireApp(1)], 1_000_000_000) },
    { title: 'one above the limit', page: wirePage([wireApp(1)], 100_001) },
    { title: 'on too many small pages', page: { ...wirePage([wireApp(1)], 1_001), page_size: 1 } },
    { title: 'on as many pages as it says', page: { ...wirePage([wireApp(1)], 5_000), total_pages: 1e15 } },
    {
      title: 'on one page as large as it says',
      page: { ...wirePage([wireApp(1)], 1e9), page_size: 1e9, total_pages: 1 },
    },
  ])('a total $title is refused before reading on', async ({ page }) => {
    api().get(pageOf(1)).reply(200, page);

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      details: { reason: expect.stringContaining('limits.pages') },
    });
  });

  test('the limit of pages is the configured one', async () => {
    api()
      .get(pageOf(1))
      .times(2)
      .reply(200, { ...wirePage([wireApp(1)], 3), page_size: 1 });
    for (const n of [2, 3])
      api()
        .get(pageOf(n))
        .reply(200, { ...wirePage([wireApp(n)], 3), page_size: 1 });

    await expect(aClient({ maxPages: 2 }).list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
    });
    expect(await aClient({ maxPages: 3 }).list({ confirm: [] })).toMatchObject({ stable: true });
  });

  test.each([{ total_items: -1 }, { total_items: 1.5 }, { total_items: 1e300 }])(
    'a page that says %o is not a page',
    async (odd) => {
      api()
        .get(pageOf(1))
        .reply(200, { ...wirePage([wireApp(1)], 1), ...odd });

      await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
    },
  );

  const tens = (first: number, count: number) => Array.from({ length: count }, (_, index) => wireApp(first + index));

  test.each([
    { title: 'an empty page', second: [], asked: 2 },
    { title: 'a short page', second: tens(11, 9), asked: 2 },
    { title: 'a page without a new id', second: tens(1, 10), asked: 2 },
  ])('$title before the end stops the reading, and the listing is not stable', async ({ second, asked }) => {
    const pages = [tens(1, 10), second];
    const requested: number[] = [];
    api()
      .get(/page=/)
      .times(4 * asked)
      .reply(({ url }: Request) => {
        const page = Number(new URL(url).searchParams.get('page'));
        requested.push(page);
        return [200, { ...wirePage(pages[page - 1] ?? tens(10 * page, 10), 50), page_size: 10 }];
      });

    const live = await aClient({ concurrency: 1 }).list({ confirm: [] });

    expect(live.stable).toBe(false);
    expect(requested).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  test('more pages than the total needs are not read, whatever the API says of their number', async () => {
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage(tens(1, 7), 7), total_pages: 5 });

    expect(await aClient().list({ confirm: [] })).toMatchObject({ stable: true, applications: { length: 7 } });
  });

  test('an application that is listed twice makes the listing not stable, even if the total counts it once', async () => {
    api()
      .get(pageOf(1))
      .times(4)
      .reply(200, wirePage([wireApp(1), wireApp(1, { name: 'other' })], 1));

    expect(await aClient().list({ confirm: [] })).toMatchObject({ stable: false, applications: { length: 1 } });
  });

  test('a listing that takes too long is given up', async () => {
    const clock = new FakeClock();
    const halves = { page_size: 1 };
    api()
      .get(pageOf(1))
      .reply(200, () => {
        clock.advance(300_001);
        return { ...wirePage([wireApp(1)], 2), ...halves };
      });

    await expect(aClient({ clock }).list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      details: { reason: expect.stringContaining('too long') },
    });
  });

  test('a listing is not given up because the clock is set ahead', async () => {
    const clock = new FakeClock();
    const halves = { page_size: 1 };
    api()
      .get(pageOf(1))
      .reply(200, () => {
        clock.set(86_400_000);
        return { ...wirePage([wireApp(1)], 2), ...halves };
      });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2)], 2), ...halves });

    expect(await aClient({ clock }).list({ confirm: [] })).toMatchObject({ stable: true, applications: { length: 2 } });
  });

  test('a large account has three times as long as its pages take at the rate limit', async () => {
    const clock = new FakeClock();
    api()
      .get(pageOf(1))
      .reply(200, () => {
        clock.advance(599_999);
        return { ...wirePage([wireApp(1)], 2), page_size: 1 };
      });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2)], 2), page_size: 1 });

    const live = await aClient({ clock, requestsPerSecond: 0.01 }).list({ confirm: [] });

    expect(live.stable).toBe(true);
  });

  test('a listing that is not stable is not read again once the time is up', async () => {
    const clock = new FakeClock();
    const halves = { page_size: 1 };
    api()
      .get(pageOf(1))
      .times(2)
      .reply(200, () => {
        clock.advance(200_000);
        return { ...wirePage([wireApp(1)], 2), ...halves };
      });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2)], 3), ...halves });

    const live = await aClient({ clock }).list({ confirm: [] });

    expect(live).toMatchObject({ stable: false, applications: [{ id: anId(1) }, { id: anId(2) }] });
  });

  test('pages that are too large together are refused', async () => {
    const large = 'x'.repeat(300 * 1024);
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1, { large })], 2), page_size: 1 });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2, { large: `${large}${large}${large}` })], 2), page_size: 1 });

    await expect(aClient({ maxPages: 2 }).list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      details: { reason: expect.stringContaining('larger together') },
    });
  });

  test('one page that fails fails the listing: there is no partial list', async () => {
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1)], 2), page_size: 1 });
    api()
      .get(pageOf(2))
      .reply(400, wireProblem('x', 'Bad Request', { detail: 'no' }));

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({ code: 'E_API_REJECTED' });
  });

  test.each([
    { title: 'a total without applications', answer: { total_items: 0 } },
    { title: 'a list', answer: [] },
  ])('$title is not a page', async ({ answer }) => {
    api().get(pageOf(1)).reply(200, answer);

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  });

  test('ids are compared in one form and asked for in the form the API uses', async () => {
    const undashed = anId(1).replaceAll('-', '');
    api()
      .get(pageOf(1))
      .reply(200, wirePage([{ ...wireApp(1), id: undashed }], 1));
    api()
      .get(`${path}/${undashed}`)
      .reply(200, { ...wireApp(1), id: undashed });
    const client = aClient();

    const live = await client.list({ confirm: [anId(1)] });
    const read = await client.get(anId(1));

    expect(live.applications.map(({ id }) => id)).toEqual([anId(1)]);
    expect(read?.id).toBe(anId(1));
  });
});

describe('the outcome of a create', () => {
  const throttled = { status: 429, body: {} };

  test.each([
    { title: '201', answers: [{ status: 201, body: wireApp(1) }], outcome: 'created' },
    { title: '200', answers: [{ status: 200, body: wireApp(1) }], outcome: 'created' },
    { title: '429 then 201', answers: [throttled, { status: 201, body: wireApp(1) }], outcome: 'created' },
    { title: '429 without end', answers: Array(6).fill(throttled), outcome: 'refused' },
    { title: '422', answers: [{ status: 422, body: wireProblem('x', 'no') }], outcome: 'refused' },
    { title: '401', answers: [{ status: 401, body: '' }], outcome: 'refused' },
    { title: '429 then 503', answers: [throttled, { status: 503, body: '' }], outcome: 'unknown' },
    { title: '408', answers: [{ status: 408, body: '' }], outcome: 'unknown' },
    { title: '500', answers: [{ status: 500, body: '' }], outcome: 'unknown' },
    { title: 'a 201 that is not JSON', answers: [{ status: 201, body: '<html>' }], outcome: 'unknown' },
    { title: 'a 201 without an id', answers: [{ status: 201, body: { name: 'x' } }], outcome: 'unknown' },
    { title: '204', answers: [{ status: 204, body: '' }], outcome: 'unknown' },
    { title: 'a redirect', answers: [{ status: 302, body: '' }], outcome: 'unknown' },
  ])('$title: $outcome', async ({ answers, outcome }) => {
    for (const { status, body } of answers) api().post(path).reply(status, body);

    expect(await aClient().create({ name: 'x' })).toMatchObject({ outcome });
  });

  test.each([
    { code: 'ECONNREFUSED', attempts: 6, outcome: 'not-sent', error: 'E_API_UNREACHABLE' },
    { code: 'ENOTFOUND', attempts: 6, outcome: 'not-sent', error: 'E_API_UNREACHABLE' },
    { code: 'CERT_HAS_EXPIRED', attempts: 1, outcome: 'not-sent', error: 'E_API_UNREACHABLE' },
    { code: 'ECONNRESET', attempts: 1, outcome: 'unknown', error: 'E_API_NO_RESPONSE' },
    { code: 'EPIPE', attempts: 1, outcome: 'unknown', error: 'E_API_NO_RESPONSE' },
  ])('$code after $attempts attempts: $outcome', async ({ code, attempts, outcome, error }) => {
    api()
      .post(path)
      .times(attempts)
      .replyWithError(Object.assign(new Error('broken'), { code }));

    expect(await aClient().create({ name: 'x' })).toMatchObject({ outcome, error: { code: error } });
  });

  test('429 and then no connection any more was refused: something did answer', async () => {
    api().post(path).reply(429);
    api()
      .post(path)
      .times(5)
      .replyWithError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));

    expect(await aClient().create({ name: 'x' })).toMatchObject({ outcome: 'refused' });
  });

  test('stopped before it was sent', async () => {
    const signal = AbortSignal.abort();

    expect(await aClient().create({ name: 'x' }, signal)).toMatchObject({
      outcome: 'not-sent',
      error: { code: 'E_ABORTED' },
    });
  });
});

describe('errors', () => {
  test.each([
    { title: '401', status: 401, body: wireProblem('unauthorized', 'Unauthorized'), code: 'E_API_UNAUTHORIZED' },
    { title: '401 without a word', status: 401, body: '', code: 'E_API_RESPONSE_UNREADABLE' },
    { title: '403', status: 403, body: wireProblem('forbidden', 'Forbidden'), code: 'E_API_FORBIDDEN' },
    { title: '415', status: 415, body: wireProblem('x', 'Unsupported'), code: 'E_API_REJECTED' },
    { title: '400 without a word', status: 400, body: '', code: 'E_API_REJECTED' },
    { title: '200 in HTML', status: 200, body: '<html>', code: 'E_API_RESPONSE_UNREADABLE' },
    { title: 'another application', status: 200, body: wireApp(2), code: 'E_API_RESPONSE_UNREADABLE' },
    { title: "a gateway's 404", status: 404, body: { message: 'no Route matched' }, code: 'E_API_RESPONSE_UNREADABLE' },
    { title: '302', status: 302, body: '', code: 'E_API_RESPONSE_UNREADABLE' },
  ])('$title is $code', async ({ status, body, code }) => {
    api().get(one).reply(status, body);

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code });
  });

  test.each([
    { status: 429, body: '', code: 'E_API_RATE_LIMITED' },
    { status: 503, body: wireProblem('x', 'Down'), code: 'E_API_FAILED' },
    { status: 502, body: '<html>Bad gateway</html>', code: 'E_API_RESPONSE_UNREADABLE' },
  ])('$status six times is $code', async ({ status, body, code }) => {
    api().get(one).times(6).reply(status, body);

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code });
  });

  test('what a gateway says is cut to one line of 120 characters', async () => {
    api()
      .get(one)
      .reply(200, `<html>\n<p>${'x'.repeat(500)}`, { 'content-type': 'text/html' });

    await expect(aClient().get(anId(1))).rejects.toMatchObject({
      details: { contentType: 'text/html', snippet: expect.stringMatching(/^<html> <p>x+…$/) },
    });
  });

  test('invalid parameters are told one by one', async () => {
    const invalid = { invalid_parameters: [{ name: 'a', reason: 'too long' }, { name: 'b' }] };
    api()
      .put(one)
      .reply(400, wireProblem('x', 'Bad Request', invalid));

    await expect(aClient().replace(anId(1), { name: 'x' })).rejects.toMatchObject({
      details: { detail: 'a: too long; b: invalid', invalidParameters: ['a: too long', 'b: invalid'] },
    });
  });

  test('an update that was lost and then found no connection may have taken effect', async () => {
    api()
      .put(one)
      .replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    api()
      .put(one)
      .times(5)
      .replyWithError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));

    await expect(aClient().replace(anId(1), { name: 'x' })).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE' });
  });
});

describe('rate limit and repetition', () => {
  test('Retry-After is waited for, and the rate is halved', async () => {
    const clock = new FakeClock();
    const client = aClient({ clock, requestsPerSecond: 10 });
    api().get(one).reply(429, '', { 'retry-after': '7' });
    api().get(one).reply(200, wireApp(1));

    await client.get(anId(1));

    expect(clock.slept[0]).toBe(7000);
    expect(client.requestsPerSecond).toBeLessThan(6);
  });

  test.each([
    { status: 503, rate: 5 },
    { status: 500, rate: 10 },
  ])(
    'a create that meets a $status leaves a rate of $rate: a limiter in front of the API may say so',
    async (meets) => {
      const client = aClient({ requestsPerSecond: 10 });
      api().post(path).reply(meets.status, wireProblem('x', 'Down'));

      await client.create({ name: 'x' });

      expect(client.requestsPerSecond).toBe(meets.rate);
    },
  );

  test('a read that meets a 503 is repeated, and leaves the rate as it is', async () => {
    const client = aClient({ requestsPerSecond: 10 });
    api().get(one).reply(503, wireProblem('x', 'Down'));
    api().get(one).reply(200, wireApp(1));

    await client.get(anId(1));

    expect(client.requestsPerSecond).toBe(10);
  });

  test('a call that would outlast its deadline is not repeated', async () => {
    api().get(one).reply(503, wireProblem('x', 'Down'), { 'retry-after': '30' });

    await expect(aClient({ deadlineMs: 30_000 }).get(anId(1))).rejects.toMatchObject({
      code: 'E_API_FAILED',
      details: { attempts: 1 },
    });
  });

  test('every attempt is observed and logged without its query', async () => {
    const events: RequestEvent[] = [];
    const log = memoryLog();
    api()
      .get(pageOf(1))
      .replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    api().get(pageOf(1)).reply(200, wirePage([], 0));

    await aClient({ observe: (event) => events.push(event), log }).list({ confirm: [] });

    expect(events).toEqual([
      { verb: 'GET', code: 'ECONNRESET', attempt: 1, durationMs: 0 },
      { verb: 'GET', status: 200, attempt: 2, durationMs: 0 },
    ]);
    expect(log.lines.map(([level, fields, message]) => [level, message, fields])).toEqual([
      ['debug', 'request ended', { verb: 'GET', path, attempt: 1, durationMs: 0, code: 'ECONNRESET' }],
      ['debug', 'request will be retried', { verb: 'GET', path, attempt: 1, delayMs: 0, code: 'ECONNRESET' }],
      ['debug', 'request ended', { verb: 'GET', path, attempt: 2, durationMs: 0, status: 200 }],
    ]);
  });

  test.each([86_400_000, -86_400_000])(
    'an open circuit is open as long, though the clock is set by %i',
    async (setBy) => {
      const clock = new FakeClock();
      const client = aClient({ clock });
      api().get(one).times(3).reply(401);
      for (let n = 0; n < 3; n += 1) await expect(client.get(anId(1))).rejects.toThrow();
      clock.set(setBy);

      clock.advance(29_999);
      await expect(client.get(anId(1))).rejects.toMatchObject({
        code: 'E_API_CIRCUIT_OPEN',
        details: { pauseSeconds: 1 },
      });
      clock.advance(1);
      api().get(one).reply(404, wireProblem('x', 'Not Found'));

      expect(await client.get(anId(1)).catch(({ code }) => code)).not.toBe('E_API_CIRCUIT_OPEN');
    },
  );

  test('wrong credentials are tried three times, then not until they change or a while has passed', async () => {
    const clock = new FakeClock();
    let key = 'wrong';
    const client = aClient({ clock, credentials: () => ({ key, secret: 'some-secret' }) });
    const refused = { code: 'E_API_CIRCUIT_OPEN', details: { failures: 3, pauseSeconds: 30, last: 'status 401' } };
    api().get(one).times(3).reply(401, wireProblem('unauthorized', 'Unauthorized'));
    for (let n = 0; n < 3; n += 1)
      await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNAUTHORIZED' });

    await expect(client.get(anId(1))).rejects.toMatchObject(refused);
    expect(await client.create({ name: 'x' })).toMatchObject({ outcome: 'not-sent' });
    clock.advance(30_000);
    api().get(one).reply(401, wireProblem('unauthorized', 'Unauthorized'));
    await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNAUTHORIZED' });
    await expect(client.get(anId(1))).rejects.toMatchObject({ details: { pauseSeconds: 60 } });
    key = 'right';
    api().get(one).reply(200, wireApp(1));

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });
});
