import { type Application, type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import type { NumbersReading } from '../core/in-use/numbers-reading.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Delivery } from '../core/ledger/deliveries.ts';
import { ambiguousName } from '../core/ledger/find-owned.ts';
import type { DeleteRecord, LedgerEntry } from '../core/ledger/ledger.ts';
import { problemsIn } from '../core/limit-problems.ts';
import type { DesiredState, Manifest, Revision } from '../core/manifest/manifest.ts';
import type { Plan, SkipReason } from '../core/plan/plan.ts';
import { pointerOf } from '../core/pointer.ts';
import { commitDocument, planToJson } from '../core/render/json.ts';
import { readableTimes } from '../core/render/readable-times.ts';
import { explainReason } from '../core/render/words.ts';
import type { Look } from '../pass/look.ts';
import type { ApplicationStatus } from './application-status.ts';
import type { Explanation } from './documents.ts';
import { linkedDocument } from './linked-document.ts';
import { shownLive } from './shown-live.ts';
import { waitsFor } from './status.ts';
import { applicationDocument, isoTime } from './to-document.ts';

/** What is known beside the account itself. */
export interface ExplainContext {
  /** As of the daemon's last pass. */
  readonly status: ApplicationStatus | undefined;
  /** Of the account, newest last. */
  readonly history: readonly JsonObject[];
  /** Of the account's phone numbers, where they were asked for. */
  readonly numbers?: NumbersReading | undefined;
}

/** Events of one application that are shown. */
const mostEvents = 20;

/**
 * Everything there is to say about one application, by its name or id, from a fresh plan; undefined when neither manifests, ledger,
 * account nor history know it. `get` reads it as it is live.
 * @throws {ReconcilerError}
 */
export async function explainFrom(
  wanted: string,
  { account, desired, entries, deletes, deliveries, plan }: Look,
  context: ExplainContext,
  get: (id: ApplicationId) => Promise<Application | undefined>,
): Promise<Explanation | undefined> {
  const known = find(wanted, plan, desired, entries);
  if (known === undefined) return gone(wanted, { account: account.config.name, deletes, ...context });
  const { name, id } = known;
  const about = aboutOf(known);
  const live = id === undefined ? undefined : await get(id);
  const named = desired.manifests.filter((one) => one.name === name);
  const manifest = named.find((one) => one.id === id) ?? named.find((one) => (one.id ?? id) === id || id === undefined);
  const entry = entries.find((one) => one.id === id);
  const ofIt = onlyAbout(about, plan, brokenFiles(desired, { name, id, file: entry?.file }));
  const document = planToJson(ofIt, account.context);
  return {
    format: 'vonage-gitops.explanation/3',
    account: account.config.name,
    name,
    id: id ?? null,
    ...decisionOf(ofIt, name),
    status: withoutChange(context.status),
    manifest: manifest === undefined ? null : manifestDocument(manifest, desired.revision),
    changes: document.changes,
    skips: document.skips,
    guards: document.guards,
    problems: document.problems,
    live: live === undefined ? null : shownLive(live.body, manifest, desired.hiddenValues),
    linkedNumbers: linkedDocument(id, context.numbers),
    ledger: ledgerDocument(entry, deliveries),
    events: eventsOf(about, context.history),
  };
}

/** What is left to say of an application that was deleted or released: what happened to it. */
function gone(
  wanted: string,
  {
    account,
    deletes,
    history,
  }: ExplainContext & { readonly account: string; readonly deletes: readonly DeleteRecord[] },
): Explanation | undefined {
  const deleted = deletes.findLast(({ name, id }) => name === wanted || id === parseApplicationId(wanted));
  const { name = wanted, id } = deleted ?? {};
  const events = eventsOf((one) => one.name === name, history);
  if (deleted === undefined && events.length === 0) return undefined;
  const next =
    deleted === undefined
      ? 'it is no longer in the manifests, the ledger or the account; only its events remain'
      : `it was deleted at ${isoTime(deleted.at)}; "vonage-gitops restore ${deleted.id}" creates it again, with a new id`;
  return {
    format: 'vonage-gitops.explanation/3',
    account,
    name,
    id: id ?? null,
    decision: 'gone',
    next,
    status: null,
    manifest: null,
    changes: [],
    skips: [],
    guards: [],
    problems: [],
    live: null,
    linkedNumbers: null,
    ledger: null,
    events,
  };
}

interface Known {
  readonly name: string;
  readonly id: ApplicationId | undefined;
  /** Whether it was asked for by its id: another one may have its name. */
  readonly isById: boolean;
}

interface Subject {
  readonly name?: unknown;
  readonly id?: unknown;
}

/** Whether something is about this application. */
function aboutOf({ name, id, isById }: Known): (one: Subject) => boolean {
  return (one) => one.name === name && (!isById || one.id === undefined || one.id === id);
}

/** @throws {ReconcilerError} E_NAME_AMBIGUOUS for a name that several managed applications have */
function find(wanted: string, plan: Plan, desired: DesiredState, entries: readonly LedgerEntry[]): Known | undefined {
  const id = parseApplicationId(wanted);
  const is = (one: { readonly name: string; readonly id?: ApplicationId }) =>
    one.name === wanted || (id !== undefined && one.id === id);
  const managed = [...entries, ...desired.manifests].flatMap((one) => (one.name === wanted ? (one.id ?? []) : []));
  const ids = [...new Set(managed)];
  if (id === undefined && ids.length > 1) throw ambiguousName(wanted, ids);
  const planned = [...plan.changes, ...plan.skips].filter(is);
  const entry = entries.find(is);
  const declared = desired.manifests.find(is) ?? desired.broken.find(({ name }) => name === wanted);
  const [first] = planned;
  const name = first?.name ?? entry?.name ?? declared?.name;
  if (name === undefined) return undefined;
  const found = planned.flatMap((one) => ('id' in one && one.id !== undefined ? [one.id] : []));
  const own = found[0] ?? entry?.id;
  return { name, id: own, isById: id !== undefined && own === id };
}

/** Files with an invalid manifest that names the application, or that may be its own: there is no other place of what is wrong. */
function brokenFiles(
  { broken }: DesiredState,
  known: Pick<Known, 'name' | 'id'> & { readonly file: string | undefined },
): readonly string[] {
  const isIts = ({ name, id, place }: DesiredState['broken'][number]) =>
    name === known.name || (id ?? '') === known.id || (name === undefined && place.file === known.file);
  return broken.filter(isIts).map(({ place }) => place.file);
}

function onlyAbout(about: (one: Subject) => boolean, plan: Plan, brokenIn: readonly string[]): Plan {
  const skips = plan.skips.filter(about);
  const changes = plan.changes.filter(about);
  const blocking = new Set(skips.map(({ guard }) => guard));
  const places = [...changes, ...skips].flatMap((one) => ('place' in one ? (one.place?.file ?? []) : []));
  const files = new Set([...places, ...brokenIn]);
  return {
    ...plan,
    changes,
    skips,
    guards: plan.guards.filter(({ guard }) => blocking.has(guard)),
    problems: problemsIn(plan.problems, (file) => files.has(file)),
  };
}

function decisionOf(plan: Plan, name: string): Pick<Explanation, 'decision' | 'next'> {
  const change = plan.changes.find((one) => one.name === name);
  if (change !== undefined)
    return { decision: change.action, next: `the next pass will ${change.action} it: ${explainReason(change)}` };
  const skips = plan.skips.filter((one) => one.name === name);
  const [skip] = skips.toSorted(
    (one, other) => Number(one.reason === 'unchanged') - Number(other.reason === 'unchanged'),
  );
  if (skip === undefined) return { decision: 'held', next: 'its manifest is invalid: fix it' };
  const words: Partial<Record<SkipReason, string | undefined>> = {
    unchanged: 'in sync',
    unmanaged: 'no manifest declares it, so it is not changed',
    waiting: waitsFor(plan),
  };
  return { decision: skip.reason, next: words[skip.reason] ?? skip.message };
}

function withoutChange(status: ApplicationStatus | undefined): Explanation['status'] {
  if (status === undefined) return null;
  const { change: _change, ...others } = applicationDocument(status);
  return others;
}

function manifestDocument(manifest: Manifest, { id, commit }: Revision): Explanation['manifest'] {
  const { place, labels, deletionPolicy, reconcile, ignore, concealedMetadata } = manifest;
  const asWritten = (pointer: string, value: string) => concealedMetadata?.get(pointer) ?? value;
  return {
    place: { ...place },
    labels: Object.fromEntries(
      Object.entries(labels).map(([label, value]) => [label, asWritten(`/labels${pointerOf([label])}`, value)]),
    ),
    deletionPolicy: deletionPolicy ?? null,
    reconcile,
    ignore: ignore.map((pointer, index) => asWritten(`/ignore/${index}`, pointer)),
    revision: id,
    ...(commit === undefined ? {} : { commit: commitDocument(commit) }),
  };
}

function ledgerDocument(entry: LedgerEntry | undefined, deliveries: readonly Delivery[]): Explanation['ledger'] {
  if (entry === undefined) return null;
  const { origin, file, revision, appliedAt, deletionPolicy, keyFingerprint, keyGenerated } = entry;
  return {
    origin,
    file,
    revision,
    appliedAt: isoTime(appliedAt),
    deletionPolicy: deletionPolicy ?? null,
    keyFingerprint: keyFingerprint ?? null,
    keyGenerated,
    deliveries: deliveries
      .filter(({ fingerprint }) => fingerprint === keyFingerprint)
      .map(({ target, phase, failed }) => ({
        target,
        phase,
        ...(failed === undefined ? {} : { reason: failed.reason }),
      })),
  };
}

function eventsOf(about: (one: Subject) => boolean, history: readonly JsonObject[]): Explanation['events'] {
  const isNamed = (one: Json) => isJsonObject(one) && about(one);
  const events = history.flatMap((event) => {
    if (about(event)) return [event];
    const own = (member: string) => (Array.isArray(event[member]) ? event[member] : []).filter(isNamed);
    const [results, found] = [own('results'), own('found')];
    if (results.length + found.length === 0) return [];
    return [{ ...event, results, ...(found.length === 0 ? {} : { found }) }];
  });
  return events.slice(-mostEvents).map(readableTimes);
}
