import { ReconcilerError } from '../core/errors.ts';
import type { Environment } from './secret.ts';

const vonageDomains = ['nexmo.com', 'vonage.com'];

/**
 * Lets credentials go by https to hosts below nexmo.com and vonage.com, and to this machine. A configuration is under review like any
 * other file and can be changed by a pull request, so only the environment (VONAGE_ALLOWED_API_HOSTS, separated by commas) can allow others.
 * @throws {ReconcilerError} E_HOST_REFUSED
 */
export function assertHostAllowed(apiUrl: string, environment: Environment): void {
  const url = new URL(apiUrl);
  const host = url.hostname;
  const allowed = (environment['VONAGE_ALLOWED_API_HOSTS'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  if (allowed.includes(host) || allowed.includes(url.host)) return;
  if (isLoopback(host)) return;
  if (url.protocol === 'https:' && vonageDomains.some((domain) => host === domain || host.endsWith(`.${domain}`)))
    return;
  throw new ReconcilerError('E_HOST_REFUSED', { url: url.origin, host });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
