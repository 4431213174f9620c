import http from 'node:http';
import https from 'node:https';
import { ReconcilerError } from '../core/errors.ts';
import { isLoopback } from '../core/is-loopback.ts';
import { parseUrl } from '../core/parse-url.ts';

/** The proxy settings of the environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** Hosts that are reached directly, separated by commas: `example.com` (and all below it), `.example.com`, `host:port`, `*`. */
  readonly noProxy?: string | undefined;
}

/** What agents are made with. */
export interface AgentOptions {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
}

/** An agent for each scheme; only the one that fits the API's address is ever used. */
export interface Agents {
  readonly http?: http.Agent;
  readonly https?: https.Agent;
}

/**
 * The proxy a URL is reached through; undefined is the direct way. This machine is always reached directly.
 * @throws {ReconcilerError} E_CONFIG_INVALID when the proxy's address is none
 */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const proxy = url.protocol === 'https:' ? settings.httpsProxy : settings.httpProxy;
  if (proxy === undefined || proxy === '' || isLoopback(url.hostname) || isExempt(url, settings.noProxy ?? '')) {
    return undefined;
  }
  const parsed = parseUrl(withScheme(proxy));
  if (parsed !== undefined) return parsed;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  throw new ReconcilerError('E_CONFIG_INVALID', {
    file: 'environment',
    message: `${variable} is not a valid URL; expected http://HOST:PORT`,
  });
}

/** The passwords of all proxies there are. */
export function proxyPasswords({ httpsProxy, httpProxy }: ProxySettings): readonly string[] {
  return [httpsProxy, httpProxy].flatMap((proxy) => proxySecrets(proxy ? parseUrl(withScheme(proxy)) : undefined));
}

/** The values of a proxy's address that must not show up anywhere: its password, as written and decoded. */
export function proxySecrets(proxy: URL | undefined): readonly string[] {
  if (proxy === undefined) return [];
  // A stray % is legal in a URL but cannot be decoded.
  const decodable = /^(?:[^%]|%[0-7][0-9a-f])*$/i.test(proxy.password);
  return decodable ? [proxy.password, decodeURIComponent(proxy.password)] : [proxy.password];
}

/** Agents that reach the URL directly or through its proxy. Whether there is one is decided here: the agents are told no exemptions. */
export function agentsFor(url: URL, settings: ProxySettings, options: AgentOptions): Agents {
  const proxy = proxyFor(url, settings)?.href;
  if (url.protocol === 'https:') return { https: new https.Agent({ ...options, proxyEnv: { HTTPS_PROXY: proxy } }) };
  return { http: new http.Agent({ ...options, proxyEnv: { HTTP_PROXY: proxy } }) };
}

function withScheme(proxy: string): string {
  return /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
}

function isExempt(url: URL, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*' || entry === url.host) return true;
      const domain = entry.replace(/^\*?\./, '');
      return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
    });
}
