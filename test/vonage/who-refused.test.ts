import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { apiUrlProblem } from '../../src/config/api-url.ts';
import { assertHostAllowed } from '../../src/vonage/hosts.ts';
import { nocked } from './nocked.ts';
import { aClient, anId, wireProblem } from './support.ts';

const api = nocked();
const one = `/v2/applications/${anId(1)}`;

describe('a 401', () => {
  test('in HTML is that of a proxy or a login page, not of the key', async () => {
    api().get(one).reply(401, '<html>Log in</html>', { 'content-type': 'text/html' });

    await expect(aClient().get(anId(1))).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      message: expect.stringContaining(
        '401 text/html "<html>Log in</html>". Check VONAGE_API_URL and any proxy in between',
      ),
    });
  });

  test.each([
    { title: 'without the shape of the API', body: { message: 'Unauthorized' } },
    { title: 'of Spring', body: { timestamp: 1, status: 401, error: 'Unauthorized', path: one } },
    { title: 'with a title alone', body: { title: 'Unauthorized', detail: 'Log in first' } },
    { title: 'of another API', body: { type: 'https://gateway.example/errors#unauthorized', title: 'Unauthorized' } },
    { title: 'that is a list', body: [] },
  ])('in JSON $title is that of a proxy', async ({ body }) => {
    api().get(one).reply(401, body, { 'www-authenticate': 'Basic realm="Corporate proxy"' });

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  });

  test.each([
    { title: 'its type', body: wireProblem('unauthorized', 'Unauthorized') },
    { title: 'its sentence', body: { title: 'Unauthorized', detail: 'You did not provide correct credentials.' } },
  ])('is that of the API by $title, in any realm', async ({ body }) => {
    api().get(one).reply(401, body, { 'www-authenticate': 'Basic realm="anything"' });

    await expect(aClient().get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNAUTHORIZED' });
  });

  test.each([
    { title: 'a key', credentials: { key: 'abcd1234\n', secret: 's3cr3ts3cr3t' }, says: 'the key begins or ends' },
    { title: 'a secret', credentials: { key: 'abcd1234', secret: 's3cr3ts3cr3t ' }, says: 'the secret begins or ends' },
    {
      title: 'both',
      credentials: { key: ' abcd1234', secret: 's3cr3ts3cr3t ' },
      says: 'the key and the secret begins',
    },
  ])('says that $title has white space at an end', async ({ credentials, says }) => {
    api().get(one).reply(401, wireProblem('unauthorized', 'Invalid credentials supplied'));

    await expect(aClient({ credentials: () => credentials }).get(anId(1))).rejects.toMatchObject({
      code: 'E_API_UNAUTHORIZED',
      message: expect.stringContaining(`(${says}`),
    });
  });
});

test('Vonage over http gets the remedy that helps', () => {
  expect(() => assertHostAllowed('http://api.nexmo.com', ['api.nexmo.com'])).toThrow('use https://api.nexmo.com');
  expect(() => assertHostAllowed('http://other.example', [])).toThrow('VONAGE_ALLOWED_API_HOSTS=other.example');
});

test.each([
  ['api.nexmo.com', 'it has no scheme, write https://HOST'],
  ['https:///path', 'the host is missing'],
  ['https://', 'the host is missing'],
  ['https://api.nexmo.com/v2/applications', 'write the host only, https://HOST: the path is added'],
  ['https://gateway.example/vonage', undefined],
  ['https://api.nexmo.com/', undefined],
])('the address %s: %s', (url, says) => {
  const problem = apiUrlProblem(url);
  if (says === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(says);
});

test('a proxy that is down is named, without its password', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const proxy = { httpsProxy: `http://user:hunter2hunter2@127.0.0.1:${port}` };

  const read = aClient({ proxy }).get(anId(1));

  await expect(read).rejects.toMatchObject({
    message: expect.stringContaining(`through proxy http://127.0.0.1:${port} (HTTPS_PROXY)`),
  });
  await expect(read).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
});
