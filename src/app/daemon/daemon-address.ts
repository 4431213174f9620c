import { networkInterfaces } from 'node:os';
import type { DaemonConfig } from '../../config/daemon.ts';
import { isLoopback } from '../../core/is-loopback.ts';

/** What --daemon takes in place of an address: no daemon is asked. */
export const noDaemon = 'none';

/** Where a daemon is. */
export interface DaemonAddress {
  /** Without a slash at the end. */
  readonly url: string;
  /** Whether the command line, the environment or daemon.url names it: then silence is an error. */
  readonly named: boolean;
  /** Whether it is daemon.url, which whoever types a command may not know of. */
  readonly configured: boolean;
  /** Whether the tokens of the configuration may go there. */
  readonly trusted: boolean;
}

/**
 * The daemon that a command asks: the one given, else that of daemon.url, else that of daemon.listen on this machine. Else why there is
 * none to ask. The tokens of the configuration are for its own daemon, and never for whatever address was given.
 */
export function daemonAddress({ url, listen }: DaemonConfig, given: string | undefined): DaemonAddress | string {
  if (given === noDaemon) return `no daemon is asked (--daemon ${noDaemon})`;
  if (given !== undefined) {
    const { hostname, origin } = new URL(given);
    const isConfigured = url !== undefined && new URL(url).origin === origin;
    return { url: withoutSlash(given), named: true, configured: false, trusted: isConfigured || isLoopback(hostname) };
  }
  if (url !== undefined) return { url: withoutSlash(url), named: true, configured: true, trusted: true };
  const host = reachable(listen.host);
  if (isThisMachine(host))
    return { url: `http://${host}:${listen.port}`, named: false, configured: false, trusted: true };
  return `daemon.listen (${host}:${listen.port}) is not an address of this machine: set daemon.url`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** What is sent to an address of this machine goes over no network. */
function isThisMachine(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const address = host.replace(/^\[|\]$/g, '');
  return isLoopback(host) || own.some((one) => one.address === address);
}
