import type { AppliedSource } from '../core/ledger/ledger.ts';
import type { Change, Plan } from '../core/plan/plan.ts';
import type { DesiredSource } from './ports.ts';

/** Deletes of which it is looked up at most who removed the manifest: nobody reads more of them one by one. */
const mostTold = 50;

/** The plan with the commits that removed manifests, for people: nothing is decided by them. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
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
  const told = new Map<Change, Change>();
  for (const change of deletesIn(plan).slice(0, mostTold)) {
    const removedIn = await source.whoRemoved(change.file, since, signal);
    if (removedIn !== undefined) told.set(change, { ...change, removedIn });
  }
  const changes = plan.changes.map((change) => told.get(change) ?? change);
  const skips = plan.skips.map((skip) => {
    const change = skip.change && told.get(skip.change);
    return change === undefined ? skip : { ...skip, change };
  });
  return { ...plan, changes, skips };
}

function deletesIn({ changes, skips }: Plan) {
  const all = [...changes, ...skips.flatMap(({ change }) => change ?? [])];
  return all.filter((change) => change.action === 'delete');
}
