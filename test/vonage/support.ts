import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApplicationId, parseApplicationId } from '../../src/core/application/application.ts';
import type { Clock, Log } from '../../src/reconcile/ports.ts';
import { VonageClient } from '../../src/vonage/client.ts';
import type { VonageClientOptions } from '../../src/vonage/client-options.ts';

/** Where the API stands for nock. */
export const apiUrl = 'https://api.nexmo.com';

/** The account's secret in every test: long, with characters that encodings change. */
export const secret = 'S3cret/with+odd&signs=%"é';

/** A clock that stands still until somebody sleeps, and then jumps. */
export class FakeClock implements Clock {
  #now = 1_790_000_000_000;
  #setBy = 0;
  readonly slept: number[] = [];

  now(): number {
    return this.#now + this.#setBy;
  }

  monotonic(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.#now += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** The wall clock is set; no time passes. */
  set(byMs: number): void {
    this.#setBy += byMs;
  }
}

/** Real time, for real servers. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => [clearTimeout(timer), reject(signal.reason)], { once: true });
    }),
};

/** A log that keeps every line. */
export function memoryLog(): Log & { readonly lines: (readonly [level: string, fields: object, message: string])[] } {
  const lines: [string, object, string][] = [];
  const keep = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** A client that waits for nothing, with whatever the test is about. */
export function aClient(options: Partial<VonageClientOptions> = {}): VonageClient {
  return new VonageClient({
    baseUrl: apiUrl,
    credentials: () => ({ key: 'abcd1234', secret }),
    credentialsFrom: 'environment KEY and file /run/secret',
    requestsPerSecond: 1000,
    clock: new FakeClock(),
    random: () => 0,
    log: memoryLog(),
    allowedHosts: [],
    userAgent: 'vonage-gitops/test',
    ...options,
  });
}

/** The nth id. */
export function anId(n: number): ApplicationId {
  const id = parseApplicationId(n.toString(16).padStart(32, '0'));
  if (id === undefined) throw new Error(`no id for ${n}`);
  return id;
}

/** An application as the API answers it. */
export function wireApp(n: number, more: object = {}): object {
  return { id: anId(n), name: `app ${n}`, capabilities: {}, ...more };
}

/** A page of a listing as the API answers it. */
export function wirePage(applications: readonly object[], total: number, page = 1): object {
  return {
    page_size: 100,
    page,
    total_items: total,
    total_pages: Math.ceil(total / 100),
    _embedded: { applications },
  };
}

/** An error as the API answers it. */
export function wireProblem(fragment: string, title: string, more: object = {}): object {
  return { type: `https://developer.nexmo.com/api-errors#${fragment}`, title, ...more };
}

/** A real server on a free port. */
export async function serve(
  listener: RequestListener,
): Promise<{ readonly url: string; readonly requests: IncomingMessage[]; close(): Promise<void> }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    request.on('end', () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
