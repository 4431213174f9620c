import type { Application, ApplicationId, LiveState } from '../core/application/application.ts';
import { changedDoubt, listingDoubt, uncountedDoubt } from '../core/application/listing-doubt.ts';
import { ReconcilerError } from '../core/errors.ts';
import { vanishLimit } from '../core/guards/limits.ts';
import { liveFingerprint } from '../core/ledger/intents.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { DesiredState, Manifest } from '../core/manifest/manifest.ts';
import { listingSeen } from '../core/plan/listing-seen.ts';
import type { Change, CreateChange, Plan } from '../core/plan/plan.ts';
import type { Overrides } from '../core/plan/policy.ts';
import { type ApplicationReader, type ListOptions, pageSize, type ReconcilePorts } from './ports.ts';

/**
 * Ids whose absence from the listing must be confirmed: what we own, and what manifests pin. When more are missing than may be, it
 * looks like an outage, and asking for each of thousands would tell no more.
 */
export function confirmation(
  desired: DesiredState,
  owned: Ledger,
  { allowCreates }: Partial<Overrides> = {},
): Omit<ListOptions, 'signal'> {
  // Those of a first look come first, so that the second look is at the same ones.
  const entries = [...owned.entries.values()].toSorted(
    (one, other) => Number(other.missingAt !== undefined) - Number(one.missingAt !== undefined),
  );
  const confirm = [...new Set([...entries.map(({ id }) => id), ...desired.manifests.flatMap(({ id }) => id ?? [])])];
  // A person who says that so many are gone has each of them asked for.
  return allowCreates === undefined ? { confirm, confirmAtMost: vanishLimit(owned.entries.size) + 1 } : { confirm };
}

/** The applications, with keys where an undecided create needs them to be recognized, or a manifest brings one to compare. */
export async function showKeys(
  applications: readonly Application[],
  owned: Ledger,
  api: ApplicationReader,
  manifests: readonly Manifest[] = [],
): Promise<readonly Application[]> {
  const lost = new Set(owned.intents.map(({ name }) => name));
  const isCompared = bringsKey(manifests, owned);
  const isNeeded = (application: Application) =>
    isCompared(application) || (lost.has(application.name) && !owned.entries.has(application.id));
  return withKeys(applications, api, undefined, isNeeded);
}

/** Whether an application may be that of a manifest with a key of its own. */
function bringsKey(manifests: readonly Manifest[], { entries }: Ledger): (application: Application) => boolean {
  const bringing = manifests.filter(({ spec }) => spec.keys !== undefined);
  const names = new Set(bringing.flatMap(({ name, formerly = [] }) => [name, ...formerly]));
  const ids = new Set(bringing.flatMap(({ id }) => id ?? []));
  return ({ id, name }) => ids.has(id) || names.has(name) || names.has(entries.get(id)?.name ?? '');
}

/**
 * Why a plan's creates and adoptions must not go ahead, or undefined: one listing of several pages can miss an application that
 * moved between pages, so it is read again, and two in a row must agree. Single creates that are no longer needed are refused, too.
 */
export async function confirmListing(plan: Plan, { api }: ReconcilePorts, signal: AbortSignal): Promise<Confirmation> {
  if (plan.listing.count <= pageSize && !plan.changes.some(isRepeat))
    return { refuse: () => undefined, seen: plan.listing.ids };
  let last = plan.listing;
  const seen = new Set(last.ids);
  let doubt: string | undefined;
  for (let reading = 0; reading < 3; reading += 1) {
    const live = await api.list({ confirm: [], signal });
    const again = listingSeen(live);
    for (const id of again.ids) seen.add(id);
    if (live.stable && again.hash === last.hash)
      return { refuse: (change) => notNeeded(change, live.applications), seen };
    last = again;
    doubt = listingDoubt(live);
  }
  const reason = `${doubt ?? changedDoubt}: an application may be missing in it`;
  return { refuse: () => reason, seen };
}

/** Whether a create may be for an application that exists: one whose response was lost, or one that was looked for and not found. */
function isRepeat(change: Change): boolean {
  return change.action === 'create' && (change.intent !== undefined || change.replaces !== undefined);
}

/** What a repeated listing says of the changes that make us own something. */
export interface Confirmation {
  /** Why a create or, without one, an adoption must not go ahead; undefined when it may. */
  readonly refuse: (change: CreateChange | undefined) => string | undefined;
  /** Ids that a listing of this pass showed: none of them can be an application created in it. */
  readonly seen: ReadonlySet<ApplicationId>;
}

/** Why a create is not needed any more. A person may have thought about the plan for long, and what was gone may be back. */
function notNeeded(change: CreateChange | undefined, applications: readonly Application[]): string | undefined {
  if (change === undefined) return undefined;
  const { name, before, intent, replaces } = change;
  if (applications.some(({ id }) => id === replaces))
    return `the application it would replace exists again (${replaces})`;
  const names = [name, intent?.name]; // the lost create may have been for an earlier name of the manifest
  const taken = applications.find(
    (application) => names.includes(application.name) && !before.includes(application.id),
  );
  return taken && `an application named "${taken.name}" appeared in the meantime (${taken.id})`;
}

/**
 * The applications with the public keys of those that need them: a listing may leave keys out (the documented shape of its items has
 * none), a GET shows them.
 */
export function withKeys(
  applications: readonly Application[],
  api: ApplicationReader,
  stop: AbortSignal | undefined,
  isNeeded: (application: Application) => boolean = () => true,
): Promise<readonly Application[]> {
  return Promise.all(
    applications.map(async (application) => {
      if (application.body.keys !== undefined || !isNeeded(application)) return application;
      return (await api.get(application.id, stop)) ?? application;
    }),
  );
}

/** Fingerprints of all their public keys that can be read. */
export function fingerprintsOf(applications: readonly Application[]): ReadonlySet<string> {
  return new Set(applications.flatMap((application) => liveFingerprint(application) ?? []));
}

/** What is listed, for whom. */
export interface SureListingOptions {
  readonly confirm: readonly ApplicationId[];
  /** The command that needs it. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/**
 * A listing that misses nothing: of several pages one can miss an application that moved between them, so they are read twice.
 * @throws {ReconcilerError} E_REFUSED while the listing changes as it is read, or shows not all there is to know of it
 */
export async function sureListing(
  api: ApplicationReader,
  { confirm, what, signal }: SureListingOptions,
): Promise<LiveState> {
  const live = await api.list({ confirm, signal });
  const again = live.applications.length > pageSize ? await api.list({ confirm, signal }) : live;
  const agree = live.stable && again.stable && listingSeen(live).hash === listingSeen(again).hash;
  if (agree && again.uncounted !== true) return live;
  const doubt = listingDoubt(again) ?? (agree ? uncountedDoubt : changedDoubt);
  const reason = `${doubt}, so an application may be missing in it: try again`;
  throw new ReconcilerError('E_REFUSED', { what, reason });
}
