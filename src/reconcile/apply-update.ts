import type { Application } from '../core/application.ts';
import { diffHashOf } from '../core/base.ts';
import { canonical } from '../core/canonical.ts';
import { diff } from '../core/diff.ts';
import { ReconcilerError } from '../core/errors.ts';
import { recentHeals } from '../core/fight.ts';
import { liveFingerprint } from '../core/intents.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { LedgerEntry, LedgerRecord } from '../core/ledger.ts';
import { overlay, overlayLosses } from '../core/overlay.ts';
import type { AdoptChange, Outcome, UpdateChange } from '../core/plan.ts';
import { type Pointer, pointerOf, pointerTokens, valueAt, withValueAt } from '../core/pointer.ts';
import { appliedEntry, normalisedOf } from './applied-entry.ts';
import type { ReconcilePorts } from './ports.ts';

type LiveChange = AdoptChange | UpdateChange;

const gone: Outcome = { outcome: 'stale', reason: 'it does not exist any more' };

/**
 * Writes an existing application, or only takes it over when nothing differs. PUT replaces everything and there is no version to
 * compare, so a GET comes right before it: the body is the manifest over that very answer, and only if the differences are those
 * that were planned.
 */
export async function applyUpdate(change: LiveChange, ports: ReconcilePorts, revision: string): Promise<Outcome> {
  const fresh = await freshAsPlanned(change, ports);
  if ('outcome' in fresh) return fresh;
  const { application, members } = fresh;
  if (change.action === 'adopt') await ports.ledger.keepBody(application.id, application.body);
  const written = members.length === 0 ? { application, leftOut: [] } : await replace(change, application, ports);
  if (written === undefined) return gone;
  const normalised = normalisedOf(change.manifest, written.application, ports.rules.policy);
  const now = ports.clock.now();
  const before = ports.ledger.current().entries.get(change.id) ?? (await adoptedEntry(application, change, now, ports));
  const healed =
    change.reason === 'drift' ? [...recentHeals(before, now), ...members.map((path) => ({ path, at: now }))] : [];
  const kept = before.normalised.filter(({ path }) => change.manifest.ignore.includes(path));
  const entry = appliedEntry(before, {
    manifest: change.manifest,
    revision,
    now,
    normalised: [...kept, ...normalised],
    healed,
  });
  await ports.ledger.record([{ kind: 'entry', entry }, ...retiredKey(before, entry, now)], { durable: false });
  return {
    outcome: 'applied',
    id: change.id,
    normalised: normalised.map(({ path }) => path),
    leftOut: written.leftOut,
  };
}

/** The application as it is now, if it still needs what was planned. One that moved on is planned once more, unless told otherwise. */
async function freshAsPlanned(
  change: LiveChange,
  { api, rules }: ReconcilePorts,
): Promise<Outcome | { readonly application: Application; readonly members: readonly Pointer[] }> {
  let expected = change.diffHash;
  for (let reading = 0; reading < 2; reading += 1) {
    const application = await api.get(change.id);
    if (application === undefined) return gone;
    const { members } = diff(
      canonical(application.body),
      canonical(overlay(change.manifest, application.body, rules.policy)),
    );
    const hash = diffHashOf(members);
    if (hash === expected) return { application, members: members.map(({ path }) => path) };
    if (rules.whenStale === 'refuse' || rules.policy.policy === 'create-only') break;
    if (hasNewLosses(change, application, rules.policy)) break;
    expected = hash;
  }
  return { outcome: 'stale', reason: 'another writer changed it since it was planned' };
}

function hasNewLosses(change: LiveChange, { body }: Application, options: Parameters<typeof overlay>[2]): boolean {
  if (change.action !== 'adopt') return false;
  return overlayLosses(change.manifest, body, options).some((loss) => !change.losses.includes(loss));
}

interface Written {
  readonly application: Application;
  readonly leftOut: readonly Pointer[];
}

/** PUT. A member that we only carried over and the API does not take back is left out, once. Undefined when it is gone. */
async function replace(
  { id, manifest }: LiveChange,
  { body }: Application,
  { api, rules }: ReconcilePorts,
): Promise<Written | undefined> {
  const wanted = overlay(manifest, body, rules.policy);
  try {
    return { application: await api.replace(id, wanted), leftOut: [] };
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_APPLICATION_GONE') return undefined;
    const leftOut = undeclaredPointers(wanted, manifest.spec, unknownMemberOf(error));
    if (leftOut.length === 0) throw error;
    const reduced = leftOut.reduce((smaller, pointer) => withValueAt(smaller, pointer, undefined), wanted);
    return { application: await api.replace(id, reduced), leftOut };
  }
}

function unknownMemberOf(error: unknown): string | undefined {
  if (!(error instanceof ReconcilerError) || error.code !== 'E_API_REJECTED') return undefined;
  return typeof error.details.unknownMember === 'string' ? error.details.unknownMember : undefined;
}

/** Where a member of that name stands in the body without being declared in the manifest. */
function undeclaredPointers(body: JsonObject, spec: JsonObject, member: string | undefined): readonly Pointer[] {
  if (member === undefined) return [];
  return pointersIn(body, '').filter(
    (pointer) => pointerTokens(pointer).at(-1) === member && valueAt(spec, pointer) === undefined,
  );
}

function pointersIn(value: Json, path: Pointer): readonly Pointer[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([member, inner]) => {
    const pointer = `${path}${pointerOf([member])}`;
    return [pointer, ...pointersIn(inner, pointer)];
  });
}

/** A pair of ours that the manifest's own key has replaced: its file stays, and the ledger goes on naming it. */
function retiredKey(
  { id, name, keyGenerated, ...before }: LedgerEntry,
  after: LedgerEntry,
  at: number,
): LedgerRecord[] {
  const { keyFingerprint: fingerprint } = before;
  if (!keyGenerated || fingerprint === undefined || fingerprint === after.keyFingerprint) return [];
  return [{ kind: 'key-retired', key: { fingerprint, id, name, at, reason: 'rotated' } }];
}

/** The key pair is ours if its private half is in the key folder: so it is after a lost ledger. */
async function adoptedEntry(
  application: Application,
  change: LiveChange,
  now: number,
  { keys }: ReconcilePorts,
): Promise<LedgerEntry> {
  const fingerprint = liveFingerprint(application);
  const held = fingerprint === undefined ? undefined : await keys.find(fingerprint);
  return {
    id: application.id,
    name: application.name,
    origin: 'adopted',
    paused: false,
    ...(fingerprint === undefined ? {} : { keyFingerprint: fingerprint }),
    keyGenerated: held !== undefined,
    boundAt: now,
    ...(change.action === 'adopt' && change.namesakes.length > 0 ? { namesakes: change.namesakes } : {}),
    file: '',
    revision: '',
    normalised: [],
    healed: [],
  };
}
