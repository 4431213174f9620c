import type { DesiredState } from '../manifest/manifest.ts';
import type { Policy } from '../plan/policy.ts';
import { appliedAs, appliedOf, type HistoryFacts } from './applied.ts';
import type { Ledger, LedgerEntry, LedgerRecord } from './ledger.ts';
import { observed } from './observed.ts';

/** A move of the manifests to another source. */
export interface SourceMove {
  readonly desired: HistoryFacts['desired'] & Pick<DesiredState, 'root'>;
  readonly policy: Pick<Policy, 'policy'>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Owned applications that none of the manifests declares: what a move leaves behind. */
export function undeclaredEntries(
  { entries }: Ledger,
  { manifests }: Pick<DesiredState, 'manifests'>,
): readonly LedgerEntry[] {
  const ids = new Set(manifests.map(({ id }) => id));
  const names = new Set(manifests.flatMap(({ name, formerly = [] }) => [name, ...formerly]));
  return [...entries.values()].filter(({ id, name }) => !ids.has(id) && !names.has(name));
}

/**
 * What puts another source in effect. That it does not declare an application is no removal, and what was removed before was another
 * source's word: from now on both stay kept.
 */
export function moveRecords(
  leftBehind: readonly LedgerEntry[],
  { desired, policy: { policy }, now }: SourceMove,
): readonly LedgerRecord[] {
  const orphaned = { at: now, policy, cause: 'moved' } as const;
  const left = leftBehind.flatMap((entry): readonly LedgerRecord[] => {
    if (entry.orphaned?.cause === 'moved') return [];
    const since = { ...orphaned, ...entry.orphaned, cause: 'moved' } as const;
    return [{ kind: 'observed', id: entry.id, seen: { ...observed(entry), orphaned: since } }];
  });
  const { source, root } = desired;
  return [...left, { kind: 'source', source, root, orphaned, ...appliedAs(appliedOf(desired)) }];
}
