import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy for tunnels, on a free port of the loopback interface. */
export interface ProxyServer {
  /** `host:port`. */
  readonly host: string;
  /** What it was asked for so far: target, and user with password. */
  readonly tunnels: readonly string[];
  close(): Promise<void>;
}

const refusal = 'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close';

/** Starts one that wants this user with password. A tunnel to git.example.test leads to the same port of this machine. */
export async function startProxyServer(credentials: string): Promise<ProxyServer> {
  const tunnels: string[] = [];
  const server = createServer((_, response) => response.writeHead(400).end());
  const clients = new Set<Duplex>();
  server.on('connect', (request, client) => {
    clients.add(client);
    const sent = Buffer.from(request.headers['proxy-authorization']?.replace(/^Basic /, '') ?? '', 'base64').toString();
    tunnels.push(`${request.url} ${sent}`);
    if (sent !== credentials) return client.end(`HTTP/1.1 407 No\r\n${refusal}\r\n\r\n`);
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host === 'git.example.test' ? '127.0.0.1' : host, () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [target, client]) socket.on('error', () => target.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: () => {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
