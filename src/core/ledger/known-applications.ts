import { type ApplicationId, parseApplicationId } from '../application/application.ts';
import { ReconcilerError } from '../errors.ts';
import { foldName } from '../fold-name.ts';
import type { DesiredState, Manifest } from '../manifest/manifest.ts';
import { didYouMean } from '../mistakes/suggest.ts';
import { quoted } from '../render/visible.ts';
import type { Ledger } from './ledger.ts';

/** An application that a manifest, a broken one too, or the ledger names. */
export interface KnownApplication {
  readonly name: string;
  readonly id?: ApplicationId;
  /** Absent where they cannot be read: a broken manifest may have any. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Labels filled from the environment, whose values are never shown: as in a manifest. */
  readonly concealedMetadata?: Manifest['concealedMetadata'];
}

/** What is known of the applications of an account without asking the API. */
export interface KnownApplications {
  readonly applications: readonly KnownApplication[];
  /** Deleted and remembered: they can be restored. */
  readonly deleted: readonly KnownApplication[];
  /** Whether that is all: everything could be read, and each broken manifest has a name. */
  readonly complete: boolean;
}

/** What manifests and ledger know; undefined is what could not be read. */
export function knownApplications(
  desired: DesiredState | undefined,
  ledger: Pick<Ledger, 'entries' | 'deletes'> | undefined,
): KnownApplications {
  const { manifests = [], broken = [] } = desired ?? {};
  const named = broken.flatMap(({ name, id }) =>
    name === undefined ? [] : [{ name, ...(id === undefined ? {} : { id }) }],
  );
  const owned = [...(ledger?.entries.values() ?? [])].map(({ id, name }) => ({ id, name, labels: {} }));
  return {
    applications: [...manifests, ...named, ...owned],
    deleted: ledger?.deletes ?? [],
    complete: desired !== undefined && ledger !== undefined && named.length === broken.length,
  };
}

/**
 * What an application is paused under, asked for by this name or id: the name, which several may have, or the id as we write it. A name
 * that nothing has, although all is known, is a typo; `others` are names that count as known beside.
 * @throws {ReconcilerError} E_NAME_UNKNOWN
 */
export function pauseKey(known: KnownApplications, nameOrId: string, others: readonly string[] = []): string {
  const { complete } = known;
  const applications = [...known.applications, ...known.deleted];
  const id = parseApplicationId(nameOrId);
  if (others.includes(nameOrId) || applications.some(({ name }) => name === nameOrId)) return nameOrId;
  if (id !== undefined && (others.includes(id) || applications.some((one) => one.id === id))) return id;
  if (!complete) return id ?? nameOrId;
  const near = nearestName(nameOrId, applications);
  const message = `${quoted(nameOrId)}: no manifest and no managed application has that name or id${near}`;
  throw new ReconcilerError('E_NAME_UNKNOWN', { message });
}

/**
 * What an application may be paused under, all of which a resume by this name or id ends: its own key, and the name or ids that it has
 * beside it.
 * @throws {ReconcilerError} E_NAME_UNKNOWN; E_REFUSED for the id of one of several that are paused by their common name
 */
export function resumeKeys(known: KnownApplications, nameOrId: string, paused: readonly string[]): readonly string[] {
  const key = pauseKey(known, nameOrId, paused);
  const applications = [...known.applications, ...known.deleted];
  const ids = applications.flatMap(({ name, id }) => (id !== undefined && (id === key || name === key) ? [id] : []));
  const names = applications.flatMap(({ name, id }) => (id !== undefined && ids.includes(id) ? [name] : []));
  const shared = names.find((name) => name !== key && paused.includes(name) && isShared(name, applications));
  if (shared === undefined) return [...new Set([key, ...ids, ...names])];
  const reason = `it is paused by its name, which other applications have, too: resume ${quoted(shared)} to end it for all of them`;
  throw new ReconcilerError('E_REFUSED', { what: nameOrId, reason });
}

function isShared(name: string, applications: readonly KnownApplication[]): boolean {
  return new Set(applications.flatMap((one) => (one.name === name ? (one.id ?? []) : []))).size > 1;
}

/** ` (did you mean "Support line"?)`, for a name that nothing has; else nothing. */
export function nearestName(wanted: string, applications: KnownApplications['applications']): string {
  if (parseApplicationId(wanted) !== undefined) return '';
  const names = [...new Set(applications.map(({ name }) => name))].sort();
  const same = names.find((name) => foldName(name) === foldName(wanted));
  return same === undefined ? didYouMean(wanted, names) : didYouMean(same, [same]);
}
