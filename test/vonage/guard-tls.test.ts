import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { withCertificate } from './certificate.ts';
import { aClient, anId, realClock } from './support.ts';

test.each([
  { title: 'leaves while it holds the lock', pausedInHandshake: false, methods: ['PUT'] },
  { title: 'does not leave when it lost the lock during the TLS handshake', pausedInHandshake: true, methods: [] },
])('a write of a process $title', ({ pausedInHandshake, methods }) =>
  withCertificate('localhost', async (pair) => {
    const arrived: (string | undefined)[] = [];
    const server = createServer(pair, ({ method }, response) => {
      arrived.push(method);
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: anId(1), name: 'app 1' }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    let isFresh = true;
    // In front of the server: what the client sends first is its part of the handshake, long after the connection is there.
    const relay = createTcpServer((client) => {
      client.on('error', () => undefined);
      client.once('data', (hello) => {
        isFresh = !pausedInHandshake;
        const onward = connect((server.address() as AddressInfo).port, '127.0.0.1');
        onward.on('error', () => undefined);
        onward.write(hello);
        client.pipe(onward).pipe(client);
      });
    });
    relay.listen(0, 'localhost');
    await once(relay, 'listening');
    let asked = 0;
    const client = aClient({
      baseUrl: `https://localhost:${(relay.address() as AddressInfo).port}`,
      clock: realClock,
      guard: {
        lost: new AbortController().signal,
        assertHeld: async () => {
          asked += 1;
          if (asked > 1 && pausedInHandshake) throw new Error('the lock was taken over');
        },
        isFresh: () => isFresh,
        mayHaveTakenEffect: () => undefined,
      },
    });

    await client.replace(anId(1), { name: 'app 1' }).catch(() => undefined);

    await client.close();
    relay.close();
    server.close();
    server.closeAllConnections();
    expect(arrived).toEqual(methods);
  }),
);
