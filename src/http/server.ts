import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { messageOf, ReconcilerError } from '../core/errors.ts';

/** A server that listens. */
export interface HttpServer {
  /** Address, such as http://127.0.0.1:8080. */
  readonly url: string;
  /** Stops listening; what is being answered is cut. */
  close(): Promise<void>;
}

/** Longest a client may take to send a request, in milliseconds. */
const requestTimeout = 10_000;

/** Listens; port 0 takes a free one. @throws {ReconcilerError} E_CONFIG_INVALID when that cannot be */
export async function openHttpServer(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: (request) => fetch(request),
    serverOptions: { requestTimeout, headersTimeout: requestTimeout, keepAliveTimeout: 5_000 },
  });
  const taken = await listen(server, host, port);
  return { url: `http://${shownHost(host)}:${taken}`, close: () => close(server) };
}

function listen(server: ServerType, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `daemon.listen ${shownHost(host)}:${port}: cannot listen: ${messageOf(error)}`;
      reject(new ReconcilerError('E_CONFIG_INVALID', { message }, { cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
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
