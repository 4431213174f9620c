import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { aClient, anId, realClock } from './support.ts';

/** A certificate for localhost that is made for this run, and the only one that is trusted while the work lasts. */
async function withCertificate<T>(
  work: (pair: { readonly key: string; readonly cert: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const about = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...about];
    await promisify(execFile)('openssl', made);
    const pair = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    const { createSecureContext } = tls;
    vi.spyOn(tls, 'createSecureContext').mockImplementation((options) =>
      createSecureContext({ ...options, ca: pair.cert }),
    );
    return await work(pair);
  } finally {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  }
}

test.each([
  { title: 'leaves while it holds the lock', pausedInHandshake: false, methods: ['PUT'] },
  { title: 'does not leave when it lost the lock during the TLS handshake', pausedInHandshake: true, methods: [] },
])('a write of a process $title', ({ pausedInHandshake, methods }) =>
  withCertificate(async (pair) => {
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
