import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type SendOptions, sender } from '../../src/net/request.ts';
import { type Authority, makeAuthority } from '../git/authority.ts';
import { startProxyServer } from '../git/proxy-server.ts';

const secret = 'Bearer secret-of-the-test';
let directory = '';
let authority: Authority;
let stranger: Authority;
let server: Server;
let url = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-net-'));
  authority = makeAuthority(directory, 'ours');
  stranger = makeAuthority(directory, 'stranger');
  server = createServer(authority.server, (request, response) => {
    if (request.url === '/silence') return;
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/' });
    response.end(request.url === '/large' ? Buffer.alloc(3 * 1024 * 1024, 'x') : request.headers['user-agent']);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

function get(path: string, options: Partial<SendOptions> = {}, signal = new AbortController().signal, origin = url) {
  const send = sender({ userAgent: 'us', proxy: {}, ca: authority.file, timeoutMs: 60_000, ...options });
  return send({ method: 'GET', url: `${origin}${path}`, headers: { authorization: secret }, signal });
}

test('a response comes with status, headers and text, and a redirect is one', async () => {
  expect(await get('/')).toMatchObject({ status: 200, text: 'us', headers: { date: expect.stringMatching(/GMT$/) } });
  expect(await get('/elsewhere')).toMatchObject({ status: 302, headers: { location: '/' } });
});

test.each([
  { title: 'no authority for it', path: '/', options: () => ({ ca: undefined }), is: 'tls' },
  { title: 'another authority', path: '/', options: () => ({ ca: stranger.file }), is: 'tls' },
  { title: 'a file of authorities that is not there', path: '/', options: () => ({ ca: '/none.pem' }), is: 'tls' },
  { title: 'too much', path: '/large', options: () => ({}), is: 'unreachable' },
  { title: 'silence', path: '/silence', options: () => ({ timeoutMs: 300 }), is: 'timeout' },
])('$title: $is, and the reason holds nothing of what was sent', async ({ path, options, is }) => {
  const result = await get(path, options());

  expect(result).toEqual({ failure: is, reason: expect.any(String) });
  expect(JSON.stringify(result)).not.toContain(secret);
});

test('who expects a large response says so', async () => {
  expect(await get('/large', { largestResponse: 4 * 1024 * 1024 })).toMatchObject({ status: 200 });
  expect(await get('/large')).toMatchObject({ reason: 'the response is larger than 1 MiB' });
});

test('through a proxy the certificate is checked by the same authorities', async () => {
  const proxy = await startProxyServer('ann:password-of-the-proxy');
  onTestFinished(() => proxy.close());
  const through = { proxy: { httpsProxy: `http://ann:password-of-the-proxy@${proxy.host}` } };
  const host = url.replace('https://127.0.0.1', 'git.example.test');
  const ask = (options: Partial<SendOptions>) => get('/', { ...through, ...options }, undefined, `https://${host}`);

  expect(await ask({})).toMatchObject({ status: 200 });
  expect(proxy.tunnels).toEqual([`${host} ann:password-of-the-proxy`]);
  expect(await ask({ ca: stranger.file })).toMatchObject({ failure: 'tls' });
  const refused = await ask({ proxy: { httpsProxy: `http://ann:another-password@${proxy.host}` } });
  expect(refused).toMatchObject({ failure: 'unreachable' });
  expect(JSON.stringify(refused)).not.toMatch(/another-password|secret-of/);
});

test('a stop is the reason it ends with', async () => {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const reason = new Error('stop');

  const asked = get('/silence', {}, stop.signal);
  stop.abort(reason);

  await expect(asked).rejects.toBe(reason);
  await expect(get('/', {}, stop.signal)).rejects.toBe(reason);
});
