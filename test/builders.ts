import { createHash } from 'node:crypto';
import {
  type Application,
  type ApplicationId,
  type LiveState,
  parseApplicationId,
} from '../src/core/application/application.ts';
import { canonical } from '../src/core/application/canonical.ts';
import { type ObjectId, parseObjectId } from '../src/core/git/object-id.ts';
import { hashJson } from '../src/core/hash.ts';
import type { JsonObject } from '../src/core/json.ts';
import { emptyLedger, type Intent, type Ledger, type LedgerEntry } from '../src/core/ledger/ledger.ts';
import type { DesiredState, Manifest, Revision } from '../src/core/manifest/manifest.ts';

/** The id that ends in this number. */
export function anId(number: number): ApplicationId {
  const id = parseApplicationId(number.toString(16).padStart(32, '0'));
  if (id === undefined) throw new RangeError(`not an id: ${number}`);
  return id;
}

/** A fingerprint that belongs to no real key, the same for the same text. */
export function aFingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** An application of the account; `body` is what the API returns beside `id` and `name`. */
export function anApplication({
  id = anId(1),
  name = 'Support',
  body = {},
}: {
  readonly id?: ApplicationId;
  readonly name?: string;
  readonly body?: JsonObject;
} = {}): Application {
  return { id, name, body: { name, ...body } };
}

/** A manifest as the loader makes it: its hashes follow from what it says, and its file from its name. */
export function aManifest(given: Partial<Manifest> = {}): Manifest {
  const { name = 'Support', spec = {}, ignore = [] } = given;
  return {
    name,
    labels: {},
    reconcile: 'enabled',
    ignore,
    spec,
    concealed: new Map(),
    place: { file: `${name}.yaml`, line: 4, column: 9 },
    ownFile: true,
    hash: hashJson({ name, spec, ignore }),
    specHash: hashJson(canonical(spec)),
    ...given,
  };
}

/** A ledger entry for an application we created; `manifest` fills in what its last apply would have recorded. */
export function anEntry({
  manifest,
  ...given
}: Partial<LedgerEntry> & { readonly manifest?: Manifest } = {}): LedgerEntry {
  const { name = manifest?.name ?? 'Support' } = given;
  return {
    id: anId(1),
    name,
    origin: 'created',
    paused: false,
    keyGenerated: false,
    file: `${name}.yaml`,
    revision: 'r1',
    normalised: [],
    unproven: [],
    healed: [],
    ...(manifest === undefined
      ? {}
      : { file: manifest.place.file, appliedHash: manifest.hash, specHash: manifest.specHash, appliedAt: 0 }),
    ...given,
  };
}

/** A create that was opened and, unless told otherwise, surely not sent. */
export function anIntent(given: Partial<Intent> = {}): Intent {
  const { name = 'Support' } = given;
  return {
    fingerprint: aFingerprint(name),
    name,
    keyGenerated: true,
    openedAt: 0,
    before: [],
    file: `${name}.yaml`,
    revision: 'r1',
    hash: 'hash',
    specHash: 'spec hash',
    ...given,
  };
}

/** A ledger that exists and owns these entries. */
export function aLedger({
  entries = [],
  ...given
}: Partial<Omit<Ledger, 'entries'>> & { readonly entries?: readonly LedgerEntry[] } = {}): Ledger {
  const manifests = { root: '/manifests', sources: ['/manifests'] };
  return {
    ...emptyLedger,
    known: true,
    ...manifests,
    ...given,
    entries: new Map(entries.map((entry) => [entry.id, entry])),
  };
}

/** An id of a commit: a few hexadecimal digits, repeated. */
export function anObjectId(digits: string): ObjectId {
  const id = parseObjectId(digits.repeat(40).slice(0, 40));
  if (id === undefined) throw new Error(`${digits} is not hexadecimal`);
  return id;
}

/** Of a directory. */
export function aRevision(content: string): Revision {
  return { id: content, content };
}

/** A complete desired state. */
export function aDesiredState(given: Partial<DesiredState> = {}): DesiredState {
  return {
    root: '/manifests',
    source: '/manifests',
    revision: aRevision('r2'),
    manifests: [],
    broken: [],
    emptyFiles: [],
    complete: true,
    problems: [],
    ...given,
  };
}

/** A stable listing of these applications. */
export function aLiveState({
  applications = [],
  stable = true,
  missing = [],
  unconfirmed = [],
  serverTime,
  uncounted,
  unreadable,
}: {
  readonly applications?: readonly Application[];
  readonly stable?: boolean;
  readonly missing?: Iterable<ApplicationId>;
  readonly unconfirmed?: Iterable<ApplicationId>;
  readonly serverTime?: number;
  readonly uncounted?: true;
  readonly unreadable?: NonNullable<LiveState['unreadable']>;
} = {}): LiveState {
  const time = serverTime === undefined ? {} : { serverTime };
  const odd = {
    ...(uncounted === undefined ? {} : { uncounted }),
    ...(unreadable === undefined ? {} : { unreadable }),
  };
  return { applications, stable, missing: new Set(missing), unconfirmed: new Set(unconfirmed), ...odd, ...time };
}
