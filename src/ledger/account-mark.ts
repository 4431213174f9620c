import { randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../core/hash.ts';
import type { AccountMark } from './ledger-format.ts';

/** A new mark for the account with this API key at this host; the key cannot be read from it. */
export function markAccount(apiKey: string, host: string): AccountMark {
  const salt = randomBytes(16).toString('hex');
  return { salt, hash: hashAccount(salt, apiKey, host), host };
}

/** Whether the mark is that of the account with this API key at this host. */
export function isMarkOf(mark: AccountMark, apiKey: string, host: string): boolean {
  const expected = Buffer.from(hashAccount(mark.salt, apiKey, host));
  const found = Buffer.from(mark.hash);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function hashAccount(salt: string, apiKey: string, host: string): string {
  return sha256(`${salt}${apiKey}\n${host}`);
}
