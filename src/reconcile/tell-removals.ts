import type { CommitInfo } from '../core/git/commit-info.ts';
import type { AppliedSource, LedgerRecord } from '../core/ledger/ledger.ts';
import type { Change, DeleteChange, Plan } from '../core/plan/plan.ts';
import type { DesiredSource } from './ports.ts';

/** Deletes of which it is looked up at most who removed the manifest: nobody reads more of them one by one. */
const mostTold = 50;

/**
 * The plan with the commits that removed manifests, for people: nothing is decided by them. They are noted, too, for a delete that is
 * blocked now is planned again when its commit is no news any more.
 * @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED
 */
export async function tellRemovals(
  plan: Plan,
  {
    source,
    since,
    signal,
  }: {
    readonly source: DesiredSource;
    readonly since: AppliedSource | undefined;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Plan> {
  if (since === undefined || plan.history !== 'descendant' || source.whoRemoved === undefined) return plan;
  const found = new Map<string, CommitInfo>();
  for (const { file, id } of untoldDeletes(plan).slice(0, mostTold)) {
    const removedIn = await source.whoRemoved(file, since, signal);
    if (removedIn !== undefined) found.set(id, removedIn);
  }
  const changes = plan.changes.map((change) => told(change, found));
  const skips = plan.skips.map((skip) =>
    skip.change === undefined ? skip : { ...skip, change: told(skip.change, found) },
  );
  return { ...plan, changes, skips, notes: plan.notes.map((note) => noted(note, found)) };
}

function untoldDeletes({ changes, skips }: Plan): readonly DeleteChange[] {
  const all = [...changes, ...skips.flatMap(({ change }) => change ?? [])];
  return all.filter((change) => change.action === 'delete').filter(({ removedIn }) => removedIn === undefined);
}

function told(change: Change, found: ReadonlyMap<string, CommitInfo>): Change {
  if (change.action !== 'delete') return change;
  const removedIn = found.get(change.id);
  return removedIn === undefined ? change : { ...change, removedIn };
}

function noted(note: LedgerRecord, found: ReadonlyMap<string, CommitInfo>): LedgerRecord {
  if (note.kind !== 'observed' || note.seen.orphaned === undefined) return note;
  const removedIn = found.get(note.id);
  if (removedIn === undefined) return note;
  return { ...note, seen: { ...note.seen, orphaned: { ...note.seen.orphaned, removedIn } } };
}
