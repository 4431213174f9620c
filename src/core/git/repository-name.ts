import { resolve } from 'node:path';
import { parseUrl } from '../parse-url.ts';

const defaultPorts: Readonly<Record<string, string>> = { 'ssh:': '22', 'http:': '80', 'https:': '443', 'git:': '9418' };

/**
 * What a repository is called whichever way it is fetched, `git.example.com/team/config`: without scheme, credentials and `.git`, so
 * that https and ssh make one. A repository on this machine is its absolute path. Undefined for an address that is not understood.
 */
export function repositoryName(url: string, workTree: string): string | undefined {
  if (/^[\w+.-]+::/.test(url)) return undefined; // a program of its own fetches it
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return nameOfUrl(url);
  const [, host, path] = /^(?:[^@/]*@)?(\[[^\]/]+\]|[^:/[\]]+):(.*)$/s.exec(url) ?? [];
  if (host === undefined || path === undefined) return trimmed(resolve(workTree, url));
  return joined(scpHost(host), path);
}

function nameOfUrl(url: string): string | undefined {
  const parsed = parseUrl(url);
  if (parsed === undefined) return undefined;
  const { protocol, hostname, port, pathname } = parsed;
  const path = decoded(pathname);
  if (protocol === 'file:') return trimmed(path);
  if (hostname === '') return undefined;
  // Two servers of one machine differ by their ports; a port that goes without saying is none.
  return joined(port === '' || port === defaultPorts[protocol] ? hostname : `${hostname}:${port}`, path);
}

/** `[host:port]` is a host with a port; `[::1]` is an address. */
function scpHost(host: string): string {
  const [, name, port] = /^\[([^:\]]+):(\d+)\]$/.exec(host) ?? [];
  if (name === undefined) return host;
  return port === '22' ? name : `${name}:${port}`;
}

function joined(host: string, path: string): string | undefined {
  const name = trimmed(path).replace(/^\/+/, '');
  return name === '' ? undefined : `${host.toLowerCase()}/${name}`;
}

function trimmed(path: string): string {
  return path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/\/?\.git$/, '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
