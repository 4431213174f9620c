import { ReconcilerError } from '../core/errors.ts';
import { isLoopback } from '../core/is-loopback.ts';
import { parseUrl } from '../core/parse-url.ts';

const vonageDomains = ['nexmo.com', 'vonage.com'];

/**
 * Refuses to send credentials to the wrong place: only by https to hosts below nexmo.com or vonage.com, to this machine, or to a
 * host (`host` or `host:port`) the operator allowed. The list must come from the environment, never from a file in a repository.
 * @throws {ReconcilerError} E_HOST_REFUSED
 */
export function assertHostAllowed(url: string | URL, allowedHosts: readonly string[]): void {
  const parsed = parseUrl(String(url));
  if (parsed !== undefined && isAllowed(parsed, allowedHosts)) return;
  throw new ReconcilerError('E_HOST_REFUSED', {
    url:
      parsed === undefined
        ? String(url)
            .slice(0, 60)
            .replace(/\/\/.*@/, '//')
        : shownUrl(parsed),
    host: parsed?.host ?? '',
    ...(parsed?.protocol === 'http:' && isVonage(hostnameOf(parsed)) ? { unencrypted: true } : {}),
  });
}

/** A URL as people may see it: without user, password and query. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

function isAllowed(url: URL, allowedHosts: readonly string[]): boolean {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return false;
  const hostname = hostnameOf(url);
  if (isLoopback(hostname)) return true;
  // Never in the clear over the internet, whatever the list says.
  if (isVonage(hostname)) return url.protocol === 'https:';
  const allowed = allowedHosts.map((host) => host.trim().toLowerCase());
  return allowed.includes(hostname) || allowed.includes(url.host);
}

function hostnameOf({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

function isVonage(hostname: string): boolean {
  return vonageDomains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** Where an API's applications are. */
export function collectionUrl(baseUrl: string): URL {
  const { origin, pathname } = new URL(baseUrl);
  return new URL(`${origin}${pathname.replace(/\/+$/, '')}/v2/applications`);
}
