import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { openHttpServer } from '../../src/http/server.ts';
import { errorSchema } from '../../src/status/documents.ts';
import { secretOf, served, stopAll, unreadable } from '../daemon/served.ts';
import { eventually } from '../eventually.ts';

afterEach(stopAll);

const secret = 'the secret of the webhook';
const webhooks = {
  voice: { kind: 'github' as const, secret: secretOf(secret) },
  video: { kind: 'gitlab' as const, secret: secretOf('the token of GitLab') },
};
const sign = (body: string | Buffer, key = secret) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
const push = '{"ref":"refs/heads/main"}';

/** A server that listens, and what posts to it; no token is sent. */
async function listening(given: Parameters<typeof served>[0] = { webhooks }) {
  const all = await served(given);
  const server = await openHttpServer((sent) => all.fetch(sent), { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const post = (path: string, body: string | Buffer = push, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${server.url}${path}`, { method: 'POST', body, headers });
  const hook = (body: string | Buffer = push, signature = sign(body)) =>
    post('/hooks/github/voice', body, { 'x-hub-signature-256': signature });
  const counted = async (source = 'voice') => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const found = text.matchAll(/^vonage_gitops_webhooks_total\{source="(\w+)",result="([\w-]+)"\} (\d+)$/gm);
    return Object.fromEntries(
      [...found].flatMap(([, of, result, count]) => (of === source ? [[result, Number(count)]] : [])),
    );
  };
  return { ...all, url: server.url, post, hook, counted };
}

const errorOf = async (answer: Response) => errorSchema.parse(await answer.json()).error;

test('a request that never ends is given up after ten seconds, and others have its turn', async () => {
  const { url } = await listening();
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const began = performance.now();
  const head = ['POST /hooks/github/voice HTTP/1.1', `Host: ${hostname}`, `X-Hub-Signature-256: ${sign(push)}`];

  socket.resume().write([...head, 'Content-Length: 100', '', 'abc'].join('\r\n'));
  await once(socket, 'close');

  expect(performance.now() - began).toBeLessThan(25_000);
}, 60_000);

describe('a webhook', () => {
  test.each([
    { title: 'of a push', body: push },
    { title: 'that is not JSON', body: 'payload=%7B' },
    { title: 'of bytes', body: Buffer.from([0, 255, 128, 10, 13]) },
    { title: 'without a body', body: '' },
    { title: 'of a megabyte', body: Buffer.alloc(1024 * 1024, 'x') },
  ])('$title with the right signature has the source asked', async ({ body }) => {
    const { hook, checked, counted } = await listening();

    const answer = await hook(body);

    expect([answer.status, await answer.json()]).toEqual([202, { accepted: true }]);
    expect(checked).toEqual(['voice']);
    expect(await counted()).toEqual({ accepted: 1 });
  });

  test('may come in chunks', async () => {
    const { url, checked } = await listening();

    const status = await inChunks(`${url}/hooks/github/voice`, [push.slice(0, 3), push.slice(3)], sign(push));

    expect([status, checked]).toEqual([202, ['voice']]);
  });

  test('of GitLab has its secret token', async () => {
    const { post, checked } = await listening();

    const answers = [
      await post('/hooks/gitlab/video', push, { 'x-gitlab-token': 'the token of GitLab' }),
      await post('/hooks/gitlab/video', push, { 'x-gitlab-token': 'another' }),
    ];

    expect([answers.map(({ status }) => status), checked]).toEqual([[202, 401], ['video']]);
  });

  test.each([
    { title: 'a wrong one', headers: { 'x-hub-signature-256': sign(push, 'another') } },
    { title: 'one of another body', headers: { 'x-hub-signature-256': sign('{}') } },
    { title: 'none', headers: {} },
    { title: 'one of another length', headers: { 'x-hub-signature-256': sign(push).slice(0, -2) } },
    { title: 'one in another header', headers: { 'x-hub-signature': sign(push) } },
    { title: 'a bearer token that may do everything', headers: { authorization: 'Bearer acts' } },
  ])('with $title for a signature is refused, counted, and told once', async ({ headers }) => {
    const { post, checked, counted, log } = await listening();

    const answer = await post('/hooks/github/voice', push, headers);
    await post('/hooks/github/voice', push, headers);

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(await errorOf(answer)).toEqual({
      code: 'SIGNATURE_REFUSED',
      message: expect.stringContaining('the secret must be that of webhook'),
    });
    expect(checked).toEqual([]);
    expect(await counted()).toEqual({ refused: 2 });
    expect(log.lines.filter(({ message }) => message === 'webhook refused')).toMatchObject([
      { level: 'warn', fields: { source: 'voice', kind: 'github' } },
    ]);
  });

  test.each([
    '/hooks/github/other',
    '/hooks/gitlab/voice',
    '/hooks/github/video',
    '/hooks/github',
    '/hooks/github/voice/more',
    '/hooks/__proto__/voice',
    '/hooks/github/__proto__',
    '/hooks/GITHUB/voice',
  ])('to %s does not exist, whatever its signature', async (path) => {
    const { post, checked, counted } = await listening();

    const answer = await post(path, push, { 'x-hub-signature-256': sign(push) });

    expect([answer.status, await errorOf(answer)]).toEqual([404, { code: 'NOT_FOUND', message: 'not found' }]);
    expect([checked, await counted()]).toEqual([[], {}]);
  });

  test('is not read with GET', async () => {
    const { url } = await listening();

    expect((await fetch(`${url}/hooks/github/voice`)).status).toBe(404);
  });

  test('is not looked at while its secret cannot be read', async () => {
    const { hook, checked } = await listening({ webhooks: { voice: { kind: 'github', secret: unreadable } } });

    const answers = [await hook(), await hook(push, sign(push, ''))].map(({ status }) => status);

    expect([answers, checked]).toEqual([[503, 503], []]);
  });

  test('works where the API is off', async () => {
    const { hook } = await listening({ webhooks, sources: [] });

    expect((await hook()).status).toBe(202);
  });

  test('must come to a known host', async () => {
    const { fetch: ask } = await served({ webhooks });
    const headers = (host: string) => ({ host, 'x-hub-signature-256': sign(push) });
    const post = async (host: string) =>
      ask(new Request('http://x/hooks/github/voice', { method: 'POST', body: push, headers: headers(host) }));

    expect((await post('evil.example.com')).status).toBe(403);
    expect((await post('gitops.example.com')).status).toBe(202);
  });
});

describe('a body', () => {
  const most = 25 * 1024 * 1024;

  test('of 25 MiB passes', async () => {
    const { hook } = await listening();

    expect((await hook(Buffer.alloc(most, 'x'))).status).toBe(202);
  });

  test('that says it is larger is not read', async () => {
    const { url, counted, checked } = await listening();

    const answered = await raw(url, [
      'POST /hooks/github/voice HTTP/1.1\r\nHost: localhost\r\n',
      `X-Hub-Signature-256: ${sign(push)}\r\nContent-Length: ${most + 1}\r\n\r\n`,
    ]);

    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toContain('BODY_TOO_LARGE');
    expect([await counted(), checked]).toEqual([{ 'too-large': 1 }, []]);
  });

  test('that turns out to be larger is given up', async () => {
    const { url, counted, checked } = await listening();
    const body = Array.from({ length: 26 }, () => 'x'.repeat(1024 * 1024));

    const status = await inChunks(`${url}/hooks/github/voice`, body, sign(body.join(''))).catch(() => 413); // cut meanwhile

    expect([status, await counted(), checked]).toEqual([413, { 'too-large': 1 }, []]);
  });

  test.each([
    { title: 'that is cut off', rest: `Content-Length: ${push.length + 1}\r\n\r\n${push}` },
    {
      title: 'whose chunks are cut off',
      rest: `Transfer-Encoding: chunked\r\n\r\n${push.length.toString(16)}\r\n${push}\r\n`,
    },
  ])('$title rings nothing, though its signature fits', async ({ rest }) => {
    const { url, counted, checked, log } = await listening();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const head = `POST /hooks/github/voice HTTP/1.1\r\nHost: localhost\r\nX-Hub-Signature-256: ${sign(push)}\r\n`;
    await new Promise((resolve) => socket.write(`${head}${rest}`, resolve));

    socket.destroy();

    await eventually(async () => expect(await counted()).toEqual({ 'cut-off': 1 }));
    expect(checked).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('wrong signatures', () => {
  test('are computed twenty times a minute, then no one is let in for the rest of it', async () => {
    const { hook, clock, checked, counted } = await listening();
    for (let nth = 0; nth < 20; nth += 1) expect((await hook(push, sign(push, 'guessed'))).status).toBe(401);
    await clock.advance(12_500);

    const refused = [await hook(push, sign(push, 'guessed')), await hook()];

    expect(refused.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [429, '48'],
      [429, '48'],
    ]);
    expect(await counted()).toEqual({ refused: 20, limited: 2 });
    await clock.advance(47_500);
    expect((await hook()).status).toBe(202);
    expect(checked).toEqual(['voice']);
  });

  test('of one source do not touch another', async () => {
    const { hook, post } = await listening();
    for (let nth = 0; nth < 25; nth += 1) await hook(push, 'none');

    const answer = await post('/hooks/gitlab/video', push, { 'x-gitlab-token': 'the token of GitLab' });

    expect(answer.status).toBe(202);
  });

  test('in a burst are not computed more often, and a thousand right ones are all taken', async () => {
    const { hook, counted, clock, checked } = await listening();

    const right = await thousand(() => hook());
    const wrong = await thousand(() => hook(push, sign(push, 'guessed')));

    expect(new Set(right.map(({ status }) => status))).toEqual(new Set([202]));
    expect(checked).toHaveLength(1000);
    expect(wrong.filter(({ status }) => status === 401)).toHaveLength(20);
    expect(await counted()).toEqual({ accepted: 1000, refused: 20, limited: 980 });
    await clock.advance(60_000);
    expect((await hook()).status).toBe(202);
  });
});

/** The responses to a thousand requests, a hundred at a time: no machine refuses so many connections. */
async function thousand(send: () => Promise<Response>): Promise<readonly Response[]> {
  const responses: Response[] = [];
  while (responses.length < 1000) responses.push(...(await Promise.all(Array.from({ length: 100 }, send))));
  return responses;
}

/** The status of a request whose body comes in these chunks. */
function inChunks(url: string, chunks: readonly string[], signature: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { 'x-hub-signature-256': signature } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

/** What comes back for these bytes, until the connection ends or has an error document. */
function raw(url: string, lines: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(lines.join('')));
    socket.setEncoding('utf8').on('data', (some: string) => {
      text += some;
      if (text.includes('"error"')) socket.destroy();
    });
    socket.on('close', () => resolve(text));
  });
}
