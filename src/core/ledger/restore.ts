import type { Application, ApplicationId } from '../application/application.ts';
import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { spelledOut } from '../application/spelled-out.ts';
import { ReconcilerError } from '../errors.ts';
import { foldName } from '../fold-name.ts';
import { hashJson } from '../hash.ts';
import { isJsonObject, type Json, type JsonObject, mapMembers, objectMember, omitMembers } from '../json.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { CreateChange } from '../plan/plan.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import { shownMembers } from '../redact/shown-members.ts';
import { isUndecided, liveFingerprint } from './intents.ts';
import type { Intent, Ledger } from './ledger.ts';

/** An application that was deleted, with its body as it was last seen. */
export interface DeletedApplication {
  readonly id: ApplicationId;
  readonly name: string;
  readonly body: JsonObject;
}

/** With which key pair a deleted application comes back. */
export type RestoreKey =
  /** The pair it had; we hold the private key. */
  | { readonly kind: 'held'; readonly fingerprint: string }
  /** The public key it had; the private key is somebody else's. */
  | { readonly kind: 'public'; readonly fingerprint: string; readonly pem: string }
  /** It had none that can be used. */
  | { readonly kind: 'new' };

/** Which key it comes back with, given the private keys in the key directory. */
export function restoreKey({ id, name, body }: DeletedApplication, held: readonly string[]): RestoreKey {
  const fingerprint = liveFingerprint({ id, name, body });
  const { public_key: pem } = objectMember(body, 'keys');
  if (fingerprint === undefined || typeof pem !== 'string') return { kind: 'new' };
  return held.includes(fingerprint) ? { kind: 'held', fingerprint } : { kind: 'public', fingerprint, pem };
}

/** What the decision to restore looks at. */
export interface RestoreInput {
  readonly deleted: DeletedApplication;
  readonly key: RestoreKey;
  readonly owned: Ledger;
  /** All applications there are. */
  readonly applications: readonly Application[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly settleMs: number;
}

/**
 * The create that brings the application back. It carries `protect`, because no manifest may stand behind it yet: no pass deletes it
 * before one has seen its manifest.
 * @throws {ReconcilerError} E_REFUSED when it exists, or another application has its name, or an earlier create of that name is open
 */
export function restoreChange(input: RestoreInput): CreateChange {
  const { deleted, key, applications } = input;
  refuseTaken(input);
  const intent = openIntent(input);
  const manifest = manifestOf(deleted.name, specOf(deleted.body, key));
  const body = { ...manifest.spec, name: deleted.name };
  const { members, unchanged } = diff({}, canonical(body));
  const alike = key.kind === 'new' ? [] : applications.filter((one) => liveFingerprint(one) === key.fingerprint);
  return {
    action: 'create',
    name: deleted.name,
    reason: 'deleted outside',
    manifest,
    place: manifest.place,
    members: shownMembers(spelledOut(members, undefined, body), manifest),
    unchanged,
    before: alike.map(({ id }) => id).sort(),
    ...(intent === undefined ? {} : { intent }),
    ...(key.kind === 'held' ? { heldFingerprint: key.fingerprint } : {}),
  };
}

/** The same create without every member of that name, and where those stood. */
export function withoutMember(
  change: CreateChange,
  member: string,
): { readonly change: CreateChange; readonly leftOut: readonly Pointer[] } {
  const leftOut = pointersTo(change.manifest.spec, member, []);
  const spec = strip(change.manifest.spec, member);
  return { change: { ...change, manifest: manifestOf(change.name, spec) }, leftOut };
}

function refuseTaken({ deleted, applications }: RestoreInput): void {
  const { id, name } = deleted;
  const same = applications.find((one) => one.id === id);
  if (same !== undefined) throw refused(name, `it exists (${id}), so there is nothing to restore`);
  const taken = applications.find((one) => foldName(one.name) === foldName(name));
  if (taken !== undefined)
    throw refused(name, `an application with that name exists (${taken.id}): there would be two`);
}

/** An earlier try whose key is the same, so that the application is recognized if that try worked after all. */
function openIntent({ deleted, key, owned, now, settleMs }: RestoreInput): Intent | undefined {
  const intents = owned.intents.filter(({ name }) => name === deleted.name);
  if (intents.some((intent) => isUndecided(intent, now, settleMs))) {
    throw refused(deleted.name, 'a create with that name is undecided: wait until it is resolved, then try again');
  }
  return intents.find(({ fingerprint, keyGenerated }) =>
    key.kind === 'new' ? keyGenerated : fingerprint === key.fingerprint,
  );
}

function refused(what: string, reason: string): ReconcilerError {
  return new ReconcilerError('E_REFUSED', { what, reason });
}

function specOf(body: JsonObject, key: RestoreKey): JsonObject {
  const spec = omitMembers(body, ['name', 'keys']);
  return key.kind === 'public' ? { ...spec, keys: { public_key: key.pem } } : spec;
}

function manifestOf(name: string, spec: JsonObject): Manifest {
  return {
    name,
    labels: {},
    deletionPolicy: 'protect',
    reconcile: 'enabled',
    ignore: [],
    spec,
    concealed: new Map(),
    place: { file: '', line: 1, column: 1 },
    ownFile: false,
    hash: hashJson({ name, spec }),
    specHash: hashJson(canonical(spec)),
  };
}

function strip(value: JsonObject, member: string): JsonObject {
  return mapMembers(value, (name, inner) => {
    if (name === member) return undefined;
    return isJsonObject(inner) ? strip(inner, member) : inner;
  });
}

function pointersTo(value: Json, member: string, path: readonly string[]): readonly Pointer[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === member ? [pointerOf([...path, name])] : pointersTo(inner, member, [...path, name]),
  );
}
