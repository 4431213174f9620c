import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { DaemonConfig } from '../config/daemon.ts';
import { readIfPresent, type Secret } from '../config/secret.ts';
import type { ApiToken } from '../config/tokens.ts';
import { type Caller, hasRole, type Role } from './routes.ts';

/** Who asks; or why that is not answered. */
export type Verdict = Caller | 'off' | 'missing' | 'unknown' | 'forbidden';

/**
 * Whether a request that takes this role may go on. A route that no configured token could use is off. A token that cannot be read lets
 * nobody in, and neither does a value that two tokens of different kinds have: a configuration with them is refused, but secrets are
 * read afresh.
 */
export function judgeToken(header: string | undefined, role: Role, tokens: readonly ApiToken[]): Verdict {
  if (!tokens.some((token) => hasRole(token, role))) return 'off';
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (given === undefined) return 'missing';
  const same = tokens.filter(({ secret }) => isToken(given, secret));
  const [one] = same;
  if (one === undefined || same.some(({ kind }) => kind !== one.kind)) return 'unknown';
  if (!hasRole(one, role)) return 'forbidden';
  return { setting: one.setting, sources: one.kind === 'plan' ? sourcesOf(same) : undefined };
}

function sourcesOf(tokens: readonly ApiToken[]): readonly string[] {
  return tokens.flatMap(({ source }) => source ?? []);
}

/** In the same time whatever was given. */
function isToken(given: string, secret: Secret): boolean {
  const token = readIfPresent(secret);
  return token !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Whether a Host header names this daemon: a page in somebody's browser that lets its own name resolve to our address must not get in.
 * That takes a name, so addresses are let in: probes and scrapers in Kubernetes use them.
 */
export function isKnownHost(
  header: string | undefined,
  { hosts, listen }: Pick<DaemonConfig, 'hosts' | 'listen'>,
): boolean {
  if (header === undefined) return false;
  const full = header.toLowerCase();
  const name = full.replace(/:\d+$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return ['localhost', listen.host.toLowerCase(), ...hosts].some((known) => known === name || known === full);
}
