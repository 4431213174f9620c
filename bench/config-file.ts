import { writeFileSync } from 'node:fs';

/** Writes a configuration file of one account with this pace, and more of it; its key and secret come from the environment. */
export function writeConfig(file: string, manifests: string, requestsPerSecond: number, more: object = {}): void {
  const account = { name: 'main', manifests, requestsPerSecond, updates: { maxPercent: 100 }, ...more };
  writeFileSync(file, JSON.stringify({ apiVersion: 'vonage-gitops/v1', kind: 'Config', accounts: [account] }));
}
