import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import got, { type Response } from 'got';
import type { Scrub } from '../core/redact/scrubber.ts';
import { joinSignals } from '../core/signals.ts';
import { type Agents, agentsFor, type ProxySettings, proxyFor } from '../net/proxy.ts';
import {
  type AttemptResult,
  type TransportFailure,
  type Unreadable,
  unreadableCode,
  type Verb,
} from './attempt-result.ts';
import { acceptedEncodings, excessOfBytes, readBody } from './body.ts';

/** Limits of one attempt, in milliseconds. */
export interface Timeouts {
  readonly lookup: number;
  readonly connect: number;
  readonly secureConnect: number;
  /** From the request's end to the response's head. */
  readonly response: number;
  /** The whole attempt, the response's body included. */
  readonly request: number;
}

/** Limits that leave a slow API time and a dead one none. */
export const defaultTimeouts: Timeouts = {
  lookup: 2_000,
  connect: 3_000,
  secureConnect: 5_000,
  response: 30_000,
  request: 60_000,
};

/** One attempt. */
export interface Exchange {
  readonly verb: Verb;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly scrub: Scrub;
  /** Asked when the connection is there and nothing has been written to it yet; false: nothing is. */
  readonly mayLeave?: () => boolean;
}

/** A response that was not read to its end. */
interface Cut {
  readonly status: number;
  readonly excess: string;
}

type Received = Response<Uint8Array> | Cut;

const certificateCodes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The code of a request that was held back at the last moment. */
const heldBackCode = 'EHELDBACK';

/** Nothing of the request has left before these are over. */
const notSentCodes = new Set([heldBackCode, 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ERR_PROXY_TUNNEL']);
const notSentPhases = new Set(['lookup', 'connect', 'secureConnect']);

/**
 * Carries single attempts, and turns whatever happens into a result: the HTTP library's errors hold the Authorization header and
 * never leave this file. Its retry and its redirects are off: what is repeated, and when, is decided by verb.
 */
export class Transport {
  readonly #url: URL;
  readonly #proxy: ProxySettings;
  readonly #timeouts: Timeouts;
  readonly #concurrency: number;
  #kept: Agents | undefined;
  #single: Agents | undefined;

  constructor(url: URL, proxy: ProxySettings, options: { readonly timeouts: Timeouts; readonly concurrency: number }) {
    this.#url = url;
    this.#proxy = proxy;
    this.#timeouts = options.timeouts;
    this.#concurrency = options.concurrency;
  }

  /** One attempt; rejects only with the reason of an aborted signal. */
  async exchange(exchange: Exchange): Promise<AttemptResult> {
    const { signal, scrub } = exchange;
    signal?.throwIfAborted();
    try {
      return await resultOf(await this.#receive(exchange), scrub);
    } catch (error) {
      signal?.throwIfAborted();
      return failureBy(error, scrub, this.#way(scrub));
    }
  }

  /** The proxy in between, as it is told with a failure: it may be what failed. */
  #way(scrub: Scrub): string {
    const proxy = proxyFor(this.#url, this.#proxy);
    const variable = this.#url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
    return proxy === undefined ? '' : ` through proxy ${scrub(`${proxy.protocol}//${proxy.host}`)} (${variable})`;
  }

  /** The response with its body as it came, or with the reason why it was cut off, and its connection closed. */
  async #receive(exchange: Exchange): Promise<Received> {
    const { verb, url, headers, body, signal, mayLeave = () => true } = exchange;
    const excessive = new AbortController();
    const joined = joinSignals(signal, excessive.signal);
    const request = got(url, {
      method: verb,
      headers: { 'accept-encoding': acceptedEncodings, ...headers },
      agent: this.#agents(verb),
      responseType: 'buffer',
      decompress: false,
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
      timeout: { ...this.#timeouts },
      ...(body === undefined ? {} : { body }),
      signal: joined.signal,
    });
    let heldBack: Error | undefined;
    void request.on('request', (sent) => {
      // Node.js 22.22 tells of a tunnel that a proxy refused twice, and the HTTP library listens once.
      sent.on('error', () => undefined);
      stopUnless(mayLeave, sent, (error) => {
        heldBack = error;
      });
    });
    let cut: Cut | undefined;
    let status = 0;
    request.on('response', (response: Response) => {
      status = response.statusCode;
    });
    request.on('downloadProgress', ({ transferred, total }) => {
      const excess = excessOfBytes(transferred, total);
      if (excess === undefined || cut !== undefined) return;
      cut = { status, excess };
      excessive.abort();
    });
    try {
      return await request;
    } catch (error) {
      if (cut !== undefined) return cut;
      throw heldBack ?? error; // which error ends a request that is destroyed depends on the version of Node.js
    } finally {
      joined.release();
    }
  }

  /** Closes the connections. */
  close(): void {
    for (const agents of [this.#kept, this.#single]) {
      agents?.http?.destroy();
      agents?.https?.destroy();
    }
  }

  /** A POST gets a connection of its own: on a kept one that the server just closed, nobody could tell whether it arrived. */
  #agents(verb: Verb): Agents {
    const maxSockets = this.#concurrency;
    if (verb === 'POST') {
      this.#single ??= agentsFor(this.#url, this.#proxy, { keepAlive: false, maxSockets });
      return this.#single;
    }
    this.#kept ??= agentsFor(this.#url, this.#proxy, { keepAlive: true, maxSockets });
    return this.#kept;
  }
}

/**
 * A process that was paused before it wrote goes on here when it wakes up, before any of its timers. The check comes after the HTTP
 * library's own listeners, for the request is written right after the last one; with TLS nothing of it leaves before the handshake is over.
 */
function stopUnless(mayLeave: () => boolean, request: ClientRequest, onHeldBack: (error: Error) => void): void {
  const check = (): void => {
    if (mayLeave()) return;
    const error = Object.assign(new Error('blocked, nothing was sent'), { code: heldBackCode });
    onHeldBack(error);
    request.destroy(error);
  };
  request.once('socket', (socket) => {
    if (socket instanceof TLSSocket && isOpening(socket)) socket.prependOnceListener('secureConnect', check);
    else if (socket.connecting) socket.prependOnceListener('connect', check);
    else check();
  });
}

/** Whether connection or handshake are not over. Node.js tells the second by a property that its types do not have. */
function isOpening(socket: TLSSocket & { readonly secureConnecting?: boolean }): boolean {
  return socket.connecting || socket.secureConnecting === true;
}

async function resultOf(received: Received, scrub: Scrub): Promise<AttemptResult> {
  if ('excess' in received) return unreadableResult(received);
  const { statusCode: status, headers, rawBody } = received;
  const body = await readBody(
    Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength),
    headers['content-encoding'],
  );
  if ('excess' in body) return unreadableResult({ ...body, status });
  const contentType = scrub(headers['content-type'] ?? '');
  return { kind: 'response', status, contentType, retryAfter: headers['retry-after'], date: headers.date, ...body };
}

function unreadableResult({ status, excess }: Cut): Unreadable {
  return { kind: 'unreadable', code: unreadableCode, status, reason: excess };
}

function failureBy(error: unknown, scrub: Scrub, way: string): TransportFailure {
  const code = textMember(error, 'code') ?? 'UNKNOWN';
  const reason = scrub(textMember(error, 'message') ?? 'no reason')
    .replace(/\s+/g, ' ')
    .slice(0, 200);
  return { kind: failureKind(code, textMember(error, 'event')), code, reason: `${reason}${way}` };
}

function failureKind(code: string, phase: string | undefined): TransportFailure['kind'] {
  if (certificateCodes.has(code)) return 'untrusted';
  if (notSentCodes.has(code) || (code === 'ETIMEDOUT' && notSentPhases.has(phase ?? ''))) return 'not-sent';
  return 'lost';
}

function textMember(value: unknown, member: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Reflect.get(value, member);
  return typeof text === 'string' ? text : undefined;
}
