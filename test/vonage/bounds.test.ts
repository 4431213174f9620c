import { createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { VonageClient } from '../../src/vonage/client.ts';
import type { Timeouts } from '../../src/vonage/transport.ts';
import { aClient, anId, realClock, serve, wireApp, wirePage, wireProblem } from './support.ts';

const mebibyte = 1024 * 1024;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

type ApiResponse = Parameters<typeof serve>[0];

async function account(answer: ApiResponse): Promise<{ client: VonageClient; requests: { length: number } }> {
  const server = await serve(answer);
  const client = aClient({ baseUrl: server.url, clock: realClock });
  opened.push(server, client);
  return { client, requests: server.requests };
}

/** A server that writes what it likes to a connection, once per request. */
async function rawAccount(
  answer: (socket: Socket, nth: number) => void,
  timeouts: Partial<Timeouts> = {},
): Promise<{ client: VonageClient; server: Server }> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (!chunk.includes('\r\n\r\n')) return;
      requests += 1;
      answer(socket, requests);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = aClient({ baseUrl: `http://127.0.0.1:${port}`, clock: realClock, timeouts });
  opened.push(client, {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { client, server };
}

/** Writes without an end, as fast as the other side takes it. */
const endless: ApiResponse = (_, response) => {
  const chunk = Buffer.alloc(mebibyte, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

function answering(text: string | Buffer, headers: Record<string, string> = {}, status = 200): ApiResponse {
  return (_, response) => void response.writeHead(status, headers).end(text);
}

const nested = (depth: number): string =>
  `{"id":"${anId(1)}","name":"x","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
const zeros = Buffer.alloc(65 * mebibyte, '0');

const tooMuch: readonly { readonly title: string; readonly answer: ApiResponse; readonly reason: string }[] = [
  { title: 'a body without an end', answer: endless, reason: 'larger than 32 MiB' },
  {
    title: 'a body that is announced too large',
    answer: (_, response) => void response.writeHead(200, { 'content-length': 33 * mebibyte }).write('{'),
    reason: 'larger than 32 MiB',
  },
  {
    title: 'a gzip bomb',
    answer: answering(gzipSync(zeros), { 'content-encoding': 'gzip' }),
    reason: 'larger than 64 MiB once inflated',
  },
  {
    title: 'a deflate bomb',
    answer: answering(deflateSync(zeros), { 'content-encoding': 'deflate' }),
    reason: 'larger than 64 MiB once inflated',
  },
  {
    title: 'a brotli bomb',
    answer: answering(brotliCompressSync(zeros), { 'content-encoding': 'BR' }),
    reason: 'larger than 64 MiB once inflated',
  },
  { title: 'JSON nested 65 deep', answer: answering(nested(65)), reason: 'nested deeper than 64' },
  { title: 'JSON nested 100,000 deep', answer: answering('['.repeat(100_000)), reason: 'nested deeper than 64' },
  {
    title: 'JSON of too many parts',
    answer: answering(`[${'{},'.repeat(700_000)}0]`),
    reason: 'more than 2000000 parts',
  },
];

const sent = { name: 'app 1', capabilities: {} };
const gone = wireProblem('not-found', 'Not Found');

describe('more than is read', () => {
  test.each(tooMuch)('of $title ends a read at once, and it is not repeated', async ({ answer, reason }) => {
    const { client, requests } = await account(answer);

    await expect(client.list({ confirm: [] })).rejects.toMatchObject({
      code: 'E_API_RESPONSE_UNREADABLE',
      details: { reason: expect.stringContaining(reason) },
    });
    expect(requests).toHaveLength(1);
  });

  test.each(tooMuch)('of $title leaves a create unknown, and it is not repeated', async ({ answer }) => {
    const { client, requests } = await account(answer);

    expect(await client.create({ name: 'x' })).toMatchObject({
      outcome: 'unknown',
      error: { code: 'E_API_RESPONSE_UNREADABLE' },
    });
    expect(requests).toHaveLength(1);
  });

  test.each([
    { title: 'a failing server', status: 503, code: 'E_API_RESPONSE_UNREADABLE' },
    { title: 'a proxy that wants credentials', status: 401, code: 'E_API_RESPONSE_UNREADABLE' },
    { title: 'a forbidden account', status: 403, code: 'E_API_FORBIDDEN' },
  ])('from $title is $code', async ({ status, code }) => {
    const { client, requests } = await account(answering('['.repeat(100), {}, status));

    await expect(client.get(anId(1))).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  test.each([
    {
      title: 'an update',
      write: (client: VonageClient) => client.replace(anId(1), sent),
      status: 200,
      now: wireApp(1),
    },
    { title: 'a delete', write: (client: VonageClient) => client.remove(anId(1)), status: 404, now: gone },
  ])('to $title is decided by a GET', async ({ write, status, now }) => {
    const { client } = await account((request, response) => {
      if (request.method === 'GET') response.writeHead(status).end(JSON.stringify(now));
      else endless(request, response);
    });

    await expect(write(client)).resolves.not.toThrow();
  });

  test('leaves an id that no page holds unconfirmed', async () => {
    const { client } = await account((request, response) => {
      if (request.url?.includes('page=') === true) response.end(JSON.stringify(wirePage([], 0)));
      else endless(request, response);
    });

    expect(await client.list({ confirm: [anId(1)] })).toMatchObject({ unconfirmed: new Set([anId(1)]) });
  });

  test('closes its connection: the next request has one of its own', async () => {
    const ports: (number | undefined)[] = [];
    const { client } = await account((request, response) => {
      ports.push(request.socket.remotePort);
      if (ports.length === 1) endless(request, response);
      else response.end(JSON.stringify(wireApp(1)));
    });

    await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
    const next = await client.get(anId(1));

    expect(next?.id).toBe(anId(1));
    expect(new Set(ports).size).toBe(2);
  });
});

describe('what is read', () => {
  const text = nested(64);

  test.each([
    { title: 'gzip', bytes: gzipSync(text), encoding: 'gzip' },
    { title: 'deflate', bytes: deflateSync(text), encoding: 'deflate' },
    { title: 'brotli', bytes: brotliCompressSync(text), encoding: 'br' },
    { title: 'nothing', bytes: Buffer.from(text), encoding: 'identity' },
  ])('is encoded by $title, and nested 64 deep', async ({ bytes, encoding }) => {
    const { client } = await account(answering(bytes, { 'content-encoding': encoding }));

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });

  test('is JSON whose strings are full of brackets', async () => {
    const name = '[{"\\'.repeat(500);
    const { client } = await account(answering(JSON.stringify({ ...wireApp(1), name })));

    expect(await client.get(anId(1))).toMatchObject({ name });
  });

  test.each([
    { title: 'an encoding nobody asked for', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), encoding: 'zstd' },
    { title: 'NaN', bytes: Buffer.from(`{"id":"${anId(1)}","name":"x","x":NaN}`), encoding: 'identity' },
    { title: 'a string without an end', bytes: Buffer.from('{"id":"'), encoding: 'identity' },
  ])('is not $title', async ({ bytes, encoding }) => {
    const { client } = await account(answering(bytes, { 'content-encoding': encoding }));

    await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  });

  test('is not a damaged body: it counts as lost', async () => {
    const half = gzipSync(text).subarray(0, 20);
    const { client, requests } = await account(answering(half, { 'content-encoding': 'gzip' }));

    expect(await client.create({ name: 'x' })).toMatchObject({
      outcome: 'unknown',
      error: { code: 'E_API_NO_RESPONSE' },
    });
    await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    expect(requests).toHaveLength(1 + 6);
  });

  test('is an error page with many brackets: a failing gateway is asked again', async () => {
    let asked = 0;
    const { client } = await account((_, response) => {
      asked += 1;
      if (asked < 3) response.writeHead(502).end(`<html>${'['.repeat(1000)}`);
      else response.end(text);
    });

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });
});

describe('a server that breaks the rules of HTTP', () => {
  const brief = { request: 300 };
  const body = JSON.stringify(wireApp(1));
  const whole = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  test('and says less than it announced has not answered', async () => {
    const { client } = await rawAccount((socket, nth) => {
      if (nth === 1) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${body}`);
      else socket.write(whole);
    });

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });

  test('and sends a second response ahead does not have it taken for that to the next request', async () => {
    const foreign = JSON.stringify(wireApp(1, { name: 'smuggled' }));
    const ahead = `HTTP/1.1 200 OK\r\nContent-Length: ${foreign.length}\r\n\r\n${foreign}`;
    const { client } = await rawAccount((socket, nth) => {
      socket.write(nth === 1 ? `${whole}${ahead}` : whole);
    });

    const names = [];
    for (let n = 0; n < 2; n += 1) names.push((await client.get(anId(1)))?.name);

    expect(names).toEqual(['app 1', 'app 1']);
  });

  test('and puts a body behind 204 does not have it taken for the next response', async () => {
    const foreign = JSON.stringify(wireApp(1, { name: 'smuggled' }));
    const ahead = `HTTP/1.1 200 OK\r\nContent-Length: ${foreign.length}\r\n\r\n${foreign}`;
    const { client } = await rawAccount((socket, nth) => {
      socket.write(nth === 1 ? `HTTP/1.1 204 No Content\r\n\r\n${ahead}` : whole);
    });

    await client.remove(anId(1)).catch(() => undefined);

    expect(await client.get(anId(1))).toMatchObject({ name: 'app 1' });
  });

  test('and informs without an end is given up', async () => {
    const { client } = await rawAccount((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    }, brief);

    await expect(client.create({ name: 'x' })).resolves.toMatchObject({
      outcome: 'unknown',
      error: { code: 'E_API_NO_RESPONSE' },
    });
  });

  test('and sends a byte at a time is given up', async () => {
    const { client } = await rawAccount((socket) => {
      socket.write('HTTP/1.1 201 Created\r\n\r\n{');
      const timer = setInterval(() => socket.write(' '), 5);
      socket.on('close', () => clearInterval(timer));
    }, brief);

    await expect(client.create({ name: 'x' })).resolves.toMatchObject({
      outcome: 'unknown',
      error: { code: 'E_API_NO_RESPONSE' },
    });
  });

  test('and sends trailers and chunks is read', async () => {
    const { client } = await rawAccount((socket) => {
      const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\nX-Total: 9\r\n\r\n`);
    });

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
  });
});
