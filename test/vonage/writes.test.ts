import { describe, expect, test } from 'vitest';
import { nocked } from './nocked.ts';
import { aClient, anId, wireApp, wireProblem } from './support.ts';

const api = nocked();
const one = `/v2/applications/${anId(1)}`;
const notFound = wireProblem('not-found', 'Not Found');
const page = '<html>Sign in to the guest network</html>';
const hook = { address: 'https://example.com/answer', http_method: 'POST' };
const body = {
  name: 'Support',
  capabilities: { voice: { webhooks: { answer_url: { ...hook, connect_timeout: 500 } } } },
};
const shown = { id: anId(1), ...body };

describe('an update', () => {
  test.each([200, 201, 202])('is as the response with status %s shows it, without another request', async (status) => {
    api()
      .put(one)
      .reply(status, { ...shown, name: 'As stored' });

    expect(await aClient().replace(anId(1), body)).toMatchObject({ id: anId(1), name: 'As stored' });
  });

  const nothingProven = [
    { title: 'a page', status: 200, response: page },
    { title: 'no body', status: 204, response: '' },
    { title: 'another application', status: 200, response: wireApp(2) },
    { title: 'null', status: 200, response: 'null' },
    { title: 'a redirect', status: 302, response: '' },
    { title: 'JSON nested too deep', status: 200, response: `${'['.repeat(65)}${']'.repeat(65)}` },
  ];

  test.each(nothingProven)('answered by $title is applied if a GET shows it', async ({ status, response }) => {
    api().put(one).reply(status, response);
    api()
      .get(one)
      .reply(200, { ...shown, keys: { public_key: 'theirs' }, privacy: {} });

    expect(await aClient().replace(anId(1), body)).toMatchObject({ name: 'Support', body: { privacy: {} } });
  });

  test.each(nothingProven)(
    'answered by $title is unknown if a GET shows something else',
    async ({ status, response }) => {
      api().put(one).reply(status, response);
      api()
        .get(one)
        .reply(200, { ...shown, name: 'Sales' });

      await expect(aClient().replace(anId(1), body)).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE' });
    },
  );

  test.each([
    { title: 'brings a page', status: 200, response: page },
    { title: 'is refused', status: 401, response: '' },
    { title: 'knows no such application', status: 404, response: notFound },
  ])('is unknown when the GET that should decide $title', async ({ status, response }) => {
    api().put(one).reply(200, page);
    api().get(one).reply(status, response);

    await expect(aClient().replace(anId(1), body)).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE' });
  });

  test('with a key is applied only if that key is shown', async () => {
    api().put(one).times(2).reply(200, page);
    api()
      .get(one)
      .reply(200, { ...shown, keys: { public_key: 'mine' } });
    api()
      .get(one)
      .reply(200, { ...shown, keys: { public_key: 'theirs' } });
    const client = aClient();

    const applied = await client.replace(anId(1), { ...body, keys: { public_key: 'mine' } });
    const other = client.replace(anId(1), { ...body, keys: { public_key: 'mine' } });

    expect(applied.body).toMatchObject({ keys: { public_key: 'mine' } });
    await expect(other).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE' });
  });

  test('is compared in the spelling of the API', async () => {
    const spelt = { ...hook, connection_timeout: 500 };
    api().put(one).reply(200, page);
    api()
      .get(one)
      .reply(200, { ...shown, capabilities: { voice: { webhooks: { answer_url: spelt } } } });

    expect(await aClient().replace(anId(1), body)).toMatchObject({ body });
  });

  test.each([
    { title: "the API's own 404", response: notFound, code: 'E_APPLICATION_GONE' },
    { title: "a gateway's 404", response: { title: 'Not Found', status: 404 }, code: 'E_API_RESPONSE_UNREADABLE' },
  ])('answered by $title is $code', async ({ response, code }) => {
    api().put(one).reply(404, response);

    await expect(aClient().replace(anId(1), body)).rejects.toMatchObject({ code });
  });
});

describe('a delete', () => {
  test.each([200, 202, 204])('is done by status %s without a body', async (status) => {
    api().delete(one).reply(status);

    await expect(aClient().remove(anId(1))).resolves.toBeUndefined();
  });

  test("is done by the API's own 404: it was sent", async () => {
    api().delete(one).reply(404, notFound);

    await expect(aClient().remove(anId(1))).resolves.toBeUndefined();
  });

  const nothingProven = [
    { title: 'a page', status: 200, response: page },
    { title: 'a blank', status: 200, response: ' ' },
    { title: 'an application', status: 200, response: shown },
    { title: 'a redirect', status: 302, response: '' },
  ];

  test.each(nothingProven)('answered by $title is done if a GET knows no such application', async (row) => {
    api().delete(one).reply(row.status, row.response);
    api().get(one).reply(404, notFound);

    await expect(aClient().remove(anId(1))).resolves.toBeUndefined();
  });

  test.each([
    { title: 'shows it', status: 200, response: shown },
    { title: "brings a gateway's 404", status: 404, response: { title: 'Not Found', status: 404 } },
    { title: 'brings a page', status: 200, response: page },
  ])('answered by a page is unknown if a GET $title', async ({ status, response }) => {
    api().delete(one).reply(200, page);
    api().get(one).reply(status, response);

    await expect(aClient().remove(anId(1))).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE' });
  });

  test("answered by a gateway's 404 is an error", async () => {
    api().delete(one).reply(404, { title: 'Not Found', status: 404 });

    await expect(aClient().remove(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  });
});

test('a create is told as it was answered, whatever it shows', async () => {
  api()
    .post('/v2/applications')
    .reply(201, { ...wireApp(7), name: 'somebody else' });

  expect(await aClient().create(body)).toMatchObject({
    outcome: 'created',
    application: { id: anId(7), name: 'somebody else' },
  });
});

test('a create answered by 202 is unknown', async () => {
  api().post('/v2/applications').reply(202, wireApp(1));

  expect(await aClient().create(body)).toMatchObject({ outcome: 'unknown' });
});
