import { execFileSync, spawn } from 'node:child_process';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What goes wrong with the next requests; undefined is nothing. */
export type GitServerFault =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  | { readonly kind: 'hang' }
  /** The connection is cut after so many bytes of the response's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** So many bytes of the response's body each second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number };

/** A git server over HTTP, which serves the bare repositories of a directory by git's own `http-backend`. */
export interface GitHttpServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Requests so far, by path and query. */
  readonly requests: readonly string[];
  /** What must be sent as `Authorization: Basic`, as `user:password`; undefined lets everybody in. */
  credentials: string | undefined;
  fault: GitServerFault | undefined;
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback interface; with a certificate it speaks HTTPS. */
export async function startGitHttpServer(
  repositories: string,
  tls?: { readonly key: string; readonly cert: string },
): Promise<GitHttpServer> {
  const requests: string[] = [];
  const state: { credentials: string | undefined; fault: GitServerFault | undefined } = {
    credentials: undefined,
    fault: undefined,
  };
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request.url ?? '');
    if (state.fault !== undefined && failed(state.fault, response)) return;
    const sent = Buffer.from(request.headers.authorization?.replace(/^Basic /i, '') ?? '', 'base64').toString();
    if (state.credentials !== undefined && sent !== state.credentials) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    runBackend(repositories, request, response, state.fault);
  };
  const server: Server = tls === undefined ? createHttpServer(respond) : createHttpsServer({ ...tls }, respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    requests,
    get credentials() {
      return state.credentials;
    },
    set credentials(credentials) {
      state.credentials = credentials;
    },
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      state.fault = fault;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Whether the fault has answered the request, or will never. */
function failed(fault: GitServerFault, response: ServerResponse): boolean {
  if (fault.kind === 'hang') return true;
  if (fault.kind !== 'status') return false;
  response
    .writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location })
    .end('<html>\n<body>no git</body>\n</html>\n');
  return true;
}

/** Source: git-http-backend(1), RFC 3875 */
function runBackend(
  repositories: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: GitServerFault | undefined,
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const {
    'content-type': type,
    'content-length': length,
    'git-protocol': protocol,
    'content-encoding': encoding,
  } = request.headers;
  const backend = spawn(join(execPath(), 'git-http-backend'), {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: repositories,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: type ?? '',
      ...(length === undefined ? {} : { CONTENT_LENGTH: length }),
      ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}),
      ...(encoding === undefined ? {} : { HTTP_CONTENT_ENCODING: encoding }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin).on('error', () => undefined);
  let head = '';
  let hasHead = false;
  let sent = 0;
  const send = (body: Buffer) => {
    if (fault?.kind === 'cut' && sent + body.length > fault.afterBytes) {
      response.write(body.subarray(0, fault.afterBytes - sent), () => response.destroy());
      backend.kill();
      return;
    }
    sent += body.length;
    response.write(body);
    if (fault?.kind !== 'slow') return;
    backend.stdout.pause();
    setTimeout(() => backend.stdout.resume(), (1_000 * body.length) / fault.bytesPerSecond);
  };
  backend.stdout.on('data', (bytes: Buffer) => {
    if (hasHead) return send(bytes);
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    hasHead = true;
    const headers = head
      .slice(0, end)
      .split('\r\n')
      .map((line) => line.split(': ', 2) as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    const rest = Buffer.from(head.slice(end + 4), 'latin1');
    if (rest.length > 0) send(rest);
  });
  backend.stdout.on('end', () => response.end());
}

function execPath(): string {
  return execFileSync('git', ['--exec-path']).toString().trim();
}
