import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.ts';

/** The public key all seeded applications share: a real one, its private half thrown away. */
export const SEED_PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0K/ZeMHiGivhjSkoCsEd
utn0a6hHEEda3PidJhmVTsk7NaP8MvPRxHEgdgP2f2gBd5aBOQLH9sgAotA8rNE0
QJ2MwjGZu6diTWgPIrZCq2byBrCO4gkzq8boicSIyBCatTJoeabRHkDeFQJPeRpL
jAHwmGRraJyiTXEApwfYeZR5xT8dZgeWn+JEV/5k/MdWARjheeto62VnYRJ4NA9e
ADJmTdCffvvAHbmAhtKqdMvuvKHcJc5nzyy6ZvOKe/ss4ZufqKWgk7P+HILSn+6K
Z+giUe3a+lGJijQT5263SBZWySe/4zcjqgBvNvMM4FFXM6FO0Z89FsxZy6iQRH00
vQIDAQAB
-----END PUBLIC KEY-----
`;

/** The nth (from 1) seeded application's body: name, voice, and messages for every second one. */
export function seedBody(nth: number): JsonObject {
  const base = `https://app-${nth}.example.com`;
  const voice = {
    webhooks: {
      answer_url: { address: `${base}/voice/answer`, http_method: 'GET' },
      event_url: { address: `${base}/voice/event`, http_method: 'POST' },
    },
  };
  const messages = {
    webhooks: {
      inbound_url: { address: `${base}/messages/inbound`, http_method: 'POST' },
      status_url: { address: `${base}/messages/status`, http_method: 'POST' },
    },
  };
  return { name: `Application ${nth}`, capabilities: nth % 2 === 0 ? { voice, messages } : { voice } };
}

/** The nth seeded application's id: a UUID, the same in every run. */
export function seedId(nth: number): string {
  const hex = createHash('sha256').update(`vonage-gitops emulator ${nth}`).digest('hex');
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return groups.join('-');
}
