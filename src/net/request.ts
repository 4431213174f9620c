import { readFileSync } from 'node:fs';
import got from 'got';
import { redactText } from '../core/redact/patterns.ts';
import { joinSignals } from '../core/signals.ts';
import { agentsFor, type ProxySettings } from './proxy.ts';

/** A request to a forge or a daemon. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** A response, or why there is none. Neither holds anything of the request's headers. */
export type HttpResult =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
      readonly text: string;
    }
  | Failed;

interface Failed {
  readonly failure: 'unreachable' | 'timeout' | 'tls';
  readonly reason: string;
}

/** Sends a request, once; rejects only with the reason of an aborted signal. */
export type Send = (request: HttpRequest) => Promise<HttpResult>;

/** How requests are sent. */
export interface SendOptions {
  readonly userAgent: string;
  readonly proxy: ProxySettings;
  /** File with authorities that count for the server's certificate, in place of those of Node.js. */
  readonly ca?: string | undefined;
  /** Longest that a request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Most that is read of a response, in bytes. Default: 1 MiB. */
  readonly largestResponse?: number;
}

const mebibyte = 1024 * 1024;

/**
 * Sends requests through the proxy of the environment, if there is one. Nothing is repeated, and redirects are not followed: they would
 * take credentials elsewhere. The HTTP library's errors hold the headers of a request, and never leave this file.
 */
export function sender(options: SendOptions): Send {
  return async (request) => {
    request.signal.throwIfAborted();
    const authorities = readAuthorities(options.ca);
    if ('failure' in authorities) return authorities;
    try {
      return await receive(request, options, authorities);
    } catch (error) {
      request.signal.throwIfAborted();
      return failureBy(error);
    }
  };
}

/** What is read of them is the HTTP library's own option. */
function readAuthorities(ca: string | undefined): { readonly https?: { certificateAuthority: Buffer } } | Failed {
  if (ca === undefined) return {};
  try {
    return { https: { certificateAuthority: readFileSync(ca) } };
  } catch (error) {
    return { failure: 'tls', reason: `the file of authorities cannot be read: ${messageOf(error)}` };
  }
}

async function receive(
  request: HttpRequest,
  { userAgent, proxy, timeoutMs, largestResponse = mebibyte }: SendOptions,
  authorities: { readonly https?: { certificateAuthority: Buffer } },
): Promise<HttpResult> {
  const { method, url, headers, body, signal } = request;
  const excessive = new AbortController();
  const joined = joinSignals(signal, excessive.signal);
  const response = got(url, {
    method,
    headers: { 'user-agent': userAgent, ...headers },
    agent: agentsFor(new URL(url), proxy, { keepAlive: false, maxSockets: 1 }),
    ...authorities,
    ...(body === undefined ? {} : { body }),
    responseType: 'text',
    retry: { limit: 0 },
    timeout: { request: timeoutMs },
    throwHttpErrors: false,
    followRedirect: false,
    signal: joined.signal,
  });
  // Node.js 22.22 tells of a tunnel that a proxy refused twice, and the HTTP library listens once.
  void response.on('request', (sent) => sent.on('error', () => undefined));
  response.on('downloadProgress', ({ transferred }) => {
    if (transferred > largestResponse) excessive.abort();
  });
  try {
    const { statusCode: status, headers: received, body: text } = await response;
    return { status, headers: single(received), text };
  } catch (error) {
    if (excessive.signal.aborted)
      return { failure: 'unreachable', reason: `the response is larger than ${largestResponse / mebibyte} MiB` };
    throw error;
  } finally {
    joined.release();
  }
}

function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
}

function failureBy(error: unknown): Failed {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  const reason = `${messageOf(error)} (${code})`;
  if (code === 'ETIMEDOUT') return { failure: 'timeout', reason };
  return { failure: /CERT|SELF_SIGNED|VERIFY|_TLS_|SSL/.test(code) ? 'tls' : 'unreachable', reason };
}

function messageOf(error: unknown): string {
  // Node.js 22 names a proxy with its password.
  return redactText(String(error instanceof Error ? error.message : error))
    .replace(/\s+/g, ' ')
    .slice(0, 200);
}
