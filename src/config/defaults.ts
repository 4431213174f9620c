import { defaultPolicy } from '../core/plan/policy.ts';
import type { ConfigFile } from './schema.ts';

/**
 * What the smallest configuration file comes to: one account named `default`, everything else as the schema's defaults have it (a
 * test compares the two).
 */
export function fileOfOneAccount(manifests = '.'): ConfigFile {
  const { keysMode, newSource: _ofTheFile, scopeNames, deletes, updates, creates, ...policy } = defaultPolicy;
  return {
    apiVersion: 'vonage-gitops/v1',
    kind: 'Config',
    sources: [],
    accounts: [
      {
        name: 'default',
        manifests,
        apiUrl: 'https://api.nexmo.com',
        apiKey: { env: 'VONAGE_API_KEY' },
        apiSecret: { env: 'VONAGE_API_SECRET' },
        ...policy,
        keys: { mode: keysMode, deliver: [] },
        scope: { names: [...scopeNames] },
        deletes,
        updates,
        creates,
        passthroughCapabilities: [],
        requestsPerSecond: 10,
        requestTimeoutSeconds: 30,
        concurrency: 4,
        limits: { pages: 1000 },
        nameSuffix: '',
        variables: {},
        environment: [],
        exclude: [],
      },
    ],
    daemon: {
      listen: '127.0.0.1:8080',
      hosts: [],
      shutdownSeconds: 10,
      watch: { mode: 'auto', quietMs: 500, pollSeconds: 5 },
      notifications: [],
    },
    reports: [],
  };
}
