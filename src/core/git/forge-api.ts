import { isLoopback } from '../is-loopback.ts';
import { parseUrl } from '../parse-url.ts';
import type { RepositoryAddress } from './repository-address.ts';

/** Forges whose API is known. */
export type ForgeKind = 'github' | 'gitlab';

/** Hosts that forges have for ssh alone. Source: docs.github.com, "Using SSH over the HTTPS port"; docs.gitlab.com, "Use SSH keys" */
const webHosts: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
};

/**
 * Where the API of a forge is, by the address of a repository there; undefined of a directory of this machine.
 * Source: docs.github.com, "Getting started with the REST API", for each kind of GitHub; docs.gitlab.com, "REST API"
 */
export function forgeApiUrl(kind: ForgeKind, { url, scheme, origin }: RepositoryAddress): string | undefined {
  if (scheme === 'file') return undefined;
  const { hostname } = new URL(url);
  const web = new URL(origin ?? `https://${webHosts[hostname] ?? hostname}`);
  if (kind === 'gitlab') return `${web.origin}/api/v4`;
  if (web.host === 'github.com') return 'https://api.github.com';
  return web.host.endsWith('.ghe.com') ? `https://api.${web.host}` : `${web.origin}/api/v3`;
}

/** What a repository is called at its forge, such as `acme/voice`. */
export function forgeRepository({ name, scheme }: RepositoryAddress): string {
  return scheme === 'file' ? name.replace(/^\/+/, '') : name.slice(name.indexOf('/') + 1);
}

/** Why an address of an API is refused, to which a token would be sent; undefined when it is not. The text may hold a password, and is in no message. */
export function forgeUrlProblem(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:\/\/[^/?#]/i.test(text))
    return 'expected an https URL, such as https://git.example.com/api/v4';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'expected an https URL without user name, password, query or fragment';
  return url.protocol === 'https:' || isLoopback(url.hostname) ? undefined : 'http is not encrypted: use https';
}
