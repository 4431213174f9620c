import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { fingerprintOf } from '../../../src/core/application/key-fingerprint.ts';
import { hashJson } from '../../../src/core/hash.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { LedgerEntry } from '../../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../../src/core/manifest/manifest.ts';
import { fightWindowMs, foughtPaths, recentHeals } from '../../../src/core/plan/drift-fight.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const fingerprint = fingerprintOf(pem) ?? '';

const voice = (members: JsonObject) => ({ capabilities: { voice: members } });
const manifest = aManifest({ name: 'Support', spec: voice({ region: 'eu-west' }) });
const region = '/capabilities/voice/region';

/** "Support" is owned and was applied once; live it says something else. */
function owned(
  entry: Partial<LedgerEntry> = {},
  given: Given & { manifest?: Manifest; body?: JsonObject } = {},
): Given {
  const { manifest: declared = manifest, body = voice({ region: 'na-east' }), ...others } = given;
  return {
    manifests: [declared],
    applications: [anApplication({ id: anId(1), name: 'Support', body })],
    owned: aLedger({ entries: [anEntry({ id: anId(1), manifest, ...entry })] }),
    ...others,
  };
}

describe('an application with a field that cannot be read', () => {
  const odd = { capabilities: { voice: { webhooks: [] } } };
  const message = expect.stringContaining('/capabilities/voice/webhooks is a list');

  test.each([
    { title: 'an owned one is not written', given: owned({}, { body: odd }) },
    { title: 'one that would be adopted is not', given: { ...owned({}, { body: odd }), owned: aLedger() } },
    { title: 'an owned one without a manifest is not deleted', given: { ...owned({}, { body: odd }), manifests: [] } },
  ])('is held: $title', ({ given }) => {
    const plan = planOf({ ...given, policy: { policy: 'sync', allowEmpty: true } });

    expect(plan.changes).toStrictEqual([]);
    expect(plan.skips).toMatchObject([{ reason: 'held', name: 'Support', id: anId(1), message }]);
  });

  test('keeps nothing else from being done', () => {
    const given = owned({}, { body: odd });
    const plan = planOf({ ...given, manifests: [manifest, aManifest({ name: 'Other' })] });

    expect(summaryOf(plan)).toContain('create Other');
  });
});

describe('an owned application', () => {
  test('that is as declared is unchanged', () => {
    const plan = planOf(owned({}, { body: { ...voice({ region: 'eu-west' }), privacy: { improve_ai: false } } }));

    expect(plan.changes).toStrictEqual([]);
    expect(plan.skips).toStrictEqual([
      { reason: 'unchanged', name: 'Support', id: anId(1), place: manifest.place, message: '' },
    ]);
  });

  test.each([
    { title: 'drift: the manifest is as it was applied', entry: {}, expected: 'drift' },
    { title: 'the manifest changed', entry: { appliedHash: 'another' }, expected: 'manifest changed' },
    { title: 'a renamed manifest', entry: { name: 'Earlier', appliedHash: 'another' }, expected: 'renamed' },
  ])('$title', ({ entry, expected }) => {
    const formerly = aManifest({ name: 'Support', spec: manifest.spec, formerly: ['Earlier'] });
    const [change] = planOf(owned(entry, { manifest: formerly })).changes;

    expect(change).toMatchObject({
      action: 'update',
      reason: expected,
      members: [{ path: region, before: 'na-east', after: 'eu-west' }],
      unchanged: 1,
    });
    expect(change).not.toHaveProperty('previousName');
  });

  test('a rename shows the name it leaves, and runs before everything else', () => {
    const plan = planOf({
      manifests: [aManifest({ name: 'Zebra', formerly: ['Support'] }), aManifest({ name: 'Apple' })],
      applications: [anApplication({ id: anId(1), name: 'Support' })],
      owned: aLedger({ entries: [anEntry({ id: anId(1), name: 'Support' })] }),
    });

    expect(plan.changes.map(({ action, name }) => `${action} ${name}`)).toStrictEqual(['update Zebra', 'create Apple']);
    expect(plan.changes[0]).toMatchObject({ previousName: 'Support', reason: 'renamed' });
  });

  test('a paused manifest shows what it would do and does nothing', () => {
    const plan = planOf(owned({}, { manifest: { ...manifest, reconcile: 'paused' } }));

    expect(summaryOf(plan)).toStrictEqual(['paused Support']);
    expect(plan.skips[0]).toMatchObject({ id: anId(1), change: { action: 'update' } });
  });
});

describe('a field the server rewrites', () => {
  const known = { path: region, sent: hashJson('eu-west'), echoed: hashJson('na-east'), since: 0, triedAt: 0 };

  test('is shown in every plan and not written again', () => {
    const plan = planOf(owned({ normalised: [known] }));

    expect(summaryOf(plan)).toStrictEqual(['normalized Support']);
    expect(plan.skips[0]?.members).toStrictEqual([{ path: region, before: 'na-east', after: 'eu-west' }]);
  });

  test.each([
    { title: 'another live value', normalised: [{ ...known, echoed: hashJson('eu-east') }] },
    { title: 'another declared value', normalised: [{ ...known, sent: hashJson('eu-east') }] },
    { title: 'another field', normalised: [{ ...known, path: '/name' }] },
  ])('is a difference again with $title', ({ normalised }) => {
    expect(summaryOf(planOf(owned({ normalised })))).toStrictEqual(['update Support']);
  });

  test('leaves the other fields to be written, itself as it is live', () => {
    const spec = voice({ region: 'eu-west', signed_callbacks: true });
    const plan = planOf(owned({ normalised: [known] }, { manifest: aManifest({ name: 'Support', spec }) }));

    expect(summaryOf(plan)).toStrictEqual(['update Support', 'normalized Support']);
    expect(plan.changes[0]).toMatchObject({
      members: [{ path: '/capabilities/voice/signed_callbacks', after: true }],
      manifest: { ignore: [region] },
    });
  });

  test('that is absent on one side is known by its absence', () => {
    const dropped = { ...known, echoed: hashJson(null) };
    const brought = { ...known, path: '/capabilities/rtc', sent: hashJson(null), echoed: hashJson({}) };

    expect(summaryOf(planOf(owned({ normalised: [dropped] }, { body: voice({}) })))).toStrictEqual([
      'normalized Support',
    ]);
    expect(
      summaryOf(
        planOf(
          owned(
            { normalised: [brought] },
            { body: { capabilities: { ...voice({ region: 'eu-west' }).capabilities, rtc: {} } } },
          ),
        ),
      ),
    ).toStrictEqual(['normalized Support']);
  });

  test('a name that is rewritten is no rename', () => {
    const normalised = [{ ...known, path: '/name', sent: hashJson('Support'), echoed: hashJson('support') }];
    const given = owned({ normalised });

    const plan = planOf({ ...given, applications: [anApplication({ id: anId(1), name: 'support', body: voice({}) })] });

    expect(plan.changes[0]).toMatchObject({ action: 'update', members: [{ path: region, after: 'eu-west' }] });
    expect(plan.changes[0]).not.toHaveProperty('previousName');
  });
});

describe('a fight with another writer', () => {
  const heals = (times: readonly number[], path = region) => times.map((at) => ({ path, at }));

  test.each([
    { title: 'three heals within the hour', healed: heals([0, 1, 2]), now: 3, expected: 'blocked (fight) Support' },
    { title: 'two heals', healed: heals([0, 1]), now: 3, expected: 'update Support' },
    {
      title: 'three heals, one of them an hour ago',
      healed: heals([0, 1, 2]),
      now: fightWindowMs,
      expected: 'update Support',
    },
    {
      title: 'heals in the future: a clock that jumped back is no reason to go on',
      healed: heals([9e9, 9e9, 9e9]),
      now: 0,
      expected: 'blocked (fight) Support',
    },
    { title: 'heals of another field', healed: heals([0, 1, 2], '/name'), now: 3, expected: 'update Support' },
  ])('$title', ({ healed, now, expected }) => {
    expect(summaryOf(planOf(owned({ healed }, { now })))).toStrictEqual([expected]);
  });

  test('is no fight when the manifest changed', () => {
    expect(summaryOf(planOf(owned({ healed: heals([0, 1, 2]), appliedHash: 'another' })))).toStrictEqual([
      'update Support',
    ]);
  });

  test('is written once more when a person asks', () => {
    const given = owned({ healed: heals([0, 1, 2]) }, { overrides: { healFights: true } });

    expect(summaryOf(planOf(given))).toStrictEqual(['update Support']);
  });

  test('leaves the fields that are not fought over to be healed', () => {
    const spec = voice({ region: 'eu-west', signed_callbacks: true });
    const declared = aManifest({ name: 'Support', spec });
    const given = owned({ healed: heals([0, 1, 2]), appliedHash: declared.hash }, { manifest: declared });

    const plan = planOf(given);

    expect(summaryOf(plan)).toStrictEqual(['update Support', 'blocked (fight) Support']);
    expect(plan.changes[0]?.members.map(({ path }) => path)).toStrictEqual(['/capabilities/voice/signed_callbacks']);
    expect(plan.skips[0]?.members?.map(({ path }) => path)).toStrictEqual([region]);
  });

  test('a field that is rewritten by the server is not fought over', () => {
    const normalised = [{ path: region, sent: hashJson('eu-west'), echoed: hashJson('na-east'), since: 0, triedAt: 0 }];

    expect(summaryOf(planOf(owned({ healed: heals([0, 1, 2]), normalised })))).toStrictEqual(['normalized Support']);
  });

  test('counts by field', () => {
    const entry = anEntry({ healed: [...heals([0, 1, 2]), ...heals([0, 1], '/name')] });

    expect([...foughtPaths(entry, 3)]).toStrictEqual([region]);
    expect(recentHeals(entry, fightWindowMs + 1)).toStrictEqual([{ path: region, at: 2 }]);
  });
});

describe('an application to adopt', () => {
  const live = anApplication({ id: anId(1), name: 'Support', body: { capabilities: { rtc: {} } } });
  const renamedLive = { ...live, name: 'Helpdesk' };

  test.each([
    { title: 'by pin', manifest: { ...manifest, id: anId(1) }, applications: [live], expected: 'pinned by id' },
    { title: 'by name', manifest, applications: [live], expected: 'same name' },
    {
      title: 'by earlier name',
      manifest: { ...manifest, formerly: ['Helpdesk'] },
      applications: [renamedLive],
      expected: 'earlier name',
    },
  ])('$title', ({ manifest: declared, applications, expected }) => {
    const plan = planOf({ manifests: [declared], applications, policy: { undeclaredCapabilities: 'keep' } });

    expect(plan.changes[0]).toMatchObject({ action: 'adopt', reason: expected, losses: [] });
  });

  test('that is paused is shown and left alone', () => {
    const plan = planOf({ manifests: [{ ...manifest, reconcile: 'paused' }], applications: [live] });

    expect(plan.skips).toMatchObject([{ reason: 'paused', id: anId(1), change: { action: 'adopt' } }]);
  });

  const posted = anIntent({ name: 'Support', postedAt: 0, endedAt: 0 });

  test.each([
    {
      title: 'that appeared after a create whose response was lost is a conflict',
      intent: posted,
      expected: ['conflict Support'],
    },
    {
      title: 'that was there before that create is adopted',
      intent: { ...posted, before: [anId(1)] },
      expected: ['adopt Support'],
    },
    {
      title: 'is adopted when the create was surely not sent',
      intent: anIntent({ name: 'Support' }),
      expected: ['adopt Support'],
    },
    {
      title: 'is adopted when the create was another’s',
      intent: { ...posted, name: 'Another' },
      expected: ['adopt Support'],
    },
  ])('$title', ({ intent, expected }) => {
    const plan = planOf({
      manifests: [manifest],
      applications: [live],
      owned: aLedger({ intents: [intent] }),
      policy: { undeclaredCapabilities: 'keep' },
      now: 1e6,
    });

    expect(summaryOf(plan).filter((line) => !line.startsWith('unmanaged'))).toStrictEqual(expected);
  });

  test('a pin decides even while a create of the name is open', () => {
    const plan = planOf({
      manifests: [{ ...manifest, id: anId(1) }],
      applications: [live],
      owned: aLedger({ intents: [posted] }),
      policy: { undeclaredCapabilities: 'keep' },
    });

    expect(summaryOf(plan)).toStrictEqual(['adopt Support']);
  });

  test('a conflict with a lost create looks at earlier names, too', () => {
    const plan = planOf({
      manifests: [{ ...manifest, formerly: ['Helpdesk'] }],
      applications: [renamedLive],
      owned: aLedger({ intents: [{ ...posted, name: 'Helpdesk' }] }),
      now: 1e6,
    });

    expect(summaryOf(plan)).toContain('conflict Support');
  });
});

describe('an application to create', () => {
  test('shows every field, with values from the environment as written', () => {
    const address = '/capabilities/voice/webhooks/event_url/address';
    const spec = voice({ webhooks: { event_url: { address: 'https://secret.example/' } } });
    const concealed = new Map([[address, 'https://${HOST}/']]);

    const [change] = planOf({ manifests: [aManifest({ name: 'Support', spec, concealed })] }).changes;

    expect(change).toMatchObject({
      action: 'create',
      reason: 'new',
      before: [],
      members: [
        { path: address, after: 'https://${HOST}/' },
        { path: '/name', after: 'Support' },
      ],
    });
  });

  test('that is paused is left alone', () => {
    expect(planOf({ manifests: [{ ...manifest, reconcile: 'paused' }] }).skips).toStrictEqual([
      { reason: 'paused', name: 'Support', place: manifest.place, message: expect.stringContaining('enabled') },
    ]);
  });

  test('remembers the applications of its name: none of them can be the new one', () => {
    const plan = planOf({
      manifests: [manifest, aManifest({ name: 'X', id: anId(2) }), aManifest({ name: 'Y', id: anId(1) })],
      applications: [2, 1].map((number) => anApplication({ id: anId(number), name: 'Support' })),
    });

    expect(plan.changes.find(({ action }) => action === 'create')).toMatchObject({ before: [anId(1), anId(2)] });
  });

  /** So that the account is not empty: that would look like an outage. */
  const others = {
    manifests: [aManifest({ name: 'Other' })],
    applications: [anApplication({ id: anId(9), name: 'Other' })],
    ledger: (...entries: readonly LedgerEntry[]) =>
      aLedger({ entries: [...entries, anEntry({ id: anId(9), manifest: aManifest({ name: 'Other' }) })] }),
  };

  test('that was deleted outside replaces its entry and uses the key we hold again', () => {
    const entry = { ...anEntry({ id: anId(1), manifest }), keyFingerprint: 'held', keyGenerated: true };
    const given = { manifests: [manifest, ...others.manifests], applications: others.applications, gone: [anId(1)] };

    expect(planOf({ ...given, owned: others.ledger(entry) }).changes).toMatchObject([
      { action: 'create', reason: 'deleted outside', replaces: anId(1), heldFingerprint: 'held' },
    ]);
    expect(planOf({ ...given, owned: others.ledger({ ...entry, keyGenerated: false }) }).changes[0]).not.toHaveProperty(
      'heldFingerprint',
    );
  });

  test('takes the key that was made for a refused create of its name', () => {
    const retired = [
      { fingerprint: 'rotated', name: 'Support', at: 0, reason: 'rotated' as const },
      { fingerprint: 'another', name: 'Another', at: 0, reason: 'refused' as const },
      { fingerprint: 'spare', name: 'Support', at: 0, reason: 'refused' as const },
    ];

    expect(planOf({ manifests: [manifest], owned: aLedger({ retired }) }).changes[0]).toMatchObject({
      heldFingerprint: 'spare',
    });
  });

  const open = anIntent({ name: 'Support', postedAt: 1000, endedAt: 2000 });
  const settled = 2000 + 30_000;

  test.each([
    { title: 'while its response is not known', intents: [open], now: settled - 1, expected: 'undecided Support' },
    { title: 'after the settle time', intents: [open], now: settled, expected: 'create Support' },
    {
      title: 'while its POST is under way or its process died',
      intents: [anIntent({ name: 'Support', postedAt: 1000 })],
      now: 9e12,
      expected: 'undecided Support',
    },
    { title: 'when nothing was sent', intents: [anIntent({ name: 'Support' })], now: 0, expected: 'create Support' },
    { title: 'of another name', intents: [{ ...open, name: 'Another' }], now: 0, expected: 'create Support' },
    {
      title: 'of an earlier name',
      intents: [{ ...open, name: 'Helpdesk' }],
      now: 2000,
      expected: 'undecided Support',
    },
    {
      title: 'of two creates one is still open',
      intents: [
        { ...open, fingerprint: '0' },
        { ...open, fingerprint: '1', name: 'Helpdesk', endedAt: 1e9 },
      ],
      now: 1e9,
      expected: 'undecided Support',
    },
  ])('is decided once: $title', ({ intents, now, expected }) => {
    const declared = { ...manifest, formerly: ['Helpdesk'] };

    expect(summaryOf(planOf({ manifests: [declared], owned: aLedger({ intents }), now }))).toStrictEqual([expected]);
  });

  test('a settled create is repeated with its key', () => {
    const plan = planOf({ manifests: [manifest], owned: aLedger({ intents: [open] }), now: settled });

    expect(plan.changes[0]).toMatchObject({ action: 'create', intent: { fingerprint: open.fingerprint } });
  });
});

describe('a live key that is not managed is shown, never written', () => {
  const ours = { keyGenerated: true, keyFingerprint: fingerprint };
  const kinds = (entry: Partial<LedgerEntry>, keys: JsonObject, declared = manifest) =>
    planOf(owned(entry, { manifest: declared, body: { ...voice({ region: 'eu-west' }), keys } })).notices.map(
      ({ kind, name }) => [kind, name],
    );

  test.each([
    { title: 'the key we made', entry: ours, keys: { public_key: pem }, expected: [] },
    {
      title: 'another key',
      entry: { ...ours, keyFingerprint: 'f'.repeat(64) },
      keys: { public_key: pem },
      expected: [['key-mismatch', 'Support']],
    },
    {
      title: 'a text that is not a key',
      entry: ours,
      keys: { public_key: 'no key' },
      expected: [['key-mismatch', 'Support']],
    },
    { title: 'no key shown', entry: ours, keys: {}, expected: [] },
    {
      title: 'a key that is not ours to hold',
      entry: { keyGenerated: false },
      keys: { public_key: pem },
      expected: [],
    },
    { title: 'a key we never knew', entry: { keyGenerated: true }, keys: { public_key: pem }, expected: [] },
  ])('$title', ({ entry, keys, expected }) => {
    expect(kinds(entry, keys)).toStrictEqual(expected);
  });

  test('a manifest that brings its key says what is right', () => {
    const declared = aManifest({ name: 'Support', spec: { ...manifest.spec, keys: { public_key: pem } } });

    expect(kinds({ ...ours, keyFingerprint: 'f'.repeat(64) }, { public_key: pem }, declared)).toStrictEqual([]);
    expect(canonical({ keys: { public_key: pem } })).toStrictEqual({ keys: { public_key: fingerprint } });
  });
});

describe('an earlier name that is a manifest’s own name', () => {
  const support = aManifest({ name: 'Support', spec: manifest.spec, formerly: ['Helpdesk', 'Hotline'] });
  const helpdesk = aManifest({ name: 'Helpdesk', reconcile: 'paused' });
  const settled = { keyGenerated: true, postedAt: 0, endedAt: 0 };
  const ofHelpdesk = anIntent({ ...settled, name: 'Helpdesk' });
  const createOf = (given: Given) => {
    const { changes } = planOf({ manifests: [support, helpdesk], now: 1e9, ...given });
    return changes.find((change) => change.action === 'create');
  };

  test('is spoken for, and so is the create that was begun under it', () => {
    const create = createOf({ owned: aLedger({ intents: [ofHelpdesk] }) });

    expect(create).toMatchObject({ name: 'Support', namesTakenByOthers: ['Helpdesk'] });
    expect(create).not.toHaveProperty('intent');
  });

  test('leaves the creates begun under other names to be finished', () => {
    const intents = [ofHelpdesk, anIntent({ ...settled, name: 'Hotline' })];

    expect(createOf({ owned: aLedger({ intents }) })).toMatchObject({ intent: { name: 'Hotline' } });
  });

  test('is not spoken for once its manifest is gone', () => {
    const create = createOf({ manifests: [support], owned: aLedger({ intents: [ofHelpdesk] }) });

    expect(create).toMatchObject({ intent: { name: 'Helpdesk' } });
    expect(create).not.toHaveProperty('spokenFor');
  });
});

describe('creates of which little is known', () => {
  const { name: _none, ...nameless } = anIntent({ postedAt: 0, endedAt: 0 });

  test('a key that outlived its ledger may be any manifest’s, until it is settled', () => {
    const ledger = aLedger({ intents: [nameless] });

    expect(summaryOf(planOf({ manifests: [manifest], owned: ledger, now: 29_999 }))).toStrictEqual([
      'undecided Support',
    ]);
    expect(planOf({ manifests: [manifest], owned: ledger, now: 30_000 }).changes[0]).not.toHaveProperty('intent');
  });

  test('of two settled creates the one of the lesser fingerprint is finished, whatever their order', () => {
    const [one, other] = ['1', '0'].map((fingerprint) =>
      anIntent({ fingerprint, name: 'Support', postedAt: 0, endedAt: 0 }),
    );
    if (one === undefined || other === undefined) throw new Error('no intents');

    for (const intents of [
      [one, other],
      [other, one],
    ]) {
      const plan = planOf({ manifests: [manifest], owned: aLedger({ intents }), now: 1e9 });
      expect(plan.changes[0]).toMatchObject({ intent: { fingerprint: '0' } });
    }
  });

  test('of two entries whose applications are gone the one of the lesser id is replaced, whatever their order', () => {
    const entries = [2, 1].map((id) => anEntry({ id: anId(id), name: 'Support' }));

    for (const inOrder of [entries, entries.toReversed()]) {
      const plan = planOf({
        manifests: [manifest],
        owned: aLedger({ entries: inOrder }),
        gone: [anId(1), anId(2)],
        overrides: { allowCreates: 1 },
      });
      expect(plan.changes[0]).toMatchObject({ replaces: anId(1) });
    }
  });
});

describe('what is left alone is told in whole', () => {
  const spec = voice({ region: 'eu-west', signed_callbacks: true });
  const declared = aManifest({ name: 'Support', spec });
  const live = voice({ region: 'na-east', signed_callbacks: false });
  const signed = '/capabilities/voice/signed_callbacks';
  const both = [
    { path: region, before: 'na-east', after: 'eu-west' },
    { path: signed, before: false, after: true },
  ];
  const common = { name: 'Support', id: anId(1), place: declared.place, members: both };

  test('a fight, with every field that is fought over', () => {
    const healed = [region, signed].flatMap((path) => [0, 1, 2].map((at) => ({ path, at })));
    const entry = { healed, appliedHash: declared.hash };

    expect(planOf(owned(entry, { manifest: declared, body: live })).skips).toStrictEqual([
      {
        ...common,
        reason: 'blocked',
        guard: 'fight',
        message: `another writer keeps changing ${region}, ${signed} back: healed 3 times within an hour, now left unchanged until the manifest changes or apply is run manually`,
      },
    ]);
  });

  test('what the server rewrites', () => {
    const normalised = [
      { path: region, sent: hashJson('eu-west'), echoed: hashJson('na-east'), since: 0, triedAt: 0 },
      { path: signed, sent: hashJson(true), echoed: hashJson(false), since: 0, triedAt: 0 },
    ];

    expect(planOf(owned({ normalised }, { manifest: declared, body: live })).skips).toStrictEqual([
      {
        ...common,
        reason: 'normalized',
        message: 'the server changes these fields: declare the values it returns, or add them to metadata.ignore',
      },
    ]);
  });

  test('a rename among other differences leaves its name', () => {
    const renamed = aManifest({ name: 'Helpdesk', formerly: ['Support'], spec });

    expect(planOf(owned({}, { manifest: renamed, body: live })).changes[0]).toMatchObject({ previousName: 'Support' });
  });

  test('a paused create has no id', () => {
    const gone = { manifests: [{ ...manifest, reconcile: 'paused' as const }], gone: [anId(1)] };

    const [skip] = planOf({ ...gone, owned: aLedger({ entries: [anEntry({ id: anId(1), manifest })] }) }).skips;

    expect(skip).toMatchObject({ reason: 'paused' });
    expect(skip).not.toHaveProperty('id');
  });
});

describe('a plan remembers the listing it saw', () => {
  const listed = (...ids: readonly number[]) =>
    planOf({ applications: ids.map((id) => anApplication({ id: anId(id), name: `${id}` })) }).listing;

  test('by number and ids, whatever their order', () => {
    expect(listed(1, 2)).toStrictEqual(listed(2, 1));
    expect(listed(1, 2)).toMatchObject({ count: 2, hash: hashJson([anId(1), anId(2)]) });
    expect(listed(1, 3)).not.toStrictEqual(listed(1, 2));
  });

  test('what is nobody’s is told by name and id alone', () => {
    expect(planOf({ applications: [anApplication({ id: anId(1), name: 'Foreign' })] }).skips).toStrictEqual([
      { reason: 'unmanaged', name: 'Foreign', id: anId(1), message: '' },
    ]);
  });
});
