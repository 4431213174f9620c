import { connect } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { aClient, anId, memoryLog, realClock, secret, serve, wireApp } from './support.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function server(...listener: Parameters<typeof serve>): ReturnType<typeof serve> {
  const one = await serve(...listener);
  opened.push(one);
  return one;
}

test('a create that is stopped while it is under way is unknown', async () => {
  const stop = new AbortController();
  const { url } = await server(() => stop.abort());

  expect(await aClient({ baseUrl: url, clock: realClock }).create({ name: 'x' }, stop.signal)).toMatchObject({
    outcome: 'unknown',
    error: { code: 'E_API_NO_RESPONSE' },
  });
});

test('a read that is stopped while it is under way says so', async () => {
  const stop = new AbortController();
  const { url } = await server(() => stop.abort());

  await expect(aClient({ baseUrl: url }).get(anId(1), stop.signal)).rejects.toMatchObject({ code: 'E_ABORTED' });
});

test('an attempt that takes too long is given up, and its call ends with the deadline', async () => {
  const { url, requests } = await server(() => undefined);
  const client = aClient({ baseUrl: url, clock: realClock, timeouts: { request: 300 }, deadlineMs: 1_000 });

  await expect(client.get(anId(1))).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
  expect(requests.length).toBeGreaterThan(1);
});

test('a redirect is not followed', async () => {
  const elsewhere = await server((_, response) => void response.end(JSON.stringify(wireApp(1))));
  const { url } = await server((_, response) => void response.writeHead(302, { location: elsewhere.url }).end());

  await expect(aClient({ baseUrl: url }).get(anId(1))).rejects.toMatchObject({ code: 'E_API_RESPONSE_UNREADABLE' });
  expect(elsewhere.requests).toHaveLength(0);
});

test('reads share a connection, a create gets one of its own', async () => {
  const ports = new Set<number | undefined>();
  const { url } = await server((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(wireApp(1)));
  });
  const client = aClient({ baseUrl: url });
  opened.push(client);

  for (let n = 0; n < 3; n += 1) await client.get(anId(1));
  expect(ports.size).toBe(1);
  await client.create({ name: 'x' });

  expect(ports.size).toBe(2);
});

describe('no secret gets out', () => {
  const key = 'abcd1234';
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  const forms = [secret, encodeURIComponent(secret), basic, Buffer.from(secret).toString('base64')];
  const leaks = [...forms, 'MIIEvQ'];
  const echo = `Authorization: Basic ${basic} ${forms.join(' ')} -----BEGIN PRIVATE KEY-----\nMIIEvQ`;
  const problem = { type: 'x#y', title: echo, detail: echo, invalid_parameters: [{ name: echo, reason: echo }] };

  test.each([
    { title: 'JSON that quotes it', status: 400, text: JSON.stringify(problem) },
    { title: 'JSON that says it in the detail', status: 422, text: JSON.stringify({ title: 'x', detail: echo }) },
    { title: 'a title that quotes it', status: 403, text: JSON.stringify(problem) },
    { title: 'HTML that quotes it', status: 200, text: `<html>${echo}` },
    { title: 'a failing gateway', status: 502, text: `<html>${echo}` },
    { title: 'wrong credentials', status: 401, text: echo },
    { title: 'too many requests', status: 429, text: echo },
    { title: 'a broken connection', status: 0, text: '' },
  ])('$title', async ({ status, text }) => {
    const log = memoryLog();
    const { url } = await server((request, response) => {
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { 'content-type': 'text/html' }).end(text);
    });
    const client = aClient({ baseUrl: url, log });

    const errors = await Promise.all([
      client.get(anId(1)).catch((error: unknown) => error),
      client.replace(anId(1), { name: 'x' }).catch((error: unknown) => error),
      client.create({ name: 'x' }).then((created) => ('error' in created ? created.error : undefined)),
    ]);

    for (const error of errors) {
      expect(error).toMatchObject({ name: 'ReconcilerError' });
      const { message, stack, cause } = error instanceof Error ? error : new Error();
      const told = [message, stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify([error, cause])];
      for (const leak of leaks) expect(told.join('\n')).not.toContain(leak);
    }
    for (const leak of leaks) expect(inspect(log.lines, { depth: 9 })).not.toContain(leak);
  });

  test('the echo in this test does hold what is looked for', () => {
    for (const leak of leaks) expect(echo).toContain(leak);
  });
});

test('a refused connection was never sent', async () => {
  const one = await serve(() => undefined);
  await one.close();
  const { port } = new URL(one.url);
  await new Promise((resolve) => connect(Number(port), '127.0.0.1').once('error', resolve));

  expect(await aClient({ baseUrl: one.url }).create({ name: 'x' })).toMatchObject({
    outcome: 'not-sent',
    error: { code: 'E_API_UNREACHABLE' },
  });
});
