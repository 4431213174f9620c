import type { Application } from '../core/application/application.ts';
import { foldName } from '../core/fold-name.ts';
import { recognizeIntents, withEntries } from '../core/ledger/intents.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { Notice } from '../core/plan/notice.ts';
import { pairManifests } from '../core/plan/pairing.ts';
import { twinNotices } from '../core/plan/twins.ts';
import { confirmation, withKeys } from './listing.ts';
import type { ApplicationReader, LedgerReader, PassRules } from './ports.ts';

/** What twins are looked for with. */
export interface TwinPorts {
  readonly api: ApplicationReader;
  readonly ledger: LedgerReader;
  readonly rules: Pick<PassRules, 'policy'>;
}

/**
 * Twins of managed applications, looked for more thoroughly than a pass does: where a listing shows no keys, each application that has
 * the name of a managed one is asked for its key. Reads only.
 */
export async function findTwins(
  desired: DesiredState,
  { api, ledger, rules }: TwinPorts,
  signal: AbortSignal,
): Promise<readonly Notice[]> {
  const recorded = await ledger.load();
  const listing = await api.list({ ...confirmation(desired, recorded), signal });
  const applications = await withNamesakesKeys(listing.applications, { recorded, desired }, api, signal);
  const live = { ...listing, applications };
  const owned = withEntries(recorded, recognizeIntents(recorded, applications));
  const { manifests } = desired;
  const pairings = pairManifests({ manifests, live, owned, policy: rules.policy, absences: new Map() });
  return twinNotices({ live, owned, pairings });
}

function withNamesakesKeys(
  applications: readonly Application[],
  { recorded, desired }: { readonly recorded: Ledger; readonly desired: DesiredState },
  api: ApplicationReader,
  signal: AbortSignal,
): Promise<readonly Application[]> {
  const managed = [...recorded.entries.values(), ...recorded.intents, ...desired.manifests];
  const names = new Set(managed.flatMap(({ name }) => (name === undefined ? [] : foldName(name))));
  const isNeeded = ({ id, name }: Application) => !recorded.entries.has(id) && names.has(foldName(name));
  return withKeys(applications, api, signal, isNeeded);
}
