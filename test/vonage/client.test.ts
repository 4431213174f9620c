import { describe, expect, test } from 'vitest';
import type { RequestEvent } from '../../src/vonage/call.ts';
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

  test('one page that fails fails the listing: there is no partial list', async () => {
    api()
      .get(pageOf(1))
      .reply(200, wirePage([wireApp(1)], 101));
    api()
      .get(pageOf(2))
      .reply(400, wireProblem('x', 'Bad Request', { detail: 'no' }));

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({ code: 'E_API_REJECTED' });
  });

  test.each([
    { title: 'an item without an id', answer: wirePage([{ name: 'x' }], 1) },
    { title: 'an id that is a path', answer: wirePage([{ id: '../x', name: 'x' }], 1) },
    { title: 'no total', answer: { _embedded: { applications: [] } } },
    { title: 'a list', answer: [] },
  ])('$title is not a page', async ({ answer }) => {
    api().get(pageOf(1)).reply(200, answer);

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({ code: 'E_API_ANSWER_UNREADABLE' });
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
    { title: '429 for ever', answers: Array(6).fill(throttled), outcome: 'refused' },
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
    { code: 'ECONNRESET', attempts: 1, outcome: 'unknown', error: 'E_API_NO_ANSWER' },
    { code: 'EPIPE', attempts: 1, outcome: 'unknown', error: 'E_API_NO_ANSWER' },
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
    { title: '401', status: 401, body: '', code: 'E_API_UNAUTHORIZED' },
    { title: '403', status: 403, body: wireProblem('forbidden', 'Forbidden'), code: 'E_API_FORBIDDEN' },
    { title: '415', status: 415, body: wireProblem('x', 'Unsupported'), code: 'E_API_REJECTED' },
    { title: '400 without a word', status: 400, body: '', code: 'E_API_REJECTED' },
    { title: '200 in HTML', status: 200, body: '<html>', code: 'E_API_ANSWER_UNREADABLE' },
    { title: 'another application', status: 200, body: wireApp(2), code: 'E_API_ANSWER_UNREADABLE' },
    { title: "a gateway's 404", status: 404, body: { message: 'no Route matched' }, code: 'E_API_ANSWER_UNREADABLE' },
    { title: '302', status: 302, body: '', code: 'E_API_ANSWER_UNREADABLE' },
  ])('$title is $code', async ({ status, body, code }) => {
    api().get(one).reply(status, body);

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code });
  });

  test.each([
    { status: 429, body: '', code: 'E_API_RATE_LIMITED' },
    { status: 503, body: wireProblem('x', 'Down'), code: 'E_API_FAILED' },
    { status: 502, body: '<html>Bad gateway</html>', code: 'E_API_ANSWER_UNREADABLE' },
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

    await expect(aClient().replace(anId(1), { name: 'x' })).rejects.toMatchObject({ code: 'E_API_NO_ANSWER' });
  });
});

describe('pace and repetition', () => {
  test('Retry-After is waited for, and the pace is halved', async () => {
    const clock = new FakeClock();
    const client = aClient({ clock, requestsPerSecond: 10 });
    api().get(one).reply(429, '', { 'retry-after': '7' });
    api().get(one).reply(200, wireApp(1));

    await client.get(anId(1));

    expect(clock.slept[0]).toBe(7000);
    expect(client.requestsPerSecond).toBeLessThan(6);
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
      ['debug', 'request will be repeated', { verb: 'GET', path, attempt: 1, delayMs: 0, code: 'ECONNRESET' }],
      ['debug', 'request ended', { verb: 'GET', path, attempt: 2, durationMs: 0, status: 200 }],
    ]);
  });

  test('wrong credentials are tried three times, then not until they change or a while has passed', async () => {
    const clock = new FakeClock();
    let key = 'wrong';
    const client = aClient({ clock, credentials: () => ({ key, secret: 'some-secret' }) });
    const refused = { code: 'E_API_CIRCUIT_OPEN', details: { failures: 3, pauseSeconds: 30, last: 'status 401' } };
    api().get(one).times(3).reply(401);
    for (let n = 0; n < 3; n += 1)
      await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNAUTHORIZED' });

    await expect(client.get(anId(1))).rejects.toMatchObject(refused);
    expect(await client.create({ name: 'x' })).toMatchObject({ outcome: 'not-sent' });
    clock.advance(30_000);
    api().get(one).reply(401);
    await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNAUTHORIZED' });
    await expect(client.get(anId(1))).rejects.toMatchObject({ details: { pauseSeconds: 60 } });
    key = 'right';
    api().get(one).reply(200, wireApp(1));

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });
});
