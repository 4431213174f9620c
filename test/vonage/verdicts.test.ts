import { describe, expect, test } from 'vitest';
import { nocked } from './nocked.ts';
import { aClient, anId, FakeClock, wireApp, wirePage, wireProblem } from './support.ts';

const api = nocked();
const path = '/v2/applications';
const pathOf = (n: number): string => `${path}/${anId(n)}`;
const pageOf = (page: number): string => `${path}?page_size=100&page=${page}`;
const undashed = anId(1).replaceAll('-', '');
const notFound = wireProblem('not-found', 'Not Found');

describe('a 404 to a GET', () => {
  test.each([
    { title: 'the type of developer.nexmo.com', body: { type: 'https://developer.nexmo.com/api-errors#not-found' } },
    { title: 'the type of developer.vonage.com', body: { type: 'https://developer.vonage.com/en/api#not-found' } },
    { title: 'the id, without a type', body: { detail: `ID '${anId(1)}' does not exist, or you do not have access` } },
    { title: 'the id without dashes', body: { detail: `ID '${undashed}' does not exist` } },
    { title: 'the id in upper case', body: { detail: `ID '${undashed.toUpperCase()}' does not exist` } },
  ])('with $title is the word of the API', async ({ body }) => {
    api().get(pathOf(1)).reply(404, body);

    expect(await aClient().get(anId(1))).toBeUndefined();
  });

  const path404 = { timestamp: '2026-11-23T12:00:00Z', status: 404, error: 'Not Found', path: pathOf(1) };

  test.each([
    { title: "a gateway's title", body: { title: 'Not Found', status: 404 } },
    { title: "a gateway's message", body: { message: 'no Route matched' } },
    { title: "Spring's body, which names the id", body: path404 },
    {
      title: "Spring's problem",
      body: { type: 'about:blank', title: 'Not Found', detail: `ID '${anId(1)}' does not exist` },
    },
    { title: 'a type of another host', body: { type: 'https://developer.nexmo.com.evil.org/api-errors#not-found' } },
    { title: 'a type that is not https', body: { type: 'http://developer.nexmo.com/api-errors#not-found' } },
    { title: 'another fragment', body: wireProblem('forbidden', 'Not Found') },
    { title: 'a type that is no address', body: { type: 'not-found' } },
    { title: 'a type that is no text', body: { type: null, detail: `ID '${anId(1)}' does not exist` } },
    { title: 'another id', body: { detail: `ID '${anId(2)}' does not exist` } },
    { title: 'the right type about another id', body: { ...notFound, detail: `ID '${anId(2)}' does not exist` } },
    { title: 'the id later in the detail', body: { detail: `Sorry: ID '${anId(1)}' does not exist` } },
    { title: 'a page', body: '<html>404</html>' },
    { title: 'nothing', body: '' },
    { title: 'null', body: 'null' },
  ])('with $title proves nothing', async ({ body }) => {
    api().get(pathOf(1)).reply(404, body);

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  });
});

describe('ids that no page holds', () => {
  function listed(...numbers: number[]): void {
    api()
      .get(pageOf(1))
      .reply(
        200,
        wirePage(
          numbers.map((n) => wireApp(n)),
          numbers.length,
        ),
      );
  }

  test('are found, missing or unconfirmed, each by its own GET', async () => {
    listed(1);
    api().get(pathOf(2)).reply(200, wireApp(2));
    api().get(pathOf(3)).reply(404, notFound);
    api().get(pathOf(4)).reply(404, { title: 'Not Found', status: 404 });
    api().get(pathOf(5)).reply(400, wireProblem('x', 'Bad Request'));
    api().get(pathOf(6)).reply(200, '<html>');
    api().get(pathOf(7)).reply(200, wireApp(8));
    api().get(pathOf(9)).times(6).reply(503);

    const live = await aClient().list({ confirm: [1, 2, 3, 4, 5, 6, 7, 9].map(anId) });

    expect(live.applications.map(({ id }) => id)).toEqual([anId(1), anId(2)]);
    expect(live.missing).toEqual(new Set([anId(3)]));
    expect(live.unconfirmed).toEqual(new Set([4, 5, 6, 7, 9].map(anId)));
  });

  test.each([
    { title: 'wrong credentials', status: 401, fragment: 'unauthorized', code: 'E_API_UNAUTHORIZED' },
    { title: "a proxy's login", status: 401, fragment: undefined, code: 'E_API_RESPONSE_UNREADABLE' },
    { title: 'a forbidden account', status: 403, fragment: 'forbidden', code: 'E_API_FORBIDDEN' },
  ])('are not unconfirmed but fail the listing for $title', async ({ status, fragment, code }) => {
    listed();
    api()
      .get(pathOf(1))
      .reply(status, fragment && wireProblem(fragment, 'x'));

    await expect(aClient().list({ confirm: [anId(1)] })).rejects.toMatchObject({ code });
  });

  test('fail the listing when the circuit opens', async () => {
    listed();
    api().get(pathOf(1)).times(6).reply(503);
    api().get(pathOf(2)).times(4).reply(503);

    const client = aClient({ concurrency: 1 });

    await expect(client.list({ confirm: [1, 2, 3].map(anId) })).rejects.toMatchObject({ code: 'E_API_CIRCUIT_OPEN' });
  });

  test('fail the listing when it is stopped between two attempts', async () => {
    const stop = new AbortController();
    const clock = new FakeClock();
    const stoppedAsleep = {
      monotonic: () => clock.monotonic(),
      now: () => clock.now(),
      sleep: (ms: number, signal?: AbortSignal) => {
        stop.abort();
        return clock.sleep(ms, signal);
      },
    };
    listed();
    api().get(pathOf(1)).reply(503, wireProblem('x', 'Down'));
    const client = aClient({ clock: stoppedAsleep });

    await expect(client.list({ confirm: [anId(1)], signal: stop.signal })).rejects.toMatchObject({
      code: 'E_ABORTED',
    });
  });

  test('are unconfirmed beyond the limit: what was not asked for proves nothing', async () => {
    listed();
    for (const n of [1, 2]) api().get(pathOf(n)).reply(404, notFound);

    const live = await aClient().list({ confirm: [1, 2, 3, 4].map(anId), confirmAtMost: 2 });

    expect(live.missing).toEqual(new Set([1, 2].map(anId)));
    expect(live.unconfirmed).toEqual(new Set([3, 4].map(anId)));
  });

  test.each([
    { title: 'one is there', status: 200, body: wireApp(2) },
    { title: 'a gateway answers', status: 404, body: { title: 'Not Found' } },
  ])('are not asked for beyond the limit either when within it $title', async ({ status, body }) => {
    listed();
    api().get(pathOf(1)).reply(404, notFound);
    api().get(pathOf(2)).reply(status, body);

    const live = await aClient().list({ confirm: [1, 2, 3, 4].map(anId), confirmAtMost: 2 });

    expect(live.missing).toEqual(new Set([anId(1)]));
    expect([...live.unconfirmed]).toEqual(expect.arrayContaining([3, 4].map(anId)));
  });

  test('are never missing without one having been asked for', async () => {
    listed();
    api().get(pathOf(1)).reply(200, wireApp(1));

    const live = await aClient().list({ confirm: [1, 2].map(anId), confirmAtMost: 0 });

    expect(live.missing).toEqual(new Set());
  });

  test('are unconfirmed once asking for them has taken too long', async () => {
    const clock = new FakeClock();
    listed();
    api()
      .get(pathOf(1))
      .reply(404, () => {
        clock.advance(300_001);
        return notFound;
      });

    let requests = 0;
    const observe = (): void => {
      requests += 1;
    };
    const client = aClient({ clock, concurrency: 1, observe });

    const live = await client.list({ confirm: [1, 2].map(anId) });

    expect(requests).toBe(2);
    expect(live).toMatchObject({ missing: new Set([anId(1)]), unconfirmed: new Set([anId(2)]) });
  });
});

describe("the API's own time", () => {
  test.each([
    { date: 'Mon, 23 Nov 2026 12:00:05 GMT', expected: Date.parse('2026-11-23T12:00:05Z') },
    { date: 'Mon, 23 Nov 2026 12:00:05 GMT, Mon, 23 Nov 2026 12:00:06 GMT', expected: undefined },
    { date: 'Mon, 99 Nov 2026 12:00:05 GMT', expected: undefined },
    { date: '2026-11-23T12:00:05Z', expected: undefined },
    { date: '-1', expected: undefined },
    { date: '', expected: undefined },
  ])('of "$date" is $expected', async ({ date, expected }) => {
    api().get(pageOf(1)).reply(200, wirePage([], 0), { date });

    expect((await aClient().list({ confirm: [] })).serverTime).toBe(expected);
  });

  test('is that of the first page', async () => {
    const halves = { page_size: 1 };
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1)], 2), ...halves }, { date: 'Mon, 23 Nov 2026 12:00:05 GMT' });
    api()
      .get(pageOf(2))
      .reply(200, { ...wirePage([wireApp(2)], 2), ...halves }, { date: 'Mon, 23 Nov 2026 12:09:09 GMT' });

    const live = await aClient().list({ confirm: [] });

    expect(live).toMatchObject({ stable: true, serverTime: Date.parse('2026-11-23T12:00:05Z') });
  });

  test('is unknown when the response does not say', async () => {
    api().get(pageOf(1)).reply(200, wirePage([], 0));

    expect(await aClient().list({ confirm: [] })).not.toHaveProperty('serverTime');
  });
});
