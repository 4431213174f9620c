import { describe, expect, test } from 'vitest';
import { deleteWindowMs } from '../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../builders.ts';
import { type Given, planOf } from './plan-of.ts';

const voice = { capabilities: { voice: { region: 'eu-west' } } };
const support = aManifest({ name: 'Support', spec: voice });
const live = anApplication({ id: anId(1), name: 'Support', body: voice });
const old = anApplication({ id: anId(9), name: 'Old' });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const nameOf = (number: number) => `app ${number}`;

/** "Old" is owned and lost its manifest; "Support" is as declared. */
function orphaned(given: Given = {}, entry: Parameters<typeof anEntry>[0] = {}): Given {
  return {
    manifests: [support],
    applications: [live, old],
    owned: aLedger({
      entries: [anEntry({ id: anId(1), manifest: support }), anEntry({ id: anId(9), name: 'Old', ...entry })],
    }),
    ...given,
    policy: { policy: 'sync', ...given.policy },
  };
}

/** So many applications are owned, each with a manifest that says something else than what is live. */
function changed(count: number): Given {
  return {
    manifests: numbers(count).map((number) => aManifest({ name: nameOf(number), spec: voice })),
    applications: numbers(count).map((number) => anApplication({ id: anId(number), name: nameOf(number) })),
    owned: aLedger({ entries: numbers(count).map((number) => anEntry({ id: anId(number), name: nameOf(number) })) }),
  };
}

describe('a guard says why it blocks, with its numbers and the way out', () => {
  const lossy = { capabilities: { messages: {}, rtc: {} } };
  const deletes = numbers(10).map((number) => ({ id: anId(100 + number), name: nameOf(number), at: 0 }));

  test.each<{ readonly guard: string; readonly given: Given; readonly message: string }>([
    {
      guard: 'unstable',
      given: { manifests: [support], live: { stable: false } },
      message: 'the listing changed while it was read, so an application may be missing in it: run plan again',
    },
    {
      guard: 'subset',
      given: orphaned({ selection: { only: ['Old'] } }),
      message: 'a partial run never deletes',
    },
    {
      guard: 'subset',
      given: orphaned({
        policy: { policy: 'sync', newSource: 'confirm' },
        owned: aLedger({ sources: ['/elsewhere'], entries: [anEntry({ id: anId(9), name: 'Old' })] }),
      }),
      message:
        'manifests moved from /elsewhere to /manifests: nothing is deleted until "vonage-gitops state move" confirms it',
    },
    {
      guard: 'subset',
      given: orphaned({
        selection: { only: ['Old'] },
        owned: aLedger({ entries: [anEntry({ id: anId(9), name: 'Old' })] }),
      }),
      message: 'a partial run never deletes',
    },
    {
      guard: 'incomplete',
      given: orphaned({ desired: { complete: false } }),
      message: 'some manifests cannot be read, so no manifest counts as removed: fix them first',
    },
    {
      guard: 'empty',
      given: orphaned({ manifests: [], applications: [old] }),
      message:
        'there are no manifests, which looks like a wrong directory or an empty checkout; set "allowEmpty: true" if this is intended',
    },
    {
      guard: 'moved',
      given: orphaned({ movingNames: ['Old'] }),
      message: "the name is new in another account's manifests: it is deleted here once that account's ledger has it",
    },
    {
      guard: 'adoption-loss',
      given: { manifests: [support], applications: [anApplication({ id: anId(1), name: 'Support', body: lossy })] },
      message:
        'adopting would remove what the manifest does not declare: "Support" /capabilities/messages, "Support" /capabilities/rtc. Declare it, set "undeclaredCapabilities: keep", or pass --allow-removals NAME',
    },
    {
      guard: 'keys-required',
      given: { manifests: [support], policy: { keysMode: 'required' } },
      message: 'keys.mode is required: add spec.keys.public_key or spec.keys.public_key_file',
    },
    {
      guard: 'key-custody',
      given: { manifests: [support], keyCustody: 'unsafe' },
      message:
        'the new private keys would be written to a state directory that was not chosen, and may be lost with this machine: set state in the configuration, VONAGE_GITOPS_STATE or --state, or an absolute keys.directory',
    },
    {
      guard: 'vanished',
      given: { ...changed(5), applications: [], gone: numbers(5).map(anId) },
      message:
        'all 5 managed applications are missing, which looks like a wrong account or an outage; --allow-creates 5 creates them again, with new ids',
    },
    {
      guard: 'updates-max',
      given: changed(11),
      message:
        '11 of 11 owned applications would be updated (allowed: 5), which looks like a wrong branch; --allow-updates 11 allows this',
    },
    {
      guard: 'deletes-max',
      given: orphaned({ overrides: { allowDeletes: 0 } }),
      message: '1 of 2 owned applications would be deleted (allowed: 0); --allow-deletes 1 allows this',
    },
    {
      guard: 'deletes-per-24h',
      given: orphaned({
        owned: aLedger({ entries: [anEntry({ id: anId(9), name: 'Old' })], deletes }),
        now: deleteWindowMs - 1,
      }),
      message: '10 deletes in the last 24 hours and 1 now exceed deletes.per24h 10; --allow-deletes 1 allows this',
    },
  ])('$guard: $message', ({ guard, given, message }) => {
    const plan = planOf(given);

    expect(plan.guards).toMatchObject([{ guard, message }]);
    expect(plan.skips.filter((skip) => skip.guard === guard).map((skip) => skip.message)).toContain(message);
  });

  test('what is left alone carries its place, and its id where it has one', () => {
    const blocked = (given: Given) => planOf(given).skips.filter(({ reason }) => reason === 'blocked');

    expect(blocked({ manifests: [support], keyCustody: 'unsafe' })).toEqual([
      expect.objectContaining({ name: 'Support', place: support.place }),
    ]);
    expect(blocked({ manifests: [support], keyCustody: 'unsafe' })[0]).not.toHaveProperty('id');
    expect(blocked(orphaned({ desired: { complete: false } }))).toEqual([
      expect.objectContaining({ name: 'Old', id: anId(9) }),
    ]);
    expect(blocked(orphaned({ desired: { complete: false } }))[0]).not.toHaveProperty('place');
    expect(blocked(changed(11))[0]).toMatchObject({ name: 'app 1', id: anId(1), place: { file: 'app 1.yaml' } });
  });
});

/** The sentence about the application or manifest of that name. */
function sentenceAbout(name: string, given: Given): string | undefined {
  const about = planOf(given).skips.filter((skip) => skip.name === name);
  return (about.find(({ reason }) => reason === 'protected') ?? about[0])?.message;
}

describe('what is left alone says why, and the way out', () => {
  const drifted = { ...live, body: { name: 'Support' } };
  const applied = aLedger({ entries: [anEntry({ id: anId(1), manifest: support })] });
  const open = anIntent({ name: 'Support', postedAt: 0, endedAt: 0 });
  const broken = [{ place: { file: 'broken.yaml', line: 1, column: 1 }, id: anId(9), name: 'Support' }];

  test.each<{ readonly title: string; readonly name: string; readonly given: Given; readonly message: string }>([
    {
      title: 'outside the selection',
      name: 'Support',
      given: { manifests: [support], selection: { only: ['Other'] } },
      message: 'outside the selection of this run',
    },
    {
      title: 'create-only',
      name: 'Support',
      given: { manifests: [support], applications: [drifted], owned: applied, policy: { policy: 'create-only' } },
      message: 'policy create-only never changes existing applications',
    },
    {
      title: 'drift that is reported',
      name: 'Support',
      given: { manifests: [support], applications: [drifted], owned: applied, policy: { onDrift: 'report' } },
      message: 'onDrift is report: drift is reported, not healed',
    },
    {
      title: 'commits that are planned',
      name: 'Support',
      given: { manifests: [support], policy: { onCommit: 'plan' } },
      message: 'onCommit is plan: changes are planned, not applied',
    },
    {
      title: 'paused',
      name: 'Support',
      given: { manifests: [{ ...support, reconcile: 'paused' }] },
      message: 'metadata.reconcile is paused: nothing is written until it is set to enabled',
    },
    {
      title: 'undecided',
      name: 'Support',
      given: { manifests: [support], owned: aLedger({ intents: [open] }) },
      message: 'a create was sent and its result is not known yet; it is resolved once the application must be listed',
    },
    {
      title: 'an application that may be the response to a lost create',
      name: 'Support',
      given: { manifests: [support], applications: [live], owned: aLedger({ intents: [open] }), now: 1e9 },
      message: `an application named "Support" appeared after a create whose response was lost, and its key is not managed: if it is the created one, add "id: ${anId(1)}" to metadata; otherwise remove or rename it`,
    },
    {
      title: 'held',
      name: 'Support',
      given: { manifests: [support], desired: { broken, complete: false } },
      message: 'an invalid manifest may refer to the same application: fix it first',
    },
    {
      title: 'an orphan that is held',
      name: 'Old',
      given: orphaned({ desired: { broken, complete: false } }),
      message: 'an invalid manifest may refer to it: fix the manifest, then run plan again',
    },
    {
      title: 'an orphan named by formerly',
      name: 'Old',
      given: orphaned({ manifests: [{ ...support, formerly: ['Old'] }] }),
      message: '"Support" still lists it in formerly: remove that name first',
    },
    {
      title: 'an orphan whose recorded name is a manifest’s that means another application',
      name: 'Old',
      given: orphaned({
        manifests: [aManifest({ name: 'Old', id: anId(1), spec: voice })],
        applications: [live, { ...old, name: 'Older' }],
      }),
      message: 'a manifest with its name refers to another application: release "Old" to stop managing it',
    },
    {
      title: 'an orphan that a manifest in conflict may mean',
      name: 'Old',
      given: orphaned({
        manifests: [support, { ...aManifest({ name: 'New' }), place: { ...support.place, file: 'Old.yaml' } }],
      }),
      message: 'a manifest in conflict may refer to it',
    },
    {
      title: 'an orphan outside the scope',
      name: 'Old',
      given: orphaned({ policy: { scopeNames: ['Support'] } }),
      message: '"Old" is outside scope.names: release "Old" to stop managing it',
    },
    {
      title: 'an orphan that was paused',
      name: 'Old',
      given: orphaned({}, { paused: true }),
      message: 'its manifest was paused when it was removed: restore it, or release "Old" to stop managing it',
    },
    {
      title: 'an orphan that was protected',
      name: 'Old',
      given: orphaned({}, { deletionPolicy: 'protect' }),
      message:
        'its last manifest said "deletionPolicy: protect": apply a revision that says otherwise, then remove it, or release "Old" to stop managing it',
    },
    {
      title: 'an orphan that the configuration protects',
      name: 'Old',
      given: orphaned({ policy: { deletionPolicy: 'protect' } }),
      message:
        'the configuration says "deletionPolicy: protect": bring its manifest back with another one, apply it, then remove it, or release "Old" to stop managing it',
    },
    {
      title: 'an application that was restored',
      name: 'Old',
      given: orphaned({}, { deletionPolicy: 'protect', file: '' }),
      message: 'restore protects it until a manifest declares it: add one, or release "Old" to stop managing it',
    },
    {
      title: 'an application that was recorded by ledger rebuild',
      name: 'Old',
      given: orphaned({}, { deletionPolicy: 'protect', file: '', origin: 'adopted' }),
      message: 'ledger rebuild protects it until a manifest declares it: add one, or release "Old" to stop managing it',
    },
    {
      title: 'an application that was recorded by ledger rebuild beside its manifest',
      name: 'Old',
      given: orphaned({}, { deletionPolicy: 'protect', revision: '' }),
      message:
        'ledger rebuild or adopt protects it until an apply has read its manifest: bring that back and apply it, or release "Old" to stop managing it',
    },
    {
      title: 'an orphan that was adopted',
      name: 'Old',
      given: orphaned({}, { origin: 'adopted' }),
      message:
        'adopted, and its manifest never said "deletionPolicy: delete": restore it and set that, or release "Old" to stop managing it',
    },
    {
      title: 'an orphan that is given up',
      name: 'Old',
      given: orphaned({}, { deletionPolicy: 'orphan' }),
      message: 'deletionPolicy orphan: it stays and is no longer managed',
    },
    {
      title: 'an orphan under upsert',
      name: 'Old',
      given: orphaned({ policy: { policy: 'upsert' } }),
      message: 'policy upsert never deletes',
    },
    {
      title: 'an orphan from before sync',
      name: 'Old',
      given: orphaned({}, { orphaned: { at: 0, policy: 'upsert' } }),
      message:
        'its manifest was removed while the policy was upsert: delete it with apply --allow-deletes N, or release "Old" to stop managing it',
    },
  ])('$title: $message', ({ name, given, message }) => {
    expect(sentenceAbout(name, given)).toBe(message);
  });
});

describe('a conflict names what to paste', () => {
  const twins = [anApplication({ id: anId(2), name: 'Support' }), anApplication({ id: anId(1), name: 'Support' })];
  const conflictOf = (given: Given) =>
    planOf(given)
      .skips.filter(({ reason, place }) => reason === 'conflict' && place !== undefined)
      .map(({ message, candidates }) => ({ message, candidates }));
  const owning = (...ids: readonly number[]) =>
    aLedger({ entries: ids.map((id) => anEntry({ id: anId(id), name: 'Support' })) });
  const renamed = (name: string): Manifest => aManifest({ name, spec: voice });

  test.each<{
    readonly title: string;
    readonly given: Given;
    readonly message: string;
    readonly ids: readonly number[];
  }>([
    {
      title: 'a pin of which nothing is known',
      given: { manifests: [{ ...support, id: anId(7) }] },
      message: `metadata.id pins ${anId(7)}, which is not listed, and the API did not confirm that it does not exist, or was not asked because too many are missing: run plan again`,
      ids: [],
    },
    {
      title: 'a pin of nothing',
      given: { manifests: [{ ...support, id: anId(7) }], live: { missing: [anId(7)] } },
      message: `metadata.id pins ${anId(7)}, and no such application exists in this account: correct the id, or remove it to create a new application`,
      ids: [],
    },
    {
      title: 'two of the name',
      given: { manifests: [support], applications: twins },
      message:
        'the account has 2 applications this manifest could refer to: choose one by adding its "id:" to metadata',
      ids: [1, 2],
    },
    {
      title: 'two owned of the name',
      given: { manifests: [support], applications: twins, owned: owning(2, 1) },
      message:
        'the ledger owns 2 applications this manifest could refer to: choose one by adding its "id:" to metadata',
      ids: [1, 2],
    },
    {
      title: 'explicit adoption',
      given: { manifests: [support], applications: [live], policy: { adoption: 'explicit' } },
      message: `an application named "Support" exists and adoption is explicit: to adopt it, add "id: ${anId(1)}" to metadata`,
      ids: [1],
    },
    {
      title: 'a new name in the place of a lost one',
      given: orphaned({ manifests: [support, { ...renamed('New'), place: { file: 'Old.yaml', line: 1, column: 1 } }] }),
      message:
        'looks like a rename of "Old": add "formerly: ["Old"]" to metadata to rename it, or "formerly: []" if it is a new application',
      ids: [9],
    },
    {
      title: 'a name that is nearly another',
      given: { manifests: [renamed('support ')], applications: [live] },
      message: `its name differs from the existing "Support" in case, white space or invisible characters only: correct the name, pin "id: ${anId(1)}", or add "formerly: []" if it is a new application`,
      ids: [1],
    },
  ])('$title: $message', ({ given, message, ids }) => {
    expect(conflictOf(given)).toEqual([{ message, candidates: ids.map(anId) }]);
  });

  test('manifests that mean one application name each other', () => {
    const pinned = ['A', 'C', 'B'].map((name) => aManifest({ name, id: anId(1) }));

    expect(conflictOf({ manifests: pinned, applications: [live] }).map(({ message }) => message)).toEqual([
      `"B" and "C" refer to the same application: add "id: ${anId(1)}" to the metadata of the intended one`,
      `"A" and "C" refer to the same application: add "id: ${anId(1)}" to the metadata of the intended one`,
      `"A" and "B" refer to the same application: add "id: ${anId(1)}" to the metadata of the intended one`,
    ]);
  });
});

describe('a notice says what no change says', () => {
  test.each<{ readonly kind: string; readonly given: Given; readonly message: string }>([
    {
      kind: 'no-ledger',
      given: { owned: aLedger({ known: false }) },
      message: 'no ledger: ownership and deletes unknown',
    },
    {
      kind: 'other-ledger',
      given: { otherLedger: 'another ledger is elsewhere' },
      message: 'another ledger is elsewhere',
    },
    {
      kind: 'unstable-listing',
      given: { live: { stable: false } },
      message: 'the listing changed while it was read: only pinned and owned applications are updated',
    },
    {
      kind: 'incomplete',
      given: { desired: { complete: false } },
      message: 'some manifests are invalid: their applications are left unchanged and nothing is deleted',
    },
    {
      kind: 'key-mismatch',
      given: {
        manifests: [support],
        applications: [{ ...live, body: { ...live.body, keys: { public_key: 'another' } } }],
        owned: aLedger({
          entries: [anEntry({ id: anId(1), manifest: support, keyGenerated: true, keyFingerprint: 'ours' })],
        }),
      },
      message:
        'the live public key of "Support" does not match the private key in the key directory: rotate-key creates a new key pair',
    },
  ])('$kind: $message', ({ kind, given, message }) => {
    expect(planOf(given).notices).toMatchObject([{ kind, message }]);
  });
});
