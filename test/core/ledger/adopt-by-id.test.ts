import { expect, test } from 'vitest';
import { type AdoptionFacts, adoptById } from '../../../src/core/ledger/adopt-by-id.ts';
import { removalWords } from '../../../src/core/ledger/removal-words.ts';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aLiveState, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { fakePublicKey } from '../../reconcile/fake-keys.ts';

const support = aManifest();
const key = fakePublicKey(1);

/** The facts of an adoption that nothing speaks against, but for what is given. */
function facts(given: Partial<AdoptionFacts> = {}): AdoptionFacts {
  const { manifest = support, application = anApplication() } = given;
  return {
    manifest,
    application,
    desired: aDesiredState({ manifests: [manifest] }),
    live: aLiveState({ applications: [application] }),
    owned: aLedger(),
    policy: defaultPolicy,
    keys: [],
    now: 5000,
    ...given,
  };
}

const place = { file: 'sales.yaml', line: 4, column: 9 };

test.each([
  {
    title: 'its manifest pins another',
    given: { manifest: aManifest({ id: anId(2) }) },
    expected: `pins ${anId(2)}: change or remove that id first`,
  },
  {
    title: 'another entry has the id',
    given: { owned: aLedger({ entries: [anEntry({ name: 'Sales' })] }) },
    expected: '"Sales" is managed with that id',
  },
  {
    title: 'the ledger has another application of the name',
    given: { owned: aLedger({ entries: [anEntry({ id: anId(2) })] }) },
    expected: `the ledger has ${anId(2)} for it ("Support")`,
  },
  {
    title: 'the ledger has another application of an earlier name',
    given: {
      manifest: aManifest({ formerly: ['Help'] }),
      owned: aLedger({ entries: [anEntry({ id: anId(2), name: 'Help' })] }),
    },
    expected: `the ledger has ${anId(2)} for it ("Help")`,
  },
  {
    title: 'a create of it is not resolved',
    given: {
      owned: aLedger({
        intents: [
          {
            fingerprint: 'f',
            name: 'Support',
            keyGenerated: true,
            openedAt: 1,
            before: [],
            file: '',
            revision: '',
            hash: '',
            specHash: '',
          },
        ],
      }),
    },
    expected: 'a create of it was begun',
  },
  {
    title: 'another manifest has the application’s name',
    given: {
      application: anApplication({ name: 'Sales' }),
      desired: aDesiredState({ manifests: [support, aManifest({ name: 'Sales', place })] }),
    },
    expected: 'manifest "Sales" (sales.yaml:4) refers to that application, too',
  },
  {
    title: 'another manifest is in conflict about it',
    given: {
      application: anApplication({ name: 'Sales' }),
      desired: aDesiredState({ manifests: [support, aManifest({ name: 'Sales', place })] }),
      live: aLiveState({
        applications: [anApplication({ name: 'Sales' }), anApplication({ id: anId(2), name: 'Sales' })],
      }),
    },
    expected: 'manifest "Sales" (sales.yaml:4) refers to that application, too',
  },
  {
    title: 'an invalid manifest may mean it',
    given: { desired: aDesiredState({ manifests: [support], broken: [{ place, id: anId(1) }] }) },
    expected: 'an invalid manifest may refer to it: fix sales.yaml:4 first',
  },
  {
    title: 'it is out of scope',
    given: { policy: { ...defaultPolicy, scopeNames: ['prod-*'] } },
    expected: '"Support" is outside scope.names',
  },
  {
    title: 'the API shows it in a way that cannot be written back',
    given: { application: anApplication({ body: { capabilities: [] } }) },
    expected: 'capabilities',
  },
  {
    title: 'its manifest would remove something',
    given: {
      manifest: aManifest({ spec: { capabilities: {} } }),
      application: anApplication({ body: { capabilities: { rtc: {} } } }),
    },
    expected: 'its manifest does not declare /capabilities/rtc',
  },
])('an application is not adopted when $title', ({ given, expected }) => {
  const adoption = adoptById(facts(given));

  expect('refused' in adoption ? adoption.refused : 'adopted').toContain(expected);
});

test('an entry protects the application until an apply has read its manifest', () => {
  const twin = anApplication({ id: anId(2) });
  const adoption = adoptById(
    facts({
      live: aLiveState({ applications: [anApplication(), twin] }),
      policy: { ...defaultPolicy, scopeNames: ['Sup*'] },
    }),
  );

  expect(adoption).toMatchObject({
    entry: {
      id: anId(1),
      name: 'Support',
      origin: 'adopted',
      deletionPolicy: 'protect',
      keyGenerated: false,
      boundAt: 5000,
      namesakes: [anId(2)],
      file: support.place.file,
      revision: '',
    },
  });
});

test.each([
  { keys: [], keyGenerated: false },
  { keys: [key.fingerprint], keyGenerated: true },
])('its key pair is ours if its private half is in the key directory: $keyGenerated', ({ keys, keyGenerated }) => {
  const application = anApplication({ body: { keys: { public_key: key.pem } } });

  const adoption = adoptById(facts({ application, keys }));

  expect(adoption).toMatchObject({ entry: { keyGenerated, keyFingerprint: key.fingerprint } });
});

test.each([
  { said: undefined, policy: 'sync', deletionPolicy: 'delete', expected: 'leaves the application protected' },
  { said: undefined, policy: 'sync', deletionPolicy: 'orphan', expected: 'ends its management' },
  { said: 'protect', policy: 'sync', deletionPolicy: 'orphan', expected: 'leaves the application protected' },
  { said: 'delete', policy: 'sync', deletionPolicy: 'protect', expected: 'deletes the application' },
  { said: 'delete', policy: 'upsert', deletionPolicy: 'delete', expected: 'deletes nothing, because of policy upsert' },
] as const)('removing a manifest that says $said under $policy and $deletionPolicy $expected', (given) => {
  expect(removalWords(given.said, given)).toContain(given.expected);
});
