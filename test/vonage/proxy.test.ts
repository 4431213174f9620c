import { once } from 'node:events';
import http, { createServer } from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { withCertificate } from './certificate.ts';
import { aClient, anId, serve, wireApp } from './support.ts';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

interface AskedProxy {
  readonly address: string;
  /** What was asked of it: method, target and credentials. */
  readonly asked: string[];
}

/** A proxy that tunnels with CONNECT and forwards the rest, wherever it is asked to, to one port of this machine. */
async function aProxy(port: number): Promise<AskedProxy> {
  const asked: string[] = [];
  const noted = ({ method, url, headers }: http.IncomingMessage): void => {
    asked.push([method, url, headers['proxy-authorization']].filter((part) => part !== undefined).join(' '));
  };
  const proxy = createServer((request, response) => {
    noted(request);
    const { method, headers, url = '' } = request;
    const onward = http.request({ port, host: '127.0.0.1', method, headers, path: new URL(url).pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connect', (request, socket) => {
    noted(request);
    const through = connect(port, '127.0.0.1');
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(through).pipe(socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  opened.push({ close: () => void proxy.close() });
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

function aProxiedClient(baseUrl: string, proxy: object) {
  const client = aClient({ baseUrl, allowedHosts: ['api.test'], proxy });
  opened.push(client);
  return client;
}

test('https goes through a tunnel of the proxy, in which the certificate is checked', () =>
  withCertificate('api.test', async (pair) => {
    const api = https.createServer(pair, (_, response) => void response.end(JSON.stringify(wireApp(1))));
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    opened.push({ close: () => void api.close() });
    const proxy = await aProxy((api.address() as AddressInfo).port);
    const client = aProxiedClient('https://api.test', { httpsProxy: `http://user:p%40ss@${proxy.address}` });

    expect(await client.get(anId(1))).toMatchObject({ id: anId(1) });
    await client.create({ name: 'app 1' });

    const credentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(proxy.asked).toEqual(Array(2).fill(`CONNECT api.test:443 ${credentials}`));
  }));

test('a host that the certificate does not name is not trusted through the proxy either', () =>
  withCertificate('elsewhere.test', async (pair) => {
    const api = https.createServer(pair, (_, response) => void response.end(JSON.stringify(wireApp(1))));
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    opened.push({ close: () => void api.close() });
    const proxy = await aProxy((api.address() as AddressInfo).port);

    const read = aProxiedClient('https://api.test', { httpsProxy: proxy.address }).get(anId(1));

    await expect(read).rejects.toMatchObject({
      code: 'E_API_UNREACHABLE',
      details: { errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  }));

test('a create that the proxy refuses to carry was surely not sent', async () => {
  const proxy = createServer().on('connect', (_, socket) => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  opened.push({ close: () => void proxy.close() });
  const httpsProxy = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  expect(await aProxiedClient('https://api.test', { httpsProxy }).create({ name: 'app 1' })).toMatchObject({
    outcome: 'not-sent',
    error: { code: 'E_API_UNREACHABLE' },
  });
});

describe('http', () => {
  test('is asked of the proxy with the whole address', async () => {
    const api = await serve((_, response) => void response.end(JSON.stringify(wireApp(1))));
    opened.push(api);
    const proxy = await aProxy(Number(new URL(api.url).port));

    expect(await aProxiedClient('http://api.test', { httpProxy: proxy.address }).get(anId(1))).toMatchObject({
      id: anId(1),
    });

    expect(proxy.asked).toEqual([`GET http://api.test/v2/applications/${anId(1)}`]);
  });

  test('to this machine goes past the proxy', async () => {
    const api = await serve((_, response) => void response.end(JSON.stringify(wireApp(1))));
    opened.push(api);
    const proxy = await aProxy(Number(new URL(api.url).port));

    await aProxiedClient(api.url, { httpProxy: proxy.address, httpsProxy: proxy.address }).get(anId(1));

    expect(proxy.asked).toEqual([]);
    expect(api.requests).toHaveLength(1);
  });
});
