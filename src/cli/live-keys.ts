import type { Application } from '../core/application.ts';
import { liveFingerprint } from '../core/intents.ts';
import type { ApplicationReader } from '../reconcile/ports.ts';

/** The applications with their public keys: a listing may leave keys out (the documented shape of its items has none), a GET shows them. */
export function withKeys(
  applications: readonly Application[],
  api: ApplicationReader,
  stop: AbortSignal,
): Promise<readonly Application[]> {
  return Promise.all(
    applications.map(async (application) =>
      application.body.keys === undefined ? ((await api.get(application.id, stop)) ?? application) : application,
    ),
  );
}

/** Fingerprints of all their public keys that can be read. */
export function fingerprintsOf(applications: readonly Application[]): ReadonlySet<string> {
  return new Set(applications.flatMap((application) => liveFingerprint(application) ?? []));
}
