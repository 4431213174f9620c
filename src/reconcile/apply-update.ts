import type { Application, ApplicationId } from '../core/application/application.ts';
import { oddField, oddMessage } from '../core/application/odd-field.ts';
import { type OverlayOptions, overlay, overlayLosses } from '../core/application/overlay.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { noFieldRecords } from '../core/ledger/field-records.ts';
import { deviatingPaths, fieldsAfterWrite } from '../core/ledger/fields-after-write.ts';
import { liveFingerprint } from '../core/ledger/intents.ts';
import type { FieldRecords, LedgerEntry, LedgerRecord } from '../core/ledger/ledger.ts';
import type { Manifest } from '../core/manifest/manifest.ts';
import { recentHeals } from '../core/plan/drift-fight.ts';
import { differencesOf } from '../core/plan/live-change.ts';
import { diffHashOf } from '../core/plan/live-hash.ts';
import type { AdoptChange, UpdateChange } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import type { Pointer } from '../core/pointer.ts';
import { appliedEntry } from './applied-entry.ts';
import { deliverKey } from './keys/deliver-keys.ts';
import { lookMissing } from './look-missing.ts';
import type { ReconcilePorts } from './ports.ts';
import { replaceWithoutRefused } from './replace-without-refused.ts';

type LiveChange = AdoptChange | UpdateChange;

/**
 * Writes an existing application, or only takes it over when nothing differs. PUT replaces everything and there is no version to
 * compare, so a GET comes right before it: the body is the manifest over that very response, and only if the differences are those
 * that were planned.
 */
export async function applyUpdate(
  change: LiveChange,
  ports: ReconcilePorts,
  { revision, signal }: UpdatePass,
): Promise<Outcome> {
  const fresh = await freshAsPlanned(change, ports);
  if ('outcome' in fresh) return fresh;
  const { application, members } = fresh;
  if (change.action === 'adopt') await ports.ledger.keepBody(application.id, application.body);
  const sent = sentOf(change, fresh, ports.rules.policy);
  const written = members.length === 0 ? undefined : await replaceApplication(sent, application, ports);
  if (written === 'gone') return lookMissing(change.id, ports);
  const now = ports.clock.now();
  const before = ports.ledger.current().entries.get(change.id) ?? (await adoptedEntry(application, change, now, ports));
  const sameVersion = before.appliedHash === change.manifest.hash;
  const fields = fieldsAfter(change, written, { sameVersion, now });
  const entry = appliedEntry(before, {
    manifest: change.manifest,
    revision,
    now,
    fields,
    written: written !== undefined,
    healed: sameVersion ? healsAfter(change, before, members, now) : [],
  });
  const replaced = change.action === 'adopt' ? change.replaces : undefined;
  const released: LedgerRecord[] = replaced === undefined ? [] : [{ kind: 'released', id: replaced, at: now }];
  const records: LedgerRecord[] = [...released, { kind: 'entry', entry }, ...retiredKey(before, entry, now)];
  await ports.ledger.record(records, { durable: false });
  await deliverAgain(change, entry, ports, signal);
  return {
    outcome: 'applied',
    id: change.id,
    normalised: written === undefined ? [] : rewrittenPaths(written, fields),
    leftOut: written?.leftOut ?? [],
  };
}

/** The pass an update belongs to. */
interface UpdatePass {
  readonly revision: string;
  readonly signal: AbortSignal;
}

/** A key in use goes with the name of its application; that of one we did not own is delivered for the first time. */
async function deliverAgain(
  change: LiveChange,
  { name, keyFingerprint: fingerprint, keyGenerated }: LedgerEntry,
  ports: ReconcilePorts,
  signal: AbortSignal,
): Promise<void> {
  const isDue = change.action === 'adopt' || change.previousName !== undefined;
  if (!isDue || fingerprint === undefined || !keyGenerated) return;
  await deliverKey({ id: change.id, name, labels: change.manifest.labels, fingerprint }, ports, signal);
}

interface Fresh {
  readonly application: Application;
  /** The manifest laid over it. */
  readonly wanted: JsonObject;
  /** Where the two differ. */
  readonly members: readonly Pointer[];
}

/** The application as it is now, if it still needs what was planned. One that moved on is planned once more, unless told otherwise. */
async function freshAsPlanned(change: LiveChange, ports: ReconcilePorts): Promise<Outcome | Fresh> {
  const { api, rules } = ports;
  let expected = change.diffHash;
  for (let reading = 0; reading < 2; reading += 1) {
    const application = await api.get(change.id);
    if (application === undefined) return lookMissing(change.id, ports);
    const odd = oddField(application.body);
    if (odd !== undefined) return { outcome: 'stale', reason: oddMessage(odd) };
    const { members, wanted } = differencesOf(change.manifest, application, rules.policy);
    const hash = diffHashOf(members);
    if (hash === expected) return { application, wanted, members: members.map(({ path }) => path) };
    if (rules.whenStale === 'refuse' || rules.policy.policy === 'create-only') break;
    if (hasNewLosses(change, application, rules.policy)) break;
    expected = hash;
  }
  return { outcome: 'stale', reason: 'another writer changed it after it was planned' };
}

function hasNewLosses(change: LiveChange, { body }: Application, options: OverlayOptions): boolean {
  if (change.action !== 'adopt') return false;
  return overlayLosses(change.manifest, body, options).some((loss) => !change.losses.includes(loss));
}

/** The very body that was compared. Only what a change carries beside its own members, which it does not compare, is laid over once more. */
function sentOf(change: LiveChange, { application, wanted }: Fresh, options: OverlayOptions): Sent {
  const { id, manifest } = change;
  const carried = ('carried' in change ? change.carried : undefined) ?? [];
  if (carried.length === 0) return { id, manifest, body: wanted };
  const whole = { ...manifest, ignore: manifest.ignore.filter((pointer) => !carried.includes(pointer)) };
  return { id, manifest: whole, body: overlay(whole, application.body, options) };
}

function fieldsAfter(
  change: LiveChange,
  written: Written | undefined,
  facts: { readonly sameVersion: boolean; readonly now: number },
): FieldRecords {
  const known = ('known' in change ? change.known : undefined) ?? noFieldRecords;
  if (written === undefined) return known;
  return fieldsAfterWrite({ known, ...written, manifestHash: change.manifest.hash, ...facts });
}

/** The heals of the last hour and those of this write. */
function healsAfter(
  change: LiveChange,
  before: LedgerEntry,
  members: readonly Pointer[],
  now: number,
): LedgerEntry['healed'] {
  const again = ('again' in change ? change.again : undefined) ?? [];
  const healed = members.filter((path) => !again.includes(path));
  return [...recentHeals(before, now), ...healed.map((path) => ({ path, at: now }))];
}

/** What the server is not known to rewrite, and its response shows otherwise than it was sent. */
function rewrittenPaths({ response, wanted }: Written, { normalised }: FieldRecords): readonly Pointer[] {
  return deviatingPaths(response, wanted).filter((path) => !normalised.some((known) => known.path === path));
}

interface Sent {
  readonly id: ApplicationId;
  readonly manifest: Manifest;
  /** The manifest laid over the application. */
  readonly body: JsonObject;
}

/** A PUT that worked. */
export interface Written {
  readonly before: JsonObject;
  readonly sent: JsonObject;
  readonly response: JsonObject;
  /** The body the manifest wants, over that of the response. */
  readonly wanted: JsonObject;
  readonly leftOut: readonly Pointer[];
}

/** PUT; `gone` when there is no such application any more. */
export async function replaceApplication(
  { id, manifest, body }: Sent,
  { body: before }: Application,
  { api, rules }: ReconcilePorts,
): Promise<Written | 'gone'> {
  try {
    const { sent, response, leftOut } = await replaceWithoutRefused({ id, body, declared: manifest.spec }, api);
    return { before, sent, response, wanted: overlay(manifest, response, rules.policy), leftOut };
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_APPLICATION_GONE') return 'gone';
    throw error;
  }
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

/** The key pair is ours if its private half is in the key directory: so it is after a lost ledger. */
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
    unproven: [],
    healed: [],
  };
}
