import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Application, ApplicationId } from '../../src/core/application/application.ts';
import { reportCode } from '../../src/core/exit-codes.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { aManifest, anApplication, anId } from '../builders.ts';
import { type CreateAnswer, FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';
import { withoutKeys } from './fake-server.ts';

const settleMs = 30_000;

const rsa = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey; // any will do: nothing is signed with it
const spki = rsa.export({ type: 'spki', format: 'pem' }).toString();
const pkcs1 = createPublicKey(spki).export({ type: 'pkcs1', format: 'pem' }).toString();

/** A text that only looks like a key, as the API takes and returns it. */
const textKey = '-----BEGIN PUBLIC KEY-----\nnot base64 at all!\n-----END PUBLIC KEY-----';

/** An account that owns `Owned`, has somebody's `Foreign`, and is about to create `Support`. */
async function aboutToCreate(spec: JsonObject = {}): Promise<FakeAccount> {
  const account = new FakeAccount();
  account.server.foreignCreate({ name: 'Foreign', keys: { public_key: fakePublicKey(700).pem } });
  account.declare(aManifest({ name: 'Owned', formerly: [] }));
  await account.pass();
  account.clock.advance(settleMs);
  account.declare(aManifest({ name: 'Owned', formerly: [] }), aManifest({ name: 'Support', formerly: [], spec }));
  return account;
}

function live(account: FakeAccount, name: string): Application {
  const application = account.server.all().find((one) => one.name === name);
  if (application === undefined) throw new Error(`no ${name} is live`);
  return application;
}

function ownedIds(account: FakeAccount, name: string): readonly ApplicationId[] {
  return [...account.ledger.disk.entries.values()].flatMap((entry) => (entry.name === name ? [entry.id] : []));
}

/** What the ledger says is ours, with the keys that prove it. */
function claims(account: FakeAccount): readonly unknown[] {
  return [...account.ledger.disk.entries.values()].map(({ id, name, keyFingerprint }) => [id, name, keyFingerprint]);
}

function showing(application: Application, publicKey: string | undefined): Application {
  const { keys: _keys, ...body } = application.body;
  return { ...application, body: publicKey === undefined ? body : { ...body, keys: { public_key: publicKey } } };
}

/** Every GET of that application shows this key, or none. */
function getsShow(account: FakeAccount, publicKey: string | undefined, name?: string): void {
  const read = account.server.shown.bind(account.server);
  account.server.shown = (id) => {
    const application = read(id);
    return application && { ...showing(application, publicKey), ...(name === undefined ? {} : { name }) };
  };
}

describe('a create is answered', () => {
  test.each<{ readonly title: string; readonly answer: (account: FakeAccount) => CreateAnswer }>([
    {
      title: 'with an application that is owned, and no create took place',
      answer: (account) => () => live(account, 'Owned'),
    },
    {
      title: 'with an application that is owned, and one took place',
      answer: (account) => (create) => {
        create();
        return live(account, 'Owned');
      },
    },
    {
      title: 'with an application that was listed, and no create took place',
      answer: (account) => () => live(account, 'Foreign'),
    },
    {
      title: 'with an application that was listed and shows the key that was sent',
      answer: (account) => (create) => {
        const { body } = create();
        return { ...live(account, 'Foreign'), body };
      },
    },
    {
      title: 'with the owned one as if it had our name and no key',
      answer: (account) => (create) => {
        create();
        return { ...withoutKeys(live(account, 'Owned')), name: 'Support' };
      },
    },
    {
      title: 'with a new id and another key',
      answer: () => (create) => {
        create();
        const body = { name: 'Support', keys: { public_key: fakePublicKey(701).pem } };
        return anApplication({ id: anId(77), name: 'Support', body });
      },
    },
    {
      title: 'with a new id and a text for a key',
      answer: () => (create) => showing(create(), textKey),
    },
    {
      title: 'with a new id, no key, and a GET that finds nothing',
      answer: () => (create) => {
        create();
        return anApplication({ id: anId(77), name: 'Support' });
      },
    },
  ])('$title: it is recorded as nobody’s, and the listing decides', async ({ answer }) => {
    const account = await aboutToCreate();
    const before = claims(account);
    account.answerCreates(answer(account));

    const { plan, results } = await account.pass();
    const unsettled = claims(account);
    const open = account.ledger.disk.intents;
    account.clock.advance(settleMs);
    await account.pass();
    account.clock.advance(settleMs);
    const last = await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown', error: { code: 'E_CREATE_UNDECIDED' } }]);
    expect(reportCode(plan, results)).toBe(4);
    expect([...unsettled.keys()]).toEqual([...before.keys()]);
    expect(open).toMatchObject([{ name: 'Support', endedAt: expect.any(Number) }]);
    expect(last.results).toEqual([]);
    expect(ownedIds(account, 'Support')).toEqual([live(account, 'Support').id]);
    expect(
      account.server
        .all()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Foreign', 'Owned', 'Support']);
    expect(account.ledger.disk.entries.has(live(account, 'Foreign').id)).toBe(false);
  });

  test('with its key: it is ours, and nothing else is asked', async () => {
    const account = await aboutToCreate();

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', id: live(account, 'Support').id }]);
    expect(account.requests.get).toBe(0);
    expect(account.ledger.disk.entries.get(live(account, 'Support').id)).not.toHaveProperty('keyUnproven');
  });

  test.each([
    { title: 'PKCS#1 where SPKI was sent', sent: spki, shown: pkcs1 },
    { title: 'SPKI where PKCS#1 was sent', sent: pkcs1, shown: spki },
    { title: 'the same key with other line ends', sent: spki, shown: ` ${spki.replaceAll('\n', '\r\n')}\n` },
    { title: 'a text with other line ends', sent: textKey, shown: `${textKey.replaceAll('\n', '\r\n')}\r\n` },
    { title: 'a text with white space around it', sent: textKey, shown: `\n ${textKey}\n` },
  ])('with $title: it is ours', async ({ sent, shown }) => {
    const account = await aboutToCreate({ keys: { public_key: sent } });
    account.answerCreates((create) => showing(create(), shown));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', id: live(account, 'Support').id }]);
  });

  test.each([
    { title: 'a text with another middle', sent: textKey, shown: textKey.replace('at all', 'at last') },
    { title: 'a text where a key was sent', sent: spki, shown: textKey },
    { title: 'a key where a text was sent', sent: textKey, shown: spki },
  ])('with $title: it is unknown', async ({ sent, shown }) => {
    const account = await aboutToCreate({ keys: { public_key: sent } });
    account.answerCreates((create) => showing(create(), shown));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(ownedIds(account, 'Support')).toEqual([]);
  });

  test('with the key that the manifest brings and another name: it is unknown, as such a key may be shared', async () => {
    const account = await aboutToCreate({ keys: { public_key: spki } });
    account.answerCreates((create) => ({ ...create(), name: 'Another' }));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(ownedIds(account, 'Support')).toEqual([]);
  });

  test.each(['', '  \n', undefined])('without a key (%j), which a GET shows: it is ours and proven', async (blank) => {
    const account = await aboutToCreate();
    account.answerCreates((create) => showing(create(), blank));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', id: live(account, 'Support').id }]);
    expect(account.requests.get).toBe(1);
    expect(account.ledger.disk.entries.get(live(account, 'Support').id)).not.toHaveProperty('keyUnproven');
  });

  test('without a key, and a GET shows another one: it is unknown', async () => {
    const account = await aboutToCreate();
    account.answerCreates((create) => withoutKeys(create()));
    getsShow(account, fakePublicKey(702).pem);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(ownedIds(account, 'Support')).toEqual([]);
  });

  test('without a key by an API that shows none: it is managed by id and exact name, and told once per account', async () => {
    const account = await aboutToCreate();
    account.listKeys = false;
    account.showKeys = false;
    account.declare(...['Owned', 'Support', 'Second'].map((name) => aManifest({ name, formerly: [] })));

    const { results } = await account.pass();
    const { changes, notices } = await account.plan();

    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
    expect(account.ledger.disk.entries.get(live(account, 'Support').id)).toMatchObject({ keyUnproven: true });
    expect(notices).toMatchObject([{ kind: 'key-unproven', message: expect.stringContaining('2 applications') }]);
    expect(changes).toEqual([]);
  });

  test.each(['support', 'Support ', 'Other'])(
    'without a key, and a GET shows the name "%s": it is unknown',
    async (name) => {
      const account = await aboutToCreate();
      account.answerCreates((create) => withoutKeys(create()));
      getsShow(account, undefined, name);

      const { results } = await account.pass();

      expect(results).toMatchObject([{ outcome: 'unknown' }]);
      expect(ownedIds(account, 'Support')).toEqual([]);
    },
  );

  test.each(['failing', 'lost-before'] as const)(
    'without a key, and the GET is %s: it is unknown and the log says why',
    async (fault) => {
      const account = await aboutToCreate();
      account.answerCreates((create) => withoutKeys(create()));
      account.fail('get', fault);

      const { results } = await account.pass();
      await account.pass();

      expect(results).toMatchObject([{ outcome: 'unknown' }]);
      expect(account.log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', message: 'created application cannot be read' }),
      );
      expect(ownedIds(account, 'Support')).toEqual([live(account, 'Support').id]);
      expect(account.requests.create).toBe(2);
    },
  );
});

describe('two creates whose answers are mixed up', () => {
  test('are recorded as neither, and settle to the right applications, exactly one each', async () => {
    const account = new FakeAccount();
    account.declare(...['A', 'B'].map((name) => aManifest({ name, formerly: [] })));
    const made: Application[] = [];
    const answer: CreateAnswer = (create) => {
      made.push(create());
      return made.length === 1 ? anApplication({ id: anId(78), name: 'A' }) : (made[0] ?? create());
    };
    account.answerCreates(answer, answer);

    const { results } = await account.pass();
    account.clock.advance(settleMs);
    await account.pass();

    expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
    expect(
      account.server
        .all()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['A', 'B']);
    for (const name of ['A', 'B']) expect(ownedIds(account, name)).toEqual([live(account, name).id]);
    for (const { id, name, keyFingerprint } of account.ledger.disk.entries.values()) {
      expect(live(account, name).id).toBe(id);
      expect(account.keys.labels.get(keyFingerprint ?? '')).toEqual({ name, id });
    }
  });
});

describe('the ids that a create must not be answered with', () => {
  test('are also those of applications that were created in the same pass', async () => {
    const account = new FakeAccount();
    account.declare(...['1', '2', '3', '4', '5'].map((name) => aManifest({ name, formerly: [] })));
    const well: CreateAnswer = (create) => create();
    account.answerCreates(well, well, well, well, (create) => {
      create();
      return { ...withoutKeys(live(account, '1')), name: '5' };
    });
    getsShow(account, undefined, '5');

    const { results } = await account.pass();

    expect(results.map(({ change, outcome }) => [change.name, outcome]).toSorted()).toEqual([
      ['1', 'applied'],
      ['2', 'applied'],
      ['3', 'applied'],
      ['4', 'applied'],
      ['5', 'unknown'],
    ]);
    expect(ownedIds(account, '1')).toEqual([live(account, '1').id]);
  });

  test('are of all readings of the listing', async () => {
    const account = await aboutToCreate();
    for (let nth = 0; nth < 100; nth += 1) account.server.foreignCreate({ name: `foreign ${nth}` });
    account.server.foreignCreate({ name: 'flickers' });
    const flickering = live(account, 'flickers');
    const come = () => {
      account.server.foreignChange(flickering.id, () => flickering.body);
    };
    const listed = account.server.listed.bind(account.server);
    let reading = 0;
    account.server.listed = () => {
      reading += 1;
      return reading === 2 ? listed() : listed().filter(({ id }) => id !== flickering.id);
    };
    account.beforeNext('create', come);
    account.answerCreates((create) => {
      create();
      return { ...withoutKeys(flickering), name: 'Support' };
    });
    getsShow(account, undefined, 'Support');

    const { results } = await account.pass();

    expect(reading).toBe(4);
    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(account.ledger.disk.entries.has(flickering.id)).toBe(false);
  });
});
