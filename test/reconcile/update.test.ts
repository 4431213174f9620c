import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/core/application/application.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { reportCode } from '../../src/core/exit-codes.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';

const voice = (host: string): JsonObject => ({
  capabilities: { voice: { webhooks: { answer_url: { address: `https://${host}/answer` } } } },
});

const wanted = (host: string, more: Partial<Manifest> = {}): Manifest => aManifest({ spec: voice(host), ...more });

/** An account whose application was created by us and is as the manifest says. */
async function managed(
  manifest = wanted('one.example.com'),
): Promise<FakeAccount & { readonly live: () => Application }> {
  const account = new FakeAccount();
  account.declare(manifest);
  await account.pass();
  const live = () => {
    const [application] = account.server.all();
    if (application === undefined) throw new Error('nothing is live');
    return application;
  };
  return Object.assign(account, { live });
}

/** As {@link managed}, and a read has shown that what was sent was kept. */
async function proven(): ReturnType<typeof managed> {
  const account = await managed();
  account.settle();
  await account.pass();
  return account;
}

function setPrivacy(value: boolean): (body: JsonObject) => JsonObject {
  return (body) => ({ ...body, privacy: { improve_ai: value } });
}

function addressOf({ body }: Application): unknown {
  return JSON.stringify(body).match(/https:[^"]*/)?.[0];
}

describe('an update', () => {
  test('is a GET and a PUT', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', change: { action: 'update' } }]);
    expect(account.requests).toMatchObject({ get: 1, replace: 1 });
    expect(addressOf(account.live())).toBe('https://two.example.com/answer');
  });

  test('is not sent over a field that cannot be read', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    const before = account.requests.replace;
    account.beforeNext('get', () =>
      account.server.foreignChange(account.live().id, (body) => ({ ...body, privacy: 7 })),
    );

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale', reason: expect.stringContaining('/privacy is a number') }]);
    expect(account.requests.replace).toBe(before);
  });

  test('sends back what another writer changed elsewhere since the plan', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.beforeNext('get', () => account.server.foreignChange(account.live().id, setPrivacy(true)));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.live().body).toMatchObject({ privacy: { improve_ai: true } });
    expect(addressOf(account.live())).toBe('https://two.example.com/answer');
  });

  test('is planned once more when another writer changed the very field', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    const foreign = () =>
      account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') }));
    account.beforeNext('get', foreign);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.requests.get).toBe(2);
    expect(addressOf(account.live())).toBe('https://two.example.com/answer');
  });

  test('is stale when the application changes between both readings, too', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    let count = 0;
    const foreign = () => {
      count += 1;
      account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice(`evil${count}.example.com`) }));
    };
    account.beforeNext('get', foreign, foreign);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale', reason: 'another writer changed it after it was planned' }]);
    expect(account.requests.replace).toBe(0);
  });

  test('is not planned again where only the saved plan may be carried out', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.rules = { ...account.rules, whenStale: 'refuse' };
    account.beforeNext('get', () =>
      account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') })),
    );

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale' }]);
    expect(account.requests).toMatchObject({ get: 1, replace: 0 });
  });

  test.each([
    { when: 'before the GET', call: 'get' },
    { when: 'between GET and PUT', call: 'replace' },
  ] as const)('of an application deleted $when is a look, and nothing more', async ({ call }) => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.beforeNext(call, () => account.server.foreignRemove(account.live().id));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'skipped', skip: 'missing' }]);
  });

  test('whose response was lost is unknown, and is found done by the next plan', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.fail('replace', 'lost-after');

    const report = await account.pass();
    const plan = await account.plan();

    expect(report.results).toMatchObject([{ outcome: 'unknown' }]);
    expect(reportCode(report.plan, report.results)).toBe(4);
    expect(plan.changes).toEqual([]);
  });

  test('whose GET before it fails has failed, and nothing was sent', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.fail('get', 'failing');

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'failed', error: { code: 'E_API_UNREACHABLE' } }]);
    expect(account.requests.replace).toBe(0);
  });

  test('leaves out, once, a field it only carried over and the API does not take back', async () => {
    const account = await managed();
    account.server.foreignChange(account.live().id, (body) => ({ ...body, bulk: { old: true } }));
    account.declare(wanted('two.example.com'));
    account.fail('replace', unknownMember('bulk'));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', leftOut: ['/bulk'] }]);
    expect(account.live().body).not.toHaveProperty('bulk');
    expect(account.requests.replace).toBe(2);
  });

  test('leaves out every further field that the API names, and tells of all of them', async () => {
    const account = await managed();
    account.server.foreignChange(account.live().id, (body) => ({ ...body, bulk: 1, batch: { old: true }, burst: [] }));
    account.declare(wanted('two.example.com'));
    account.fail('replace', unknownMember('bulk'), unknownMember('batch'), unknownMember('burst'));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', leftOut: ['/bulk', '/batch', '/burst'] }]);
    expect(addressOf(account.live())).toBe('https://two.example.com/answer');
    for (const field of ['bulk', 'batch', 'burst']) expect(account.live().body).not.toHaveProperty(field);
    expect(account.requests.replace).toBe(4);
  });

  test('is given up when the API names a declared field at last, or more fields than are left out', async () => {
    const fields = Array.from({ length: 10 }, (_, index) => `old_${index}`);
    const account = await managed();
    account.server.foreignChange(account.live().id, (body) => ({
      ...body,
      ...Object.fromEntries(fields.map((field) => [field, true])),
    }));
    account.declare(wanted('two.example.com'));
    account.fail('replace', unknownMember('old_0'), unknownMember('answer_url'));

    const declared = await account.pass();
    account.fail('replace', ...fields.map(unknownMember));
    const endless = await account.pass();

    expect(declared.results).toMatchObject([
      { outcome: 'failed', error: { details: { unknownMember: 'answer_url' } } },
    ]);
    expect(endless.results).toMatchObject([{ outcome: 'failed', error: { details: { unknownMember: 'old_8' } } }]);
    expect(account.requests.replace).toBe(2 + 9);
    expect(account.live().body).toMatchObject({ old_0: true, old_9: true });
  });

  test.each([
    { title: 'a field the manifest declares', error: unknownMember('answer_url') },
    { title: 'no field at all', error: unknownMember(undefined) },
    { title: 'a field that is not there', error: unknownMember('elsewhere') },
    { title: 'a failure of the server', error: new Error('failing') },
  ])('is not tried again when the API names $title', async ({ error }) => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.fail('replace', error);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'failed', error }]);
    expect(account.requests.replace).toBe(1);
  });

  test('remembers what the server rewrites and does not write it again', async () => {
    const account = await managed();
    account.server.rewrite = (body) => ({ ...body, privacy: { improve_ai: false } });
    account.declare(
      wanted('two.example.com', { spec: { ...voice('two.example.com'), privacy: { improve_ai: true } } }),
    );

    const first = await account.pass();
    account.settle();
    const second = await account.pass();
    account.settle();
    const third = await account.pass();

    expect(first.results).toMatchObject([{ normalised: ['/privacy/improve_ai'] }]);
    expect(second.results).toMatchObject([{ outcome: 'applied', change: { reason: 'not kept' } }]); // as it was before
    expect(third.results).toEqual([]);
    expect(third.plan.skips).toMatchObject([{ reason: 'normalized' }]);
  });

  test('remembers what the server drops, and what it brings back', async () => {
    const account = await managed();
    account.server.rewrite = ({ privacy: _dropped, ...body }) => ({ ...body, capabilities: { vbc: {} } });
    account.declare(aManifest({ spec: { capabilities: {}, privacy: { improve_ai: true } } }));

    const first = await account.pass();
    account.settle();
    const second = await account.pass();

    expect(first.results).toMatchObject([{ normalised: ['/capabilities/vbc', '/privacy/improve_ai'] }]);
    expect(second.results).toEqual([]);
    expect(second.plan.skips).toMatchObject([
      { reason: 'normalized', members: [{ path: '/capabilities/vbc' }, { path: '/privacy/improve_ai' }] },
    ]);
  });

  test('of something else keeps what the server rewrites remembered', async () => {
    const account = await managed();
    account.server.rewrite = (body) => ({ ...body, privacy: { improve_ai: false } });
    account.declare(
      wanted('two.example.com', { spec: { ...voice('two.example.com'), privacy: { improve_ai: true } } }),
    );
    await account.pass();
    account.settle();
    await account.pass();
    account.settle();
    await account.pass();
    account.declare(
      wanted('six.example.com', { spec: { ...voice('six.example.com'), privacy: { improve_ai: true } } }),
    );

    await account.pass();
    const { results, plan } = await account.pass();

    expect(results).toEqual([]);
    expect(plan.skips).toMatchObject([{ reason: 'normalized' }]);
  });
});

describe('an update whose record was lost', () => {
  test('leaves no earlier name in the ledger: what is as declared is recorded as applied', async () => {
    const account = await managed();
    const renamed = wanted('two.example.com', { name: 'Helpline', formerly: ['Support'] });
    account.declare(renamed);
    account.process.crashIn('ledger.record entry', 'before');
    await account.pass().catch(() => undefined);
    account.restart();

    const { results } = await account.pass();

    expect(results).toEqual([]);
    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { name: 'Helpline', appliedHash: renamed.hash, specHash: renamed.specHash },
    ]);
  });

  test('leaves no key in the ledger that is live no more', async () => {
    const account = await managed();
    const [made] = account.keys.folder;
    const own = fakePublicKey(903);
    account.declare(aManifest({ spec: { ...voice('one.example.com'), keys: { public_key: own.pem } } }));
    account.fail('replace', 'lost-after');
    await account.pass();

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { keyFingerprint: own.fingerprint, keyGenerated: false },
    ]);
    expect(account.ledger.disk.retired).toMatchObject([{ fingerprint: made, reason: 'rotated' }]);
  });

  test('leaves no brought key in the ledger that another brought key has replaced', async () => {
    const bringing = (nth: number) =>
      wanted('one.example.com', {
        spec: { ...voice('one.example.com'), keys: { public_key: fakePublicKey(nth).pem } },
      });
    const account = await managed(bringing(905));
    account.declare(bringing(906));
    account.fail('replace', 'lost-after');
    await account.pass();

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { keyFingerprint: fakePublicKey(906).fingerprint, keyGenerated: false },
    ]);
    expect(account.ledger.disk.retired).toEqual([]);
  });

  test('is no reason to heal later drift that is only to be reported', async () => {
    const account = await managed();
    account.declare(wanted('two.example.com'));
    account.fail('replace', 'lost-after');
    await account.pass();
    await account.pass();
    account.allow({ onDrift: 'report' });
    account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') }));

    const { results, plan } = await account.pass();

    expect(results).toEqual([]);
    expect(plan.skips).toMatchObject([{ reason: 'kept', change: { reason: 'drift' } }]);
  });
});

describe('drift', () => {
  test('that is healed three times within an hour is a fight, and is left alone', async () => {
    const account = await proven();
    const outcomes: unknown[] = [];

    for (let round = 0; round < 4; round += 1) {
      account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') }));
      const { results, plan } = await account.pass();
      outcomes.push([results.length, plan.skips[0]?.guard]);
    }

    expect(outcomes).toEqual([
      [1, undefined],
      [1, undefined],
      [1, undefined],
      [0, 'fight'],
    ]);
  });

  test('is healed again when the heals are more than an hour old', async () => {
    const account = await proven();
    const counts: number[] = [];

    for (let round = 0; round < 5; round += 1) {
      account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') }));
      counts.push((await account.pass()).results.length);
      account.clock.advance(21 * 60_000);
    }

    expect(counts).toEqual([1, 1, 1, 1, 1]);
  });

  test('counts for nothing once the manifest changed', async () => {
    const account = await managed();
    account.server.foreignChange(account.live().id, (body) => ({ ...body, ...voice('evil.example.com') }));
    await account.pass();
    account.declare(wanted('two.example.com'));

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ healed: [] }]);
  });
});

describe('a key', () => {
  test('that the manifest brings for an application of ours retires the pair we made', async () => {
    const account = await managed();
    const [made] = account.keys.folder;
    const own = fakePublicKey(900);
    account.declare(aManifest({ spec: { ...voice('one.example.com'), keys: { public_key: own.pem } } }));

    await account.pass();
    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([
      { keyFingerprint: own.fingerprint, keyGenerated: false },
    ]);
    expect(account.ledger.disk.retired).toMatchObject([{ fingerprint: made, reason: 'rotated' }]);
    expect(account.ledger.disk.intents).toEqual([]);
  });

  test('that the manifest brings and that is the pair we made stays ours', async () => {
    const account = await managed();
    const { keys } = account.live().body;
    account.declare(
      aManifest({ spec: { ...voice('one.example.com'), keys: keys ?? {}, privacy: { improve_ai: true } } }),
    );

    await account.pass();

    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ keyGenerated: true }]);
    expect(account.ledger.disk.retired).toEqual([]);
  });

  test('that cannot be parsed is written and not remembered', async () => {
    const account = await managed();
    account.declare(aManifest({ spec: { ...voice('one.example.com'), keys: { public_key: 'no key at all' } } }));

    await account.pass();

    expect(account.live().body).toMatchObject({ keys: { public_key: 'no key at all' } });
  });
});

function unknownMember(member: string | undefined): Error {
  return new ReconcilerError('E_API_REJECTED', {
    verb: 'PUT',
    url: 'https://api.nexmo.com/v2/applications',
    status: 400,
    detail: 'unknown field',
    ...(member === undefined ? {} : { unknownMember: member }),
  });
}
