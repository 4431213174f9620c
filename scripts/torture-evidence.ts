/** What is counted afterwards. */
import type { LiveApplication, SeenRequest } from './torture-account.ts';
import type { StageHistory } from './torture-loop.ts';
import type { Wanted } from './torture-manifests.ts';
import type { Stage, Title } from './torture-stages.ts';

/** What is looked at. */
export interface Evidence {
  readonly wanted: readonly Wanted[];
  readonly stages: readonly Stage[];
  readonly histories: readonly StageHistory[];
  /** Ids of the applications, by the number of their manifest, as they were created. */
  readonly ids: ReadonlyMap<number, string>;
  readonly live: readonly LiveApplication[];
  readonly requests: readonly SeenRequest[];
  /** Applications of others that no other writer has touched, by id, and what they were. */
  readonly untouched: ReadonlyMap<string, string>;
  /** Directory of the account in the state directory. */
  readonly state: string;
}

/** The ledger, as far as it is looked at. */
export interface LedgerDocument {
  readonly entries: readonly LedgerEntry[];
  readonly intents: readonly unknown[];
  readonly deletes: readonly { readonly id: string; readonly name: string }[];
  readonly retired: readonly { readonly fingerprint: string; readonly id?: string }[];
}

interface LedgerEntry {
  readonly id: string;
  readonly name: string;
  readonly keyFingerprint?: string;
  readonly nextKeyFingerprint?: string;
}

/** Ids of the applications that a stage was about. */
export function idsOf(title: Title, { stages, ids }: Pick<Evidence, 'stages' | 'ids'>): ReadonlySet<string> {
  const numbers = stages.find((stage) => stage.title === title)?.numbers ?? [];
  return new Set(numbers.map((number) => ids.get(number) ?? `no id for ${number}`));
}
