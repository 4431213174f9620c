import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { DaemonConfig } from '../config/daemon.ts';
import { readIfPresent, type Secret } from '../config/secret.ts';

/** Whether a request may go on. */
export type Verdict = 'allowed' | 'off' | 'missing' | 'unknown' | 'forbidden';

/** What a request wants. */
export type Wish = 'read' | 'act';

/**
 * Whether a request below /api/ may go on. Without a configured token everything there is off; a read token only reads. A token that
 * cannot be read lets nobody in.
 */
export function judgeToken(header: string | undefined, wish: Wish, { token, readToken }: DaemonConfig): Verdict {
  if (token === undefined && readToken === undefined) return 'off';
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (given === undefined) return 'missing';
  if (isToken(given, token)) return 'allowed';
  if (!isToken(given, readToken)) return 'unknown';
  return wish === 'read' ? 'allowed' : 'forbidden';
}

/** In the same time whatever was given. */
function isToken(given: string, secret: Secret | undefined): boolean {
  const token = secret && readIfPresent(secret);
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
