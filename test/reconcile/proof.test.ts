import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/core/application/application.ts';
import { planCode } from '../../src/core/exit-codes.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { emptyLedger, type LedgerEntry } from '../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { makePlan, reconcile } from '../../src/reconcile/reconcile.ts';
import { retryNormalised } from '../../src/reconcile/retry-normalised.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import type { FakeWrite } from './fake-server.ts';

const dayMs = 24 * 60 * 60 * 1000;

const spec = (improveAi: boolean, region = 'eu-west'): JsonObject => ({
  capabilities: { voice: { region } },
  privacy: { improve_ai: improveAi },
});

const saying = (improveAi: boolean, more: Partial<Manifest> = {}): Manifest =>
  aManifest({ spec: spec(improveAi), ...more });

const setPrivacy = (value: boolean) => (body: JsonObject) => ({ ...body, privacy: { improve_ai: value } });

/** One account with one application, whose `privacy.improve_ai` is at stake. */
class Account extends FakeAccount {
  get live(): Application {
    const [application] = this.server.all();
    if (application === undefined) throw new Error('nothing is live');
    return application;
  }

  get improveAi(): unknown {
    return JSON.stringify(this.live.body['privacy']);
  }

  get entry(): LedgerEntry {
    const [entry] = this.ledger.current().entries.values();
    if (entry === undefined) throw new Error('nothing is owned');
    return entry;
  }

  /** Writes are answered with what was there before, so many times. */
  answerStale(times: number): void {
    let left = times;
    this.server.respond = ({ before, stored }: FakeWrite) => {
      left -= 1;
      return left >= 0 && before !== undefined ? before : stored;
    };
  }

  /** A pass that begins once reads are proof. */
  async laterPass(): ReturnType<FakeAccount['pass']> {
    this.settle();
    return this.pass();
  }
}

/** Created with `improve_ai: false`, and proven. */
async function managed(): Promise<Account> {
  const account = new Account();
  account.declare(saying(false));
  await account.pass();
  await account.laterPass();
  return account;
}

const reasons = ({ changes, skips }: Plan) => [...changes, ...skips].map(({ reason }) => reason);

describe('one stale response to a PUT', () => {
  test('does not switch the enforcement of a field off', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.answerStale(1);
    await account.pass();
    await account.laterPass();
    account.server.foreignChange(account.live.id, setPrivacy(false));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', change: { reason: 'drift' } }]);
    expect(account.improveAi).toBe('{"improve_ai":true}');
  });

  test('is no news once a read shows what was sent', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.answerStale(1);

    await account.pass();
    const { plan, results } = await account.laterPass();

    expect([reasons(plan), results]).toEqual([['unchanged'], []]);
    expect(account.entry).toMatchObject({ normalised: [], unproven: [] });
  });

  test('and a write that had no effect: the field is written once more', async () => {
    const account = await managed();
    account.declare(saying(true));
    let lost = true;
    account.server.rewrite = (body) => (lost ? setPrivacy(false)(body) : body);
    await account.pass();
    lost = false;

    const { results } = await account.laterPass();
    const { plan } = await account.laterPass();

    expect(results).toMatchObject([{ outcome: 'applied', change: { reason: 'not kept' } }]);
    expect(account.improveAi).toBe('{"improve_ai":true}');
    expect(reasons(plan)).toEqual(['unchanged']);
    expect(account.entry).toMatchObject({ normalised: [], unproven: [], healed: [] });
  });

  test('to a heal leaves another writer who brings his value back to be met as drift', async () => {
    const account = await managed();
    account.answerStale(9);
    const outcomes: unknown[] = [];

    for (let round = 0; round < 4; round += 1) {
      account.server.foreignChange(account.live.id, setPrivacy(true));
      const { results, plan } = await account.laterPass();
      outcomes.push([results.length, plan.skips[0]?.guard]);
    }

    expect(outcomes).toEqual([
      [1, undefined],
      [1, undefined],
      [1, undefined],
      [0, 'fight'],
    ]);
  });
});

describe('until the settle time is over, what a write became', () => {
  test('is shown, not written, and no reason for an exit code', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    await account.pass();
    account.clock.advance(29_999);

    const { plan, results } = await account.pass();

    expect([plan.changes, results, planCode(plan, true)]).toEqual([[], [], 0]);
    expect(plan.skips).toMatchObject([
      { reason: 'unproven', members: [{ path: '/privacy/improve_ai', before: false, after: true }] },
    ]);
  });

  test('is unproven whatever a read shows', async () => {
    const account = await managed();
    account.declare(saying(true));
    await account.pass();
    account.server.foreignChange(account.live.id, (body) => ({ ...body, privacy: { improve_ai: 'odd' } }));

    expect(reasons(await account.plan())).toEqual(['unproven']);
  });

  test('is not proven by a listing that is not stable, however late', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    await account.pass();
    account.settle();
    const { ports } = account;
    const list: typeof ports.api.list = async (options) => ({ ...(await account.list(options)), stable: false });

    const plan = await makePlan({ ...ports, api: { list, get: (id) => account.get(id) } });

    expect(reasons(plan)).toEqual(['unproven']);
  });

  test('and a clock that was set back makes it wait one settle time, not longer', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    await account.pass();
    account.clock.set(-dayMs);

    const first = await account.pass();
    const second = await account.laterPass();

    expect([reasons(first.plan), reasons(second.plan)]).toEqual([['unproven'], ['not kept']]);
  });
});

describe('a server', () => {
  const throughPasses = async (account: Account, passes: number) => {
    const before = account.server.writes;
    let last: Plan | undefined;
    for (let pass = 0; pass < passes; pass += 1) {
      last = (await account.laterPass()).plan;
    }
    return { writes: account.server.writes - before, reasons: last && reasons(last) };
  };

  test('that drops a field is written to twice, and no more', async () => {
    const account = await managed();
    account.server.rewrite = ({ privacy: _dropped, ...body }) => body;
    await account.pass();
    account.server.foreignChange(account.live.id, ({ privacy: _dropped, ...body }) => body);
    account.declare(saying(true));

    expect(await throughPasses(account, 6)).toEqual({ writes: 2, reasons: ['normalized'] });
    expect(account.entry).toMatchObject({ healed: [], unproven: [] });
  });

  test('that makes something else of a field is written to once', async () => {
    const account = await managed();
    account.declare(saying(true, { spec: spec(true, 'us-east') }));
    account.server.rewrite = (body) => ({ ...body, capabilities: { voice: { region: 'US' } } });

    expect(await throughPasses(account, 6)).toEqual({ writes: 1, reasons: ['normalized'] });
  });

  test('that answers as it was asked and keeps something else is written to twice, and no more', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    account.server.respond = ({ sent }) => sent;

    expect(await throughPasses(account, 6)).toEqual({ writes: 2, reasons: ['normalized'] });
    expect(account.entry).toMatchObject({ healed: [], unproven: [] });
  });

  test('that does so with a new application is written to twice, and no more', async () => {
    const account = new Account();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    account.server.respond = ({ sent }) => sent;

    expect(await throughPasses(account, 6)).toEqual({ writes: 2, reasons: ['normalized'] });
    expect(account.entry).toMatchObject({ healed: [], unproven: [] });
  });

  test('that does so with a new application, seen at once, is not written to before that proves anything', async () => {
    const account = new Account();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    account.server.respond = ({ sent }) => sent;
    await account.pass();
    await account.pass();

    expect(account.server.writes).toBe(1);
    expect(await throughPasses(account, 6)).toEqual({ writes: 1, reasons: ['normalized'] });
  });

  test('that changes its mind after both writes is met as drift', async () => {
    const account = await managed();
    account.declare(saying(true));
    account.server.rewrite = setPrivacy(false);
    await account.pass();
    await account.laterPass();
    account.server.foreignChange(account.live.id, (body) => ({ ...body, privacy: { improve_ai: 'odd' } }));

    const { plan } = await account.laterPass();

    expect(plan.changes).toMatchObject([{ reason: 'drift' }]);
  });

  test('never makes a plan right after a pass show a change, and is written to twice for a manifest at most', async () => {
    const kinds = fc.constantFrom('keeps', 'drops', 'rewrites', 'as before');
    const steps = fc.array(fc.record({ kind: kinds, stale: fc.boolean() }), { maxLength: 5 });
    const property = fc.asyncProperty(steps, async (given) => {
      const account = await managed();
      for (const [nth, { kind, stale }] of given.entries()) {
        account.server.rewrite = serverThat(kind, account);
        account.answerStale(stale ? 1 : 0);
        account.declare(aManifest({ spec: { privacy: { improve_ai: `value ${nth}` } } }));
        const before = account.server.writes;
        for (let pass = 0; pass < 5; pass += 1) {
          await account.laterPass();
          expect((await account.plan()).changes).toEqual([]);
        }
        expect(account.server.writes - before).toBeLessThanOrEqual(2);
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

function serverThat(kind: 'keeps' | 'drops' | 'rewrites' | 'as before', account: Account) {
  const { privacy } = account.live.body;
  return (body: JsonObject): JsonObject => {
    const { privacy: wanted, ...others } = body;
    switch (kind) {
      case 'keeps':
        return body;
      case 'drops':
        return others;
      case 'rewrites':
        return { ...others, privacy: { improve_ai: 'odd' } };
      case 'as before':
        return { ...others, ...(privacy === undefined ? {} : { privacy }) };
    }
  };
}

/** Created with `improve_ai: true`, which the server makes false. */
async function rewritten(): Promise<Account> {
  const account = new Account();
  account.declare(saying(true));
  account.server.rewrite = setPrivacy(false);
  await account.pass();
  await account.laterPass();
  return account;
}

describe('what the server rewrites', () => {
  test('goes along with every other write, and is no field of it', async () => {
    const account = await rewritten();
    const sent: JsonObject[] = [];
    account.server.respond = (write) => {
      sent.push(write.sent);
      return write.stored;
    };
    account.declare(saying(true, { spec: spec(true, 'us-east') }));

    const { results } = await account.pass();

    expect(results).toMatchObject([
      { outcome: 'applied', normalised: [], change: { members: [{ path: '/capabilities/voice/region' }] } },
    ]);
    expect(sent).toMatchObject([{ privacy: { improve_ai: true } }]);
    expect(account.entry.normalised).toMatchObject([{ triedAt: account.clock.now() }]);
  });

  test('is met as it is declared again once the server keeps it', async () => {
    const account = await rewritten();
    account.server.rewrite = (body) => body;
    account.declare(saying(true, { spec: spec(true, 'us-east') }));

    await account.pass();
    await account.laterPass();
    account.server.foreignChange(account.live.id, setPrivacy(false));

    expect((await account.plan()).changes).toMatchObject([{ reason: 'drift' }]);
  });

  test('is written anew with another declared value', async () => {
    const account = await rewritten();
    account.server.rewrite = (body) => body;
    account.declare(saying(true, { spec: { ...spec(true), privacy: { improve_ai: 'odd' } } }));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', change: { reason: 'manifest changed' } }]);
  });

  test('is drift with another live value, and the server’s own value after that is nothing new', async () => {
    const account = await rewritten();
    account.server.respond = ({ sent }) => sent;
    account.server.foreignChange(account.live.id, (body) => ({ ...body, privacy: { improve_ai: 'odd' } }));

    const first = await account.laterPass();
    const second = await account.laterPass();
    const third = await account.laterPass();

    expect([first, second, third].map(({ plan }) => reasons(plan))).toEqual([
      ['drift'],
      ['normalized'],
      ['normalized'],
    ]);
  });

  test('and is not seen yet goes along with another write, which counts as its second', async () => {
    const account = await managed();
    account.server.rewrite = setPrivacy(false);
    account.declare(saying(true));
    await account.pass();
    account.declare(saying(true, { spec: spec(true, 'us-east') }));

    const { results } = await account.pass();
    const { plan } = await account.laterPass();

    expect(results).toMatchObject([{ change: { members: [{ path: '/capabilities/voice/region' }] } }]);
    expect(reasons(plan)).toEqual(['normalized']);
  });
});

describe('what the server rewrites is sent again', () => {
  const retries = ({ log }: Account) =>
    log.lines.filter(({ message }) => message.startsWith('normalized fields')).map(({ message }) => message);

  const daemon = (account: Account) => {
    account.rules = { ...account.rules, retryNormalised: true };
    return account;
  };

  test('by the daemon once a day, as no change of the plan', async () => {
    const account = daemon(await rewritten());
    const before = account.server.writes;
    account.clock.advance(dayMs - 1);
    await account.pass();
    account.clock.advance(1);

    const { plan, results } = await account.pass();
    await account.laterPass();

    expect([reasons(plan), results]).toEqual([['normalized'], []]);
    expect(retries(account)).toEqual(['normalized fields sent again']);
    expect(account.server.writes - before).toBe(1);
  });

  test('and forgotten once a later read shows it kept', async () => {
    const account = daemon(await rewritten());
    account.server.rewrite = (body) => body;
    account.clock.advance(dayMs);
    await account.pass();

    const { plan } = await account.laterPass();

    expect(reasons(plan)).toEqual(['unchanged']);
    expect(account.entry.normalised).toEqual([]);
  });

  test('for one application in a pass', async () => {
    const account = daemon(new Account());
    account.declare(saying(true), saying(true, { name: 'Second' }));
    account.server.rewrite = setPrivacy(false);
    await account.pass();
    await account.laterPass();
    account.clock.advance(dayMs);
    const counts: number[] = [];

    for (let pass = 0; pass < 3; pass += 1) {
      const before = account.server.writes;
      await account.pass();
      counts.push(account.server.writes - before);
    }

    expect(counts).toEqual([1, 1, 0]);
  });

  test('when the manifest changes, even without anything else to write, and by every run', async () => {
    const account = await rewritten();
    const before = account.server.writes;
    account.declare(saying(true, { hash: 'another' }));

    const { results } = await account.pass();
    await account.laterPass();

    expect(results).toEqual([]);
    expect(account.server.writes - before).toBe(1);
    expect(account.entry).toMatchObject({ appliedHash: 'another', normalised: [{ path: '/privacy/improve_ai' }] });
  });

  test('not by a run without a daemon while nothing changes', async () => {
    const account = await rewritten();
    const before = account.server.writes;
    account.clock.advance(9 * dayMs);

    await account.pass();

    expect(account.server.writes).toBe(before);
  });

  test.each([
    { title: 'somebody changed it', act: (account: Account) => foreignRegion(account), logged: [] },
    {
      title: 'it is as declared by now',
      act: (account: Account) => account.server.foreignChange(account.live.id, setPrivacy(true)),
      logged: [],
    },
    {
      title: 'it is gone',
      act: (account: Account) => account.server.foreignRemove(account.live.id),
      logged: [],
    },
  ])('not when $title meanwhile', async ({ act, logged }) => {
    const account = daemon(await rewritten());
    account.clock.advance(dayMs);
    account.beforeNext('get', () => act(account));
    const before = account.server.writes;

    await account.pass();

    expect(account.server.writes).toBe(before);
    expect(retries(account)).toEqual(logged);
  });

  test('not when it is deleted between reading and writing', async () => {
    const account = daemon(await rewritten());
    account.clock.advance(dayMs);
    account.beforeNext('replace', () => account.server.foreignRemove(account.live.id));

    await account.pass();

    expect(retries(account)).toEqual([]);
  });

  test.each([
    { title: 'held back by a pause that came since', entry: { outcome: 'held', reason: 'paused' } as const, writes: 0 },
    { title: 'let through', entry: { outcome: 'entered', leave: () => undefined } as const, writes: 1 },
  ])('through the gate of every change: $title', async ({ entry, writes }) => {
    const account = daemon(await rewritten());
    account.clock.advance(dayMs);
    const before = account.server.writes;

    await reconcile({ ...account.ports, gate: { enter: async () => entry } }, new AbortController().signal);

    expect(account.server.writes - before).toBe(writes);
  });

  test('not when nobody owns it any more', async () => {
    const account = await rewritten();
    const { id, name } = account.live;
    account.ledger.put(emptyLedger);

    await retryNormalised({ id, name, manifest: saying(true), paths: ['/privacy/improve_ai'] }, account.ports, 'r2');

    expect(account.requests).toMatchObject({ get: 0, replace: 0 });
  });

  test('tomorrow, when it fails today', async () => {
    const account = daemon(await rewritten());
    account.clock.advance(dayMs);
    account.fail('replace', 'failing');

    const { results } = await account.pass();
    await account.laterPass();

    expect(results).toEqual([]);
    expect(retries(account)).toEqual(['normalized fields not sent again']);
  });

  test.each([
    { title: 'a change failed', fault: 'refused', stop: new AbortController().signal },
    { title: 'the run was told to stop', fault: undefined, stop: AbortSignal.abort() },
  ] as const)('not when $title', async ({ fault, stop }) => {
    const account = daemon(await rewritten());
    account.clock.advance(dayMs);
    account.declare(saying(true), aManifest({ name: 'New' }));
    if (fault !== undefined) account.fail('create', fault);
    const writes = account.requests.replace;

    await account.pass(stop);

    expect(account.requests.replace).toBe(writes);
  });
});

function foreignRegion(account: Account): void {
  account.server.foreignChange(account.live.id, (body) => ({ ...body, capabilities: { voice: { region: 'ap' } } }));
}
