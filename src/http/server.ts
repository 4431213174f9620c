import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { ReconcilerError } from '../core/errors.ts';
import { listenReason } from '../core/mistakes/listen-reason.ts';

/** A server that listens. */
export interface HttpServer {
  /** Address, such as http://127.0.0.1:8080. */
  readonly url: string;
  /** Stops listening; what is being answered is cut. */
  close(): Promise<void>;
}

/** Longest a client may take to send a request, in milliseconds. */
const requestTimeout = 10_000;
/** How often that is checked, in milliseconds: requests that never end hold back webhooks meanwhile. */
const connectionsCheckingInterval = 1_000;

/** How long whoever holds the address may take to say who it is, in milliseconds. */
const probeMs = 1_000;

/** Listens; port 0 takes a free one. @throws {ReconcilerError} E_LISTEN_FAILED when that cannot be */
export async function openHttpServer(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: (request) => fetch(request),
    serverOptions: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval,
      keepAliveTimeout: 5_000,
    },
  });
  const taken = await listen(server, host, port);
  return { url: `http://${shownHost(host)}:${taken}`, close: () => close(server) };
}

function listen(server: ServerType, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', async (error) => {
      const isOurs = 'code' in error && error.code === 'EADDRINUSE' && (await isDaemonAt(host, port));
      const reason = isOurs ? 'another vonage-gitops daemon listens there' : (listenReason(error) ?? error.message);
      reject(
        new ReconcilerError('E_LISTEN_FAILED', { address: `${shownHost(host)}:${port}`, reason }, { cause: error }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Whether who listens there answers as a daemon of ours: people want to know which process it is. */
async function isDaemonAt(host: string, port: number): Promise<boolean> {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : shownHost(host);
  try {
    const response = await fetch(`http://${reachable}:${port}/healthz`, { signal: AbortSignal.timeout(probeMs) });
    const document: unknown = await response.json();
    return typeof document === 'object' && document !== null && 'alive' in document;
  } catch {
    return false; // whoever it is, it is no daemon of ours
  }
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

function shownHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
