import { describe, expect, test } from 'vitest';
import { nocked } from './nocked.ts';
import { aClient, anId, wireApp, wirePage } from './support.ts';

const api = nocked();
const path = '/v2/applications';
const pageOf = (page: number) => `${path}?page_size=100&page=${page}`;
const manyFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => wireApp(first + index));
const withoutTotal = (applications: readonly object[], size: number | null = 100) => ({
  ...(size === null ? {} : { page_size: size }),
  _embedded: { applications },
});
const idsOf = (applications: readonly { readonly id: string }[]) => applications.map(({ id }) => id);

describe('an application in a listing that cannot be read', () => {
  test.each([
    { title: 'a null name', item: { ...wireApp(2), name: null }, id: anId(2), problem: '"name" is null' },
    { title: 'no name', item: { id: anId(2) }, id: anId(2), problem: '"name" is missing' },
    { title: 'a name that is a number', item: { id: anId(2), name: 7 }, id: anId(2), problem: '"name" is a number' },
    { title: 'no id', item: { name: 'x' }, problem: '"id" is missing' },
    { title: 'a null id', item: { id: null, name: 'x' }, problem: '"id" is null' },
    { title: 'an id that is a path', item: { id: '../x', name: 'x' }, problem: '"id" is not a UUID' },
    { title: 'null in its place', item: null, problem: 'it is null' },
  ])('is named, and the others are known: $title', async ({ item, id, problem }) => {
    const page = { ...wirePage([wireApp(1)], 3), _embedded: { applications: [wireApp(1), item, wireApp(3)] } };
    api().get(pageOf(1)).reply(200, page);

    const live = await aClient().list({ confirm: [] });

    expect(live.stable).toBe(false);
    expect(idsOf(live.applications)).toEqual([anId(1), anId(3)]);
    const where = id ?? 'the application at position 2 of page 1';
    expect(live.unreadable).toEqual([{ where, problem, ...(id === undefined ? {} : { id }) }]);
  });

  test('counts as present: no one asks whether it is gone', async () => {
    api()
      .get(pageOf(1))
      .reply(200, wirePage([wireApp(1), { id: anId(2), name: null }], 2));

    const live = await aClient().list({ confirm: [anId(1), anId(2)] });

    expect([...live.missing]).toEqual([]);
    expect([...live.unconfirmed]).toEqual([anId(2)]);
  });

  test('is read like the others where it is asked for alone, and the field is named', async () => {
    api()
      .get(`${path}/${anId(2)}`)
      .reply(200, { id: anId(2), name: null });

    await expect(aClient().get(anId(2))).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      message: expect.stringContaining('"name" is null'),
    });
  });

  test('does not make a listing stable that changes: all that any reading showed is there', async () => {
    const odd = { id: anId(9), name: null };
    for (const items of [[odd], [odd], [{ ...wireApp(9) }], [odd]]) api().get(pageOf(1)).reply(200, wirePage(items, 2));

    const live = await aClient().list({ confirm: [] });

    expect(live).toMatchObject({ stable: false });
    expect(idsOf(live.applications)).toEqual([anId(9)]);
    expect(live.unreadable).toBeUndefined();
  });
});

describe('a page', () => {
  test.each([
    { total_items: '1' },
    { total_items: 1, page_size: 0 },
    { total_items: 1, page_size: -5 },
    { total_items: 1, total_pages: -1 },
    { total_items: 1, page_size: '100', total_pages: '1' },
  ])('that says %o is read', async (odd) => {
    api()
      .get(pageOf(1))
      .reply(200, { ...wirePage([wireApp(1)], 1), ...odd });

    const live = await aClient().list({ confirm: [] });

    expect(live).toMatchObject({ stable: true });
    expect(live).not.toHaveProperty('uncounted');
  });

  test.each([
    { body: { total_items: 1 }, message: '"_embedded.applications" is missing where a list is expected' },
    { body: { _embedded: { applications: {} } }, message: '"_embedded.applications" is an object where' },
    { body: { ...wirePage([], 0), total_items: 'many' }, message: '"total_items" is text that is not a count' },
    { body: { ...wirePage([], 0), total_items: 1.5 }, message: '"total_items" is a number that is not a count' },
    { body: { hello: 'world' }, message: 'returned a response that is not from the Application API' },
  ])('is refused with its field: $message', async ({ body, message }) => {
    api().get(pageOf(1)).reply(200, body);

    await expect(aClient().list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      message: expect.stringContaining(message),
    });
  });

  test('may begin with a byte order mark', async () => {
    api()
      .get(pageOf(1))
      .reply(200, `\u{feff}${JSON.stringify(wirePage([wireApp(1)], 1))}`, { 'content-type': 'application/json' });

    expect(await aClient().list({ confirm: [] })).toMatchObject({ stable: true, applications: [{ id: anId(1) }] });
  });
});

describe('pages that do not say how many applications there are', () => {
  test('are read to the first short one, twice', async () => {
    for (let reading = 0; reading < 2; reading += 1) {
      api()
        .get(pageOf(1))
        .reply(200, withoutTotal(manyFrom(1, 100)));
      api()
        .get(pageOf(2))
        .reply(200, withoutTotal(manyFrom(101, 3)));
    }

    const live = await aClient().list({ confirm: [] });

    expect(live).toMatchObject({ stable: true, uncounted: true });
    expect(live.applications).toHaveLength(103);
  });

  test('are read to an empty one where they do not say their size, either', async () => {
    for (let reading = 0; reading < 2; reading += 1) {
      api()
        .get(pageOf(1))
        .reply(200, withoutTotal(manyFrom(1, 50), null));
      api()
        .get(pageOf(2))
        .reply(200, withoutTotal(manyFrom(51, 2), null));
      api().get(pageOf(3)).reply(200, withoutTotal([], null));
    }

    expect((await aClient().list({ confirm: [] })).applications).toHaveLength(52);
  });

  test.each([
    { title: 'other applications', second: [withoutTotal([wireApp(2)])] },
    { title: 'more applications', second: [withoutTotal([wireApp(1), wireApp(2)])] },
    { title: 'one that cannot be read', second: [withoutTotal([{ id: anId(1), name: null }])] },
    { title: 'one twice', second: [withoutTotal([wireApp(1), wireApp(1)])] },
    { title: 'a full page again', second: [withoutTotal([wireApp(1)], 1), withoutTotal([wireApp(1)], 1)] },
    { title: 'a total on a later page', second: [withoutTotal([wireApp(1)], 1), wirePage([wireApp(2)], 2)] },
  ])('are not stable when the second reading shows $title', async ({ second }) => {
    api()
      .get(pageOf(1))
      .reply(200, withoutTotal([wireApp(1)]));
    for (const [index, page] of second.entries())
      api()
        .get(pageOf(index + 1))
        .reply(200, page);

    expect(await aClient().list({ confirm: [] })).toMatchObject({ stable: false, uncounted: true });
  });

  test('are no matter once a reading says how many there are', async () => {
    api()
      .get(pageOf(1))
      .reply(200, withoutTotal([wireApp(1)]));
    api()
      .get(pageOf(1))
      .reply(200, wirePage([wireApp(1), wireApp(2)], 2));

    const live = await aClient().list({ confirm: [] });

    expect(live).toMatchObject({ stable: true });
    expect(live).not.toHaveProperty('uncounted');
  });

  test('are bounded in number', async () => {
    for (let page = 1; page <= 2; page += 1)
      api()
        .get(pageOf(page))
        .reply(200, withoutTotal([wireApp(page)], 1));

    await expect(aClient({ maxPages: 2 }).list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      message: expect.stringContaining('more pages than limits.pages allows (2)'),
    });
  });
});
