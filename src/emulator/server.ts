import { createAdaptorServer, type ServerType } from '@hono/node-server';

/** What answers requests: a Hono application. */
interface App {
  readonly fetch: Parameters<typeof createAdaptorServer>[0]['fetch'];
}

/** A server that listens. */
export interface OpenServer {
  readonly url: string;
  readonly port: number;
  /** Stop listening and cut every connection. */
  stop(): Promise<void>;
}

/** Kept open longer than clients keep idle connections, so that reuse never meets a closing one. */
const KEEP_ALIVE_MS = 65_000;

/** Listen on an address and port, 0 for a free one. Rejects if that cannot be. */
export async function openServer(app: App, host: string, port: number): Promise<OpenServer> {
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: { keepAliveTimeout: KEEP_ALIVE_MS } });
  const taken = await listen(server, port, host);
  return { url: `http://${reachable(host)}:${taken}`, port: taken, stop: () => stop(server) };
}

function listen(server: ServerType, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

/** An address one can call, for an address one can listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
