import { describe, expect, test } from 'vitest';
import type { ApplyResult } from '../../src/core/plan/report.ts';
import { applyPlan } from '../../src/reconcile/apply.ts';
import type { ChangeGate } from '../../src/reconcile/ports.ts';
import { runConcurrently } from '../../src/reconcile/run-concurrently.ts';
import { aDesiredState, aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';

function anAccount(...names: readonly string[]): FakeAccount {
  const account = new FakeAccount();
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  return account;
}

describe('a pass', () => {
  test('that is aborted starts nothing further and finishes what is in flight', async () => {
    const account = anAccount('1', '2', '3', '4', '5', '6');
    const stop = new AbortController();
    account.beforeNext('create', () => stop.abort());

    const { results } = await account.pass(stop.signal);

    const outcomes = results.map((result) => (result.outcome === 'skipped' ? result.reason : result.outcome));
    expect(outcomes.toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'applied'),
      'stopped before it started',
      'stopped before it started',
    ]);
    expect(account.ledger.disk.entries.size).toBe(4);
    expect(account.ledger.disk.intents).toEqual([]);
  });

  test('does at most four changes at once', async () => {
    const account = anAccount(...Array.from({ length: 9 }, (_, nth) => `application ${nth}`));
    let running = 0;
    let most = 0;
    const create = account.create.bind(account);
    account.create = async (body) => {
      running += 1;
      most = Math.max(most, running);
      const outcome = await create(body);
      running -= 1;
      return outcome;
    };

    await account.pass();

    expect(most).toBe(4);
    expect(account.server.all()).toHaveLength(9);
  });

  test('begins nothing when the ledger cannot be written', async () => {
    const account = anAccount('1', '2');
    account.ledger.full = true;

    await expect(account.pass()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });

    expect(account.server.writes).toBe(0);
  });

  test.each([
    { what: 'ledger', disk: 'ledger' },
    { what: 'key directory', disk: 'keys' },
  ] as const)('stops everything when the $what cannot be written any more', async ({ disk }) => {
    const account = anAccount(...Array.from({ length: 12 }, (_, nth) => `application ${nth}`));
    account.beforeNext('create', () => {
      account[disk].full = true;
    });

    const { results } = await account.pass();

    const reasons = results.flatMap((result) => (result.outcome === 'skipped' ? [result.reason] : []));
    const failed = results.filter(({ outcome }) => outcome === 'failed').length;
    const sent = account.server.all().length;
    expect(new Set(reasons)).toEqual(new Set(['the state directory cannot be written']));
    expect(failed).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(4);
    expect(results).toHaveLength(12);
  });

  test('goes on after a change that failed for another reason', async () => {
    const account = anAccount('1', '2', '3', '4', '5', '6');
    account.fail('create', 'refused');

    const { results } = await account.pass();

    expect(results.filter(({ outcome }) => outcome === 'applied')).toHaveLength(5);
  });

  test('writes one line per change, with the outcome in fields', async () => {
    const account = anAccount('1', '2', '3');
    account.fail('create', 'refused', 'lost-before');

    await account.pass();

    const lines = account.log.lines.map(({ level, message, fields }) => [level, message, fields['application']]);
    expect(lines.toSorted()).toEqual([
      ['error', 'change failed', '1'],
      ['error', 'outcome of change unknown', '2'],
      ['info', 'change applied', '3'],
    ]);
  });

  test('says in the log why a change was made and which fields differ, without their values', async () => {
    const account = anAccount('Support');
    await account.pass();
    account.declare(aManifest({ name: 'Support line', formerly: ['Support'] }));

    await account.pass();

    expect(account.log.lines.at(-1)?.fields).toMatchObject({ action: 'update', reason: 'renamed', changed: ['/name'] });
  });

  test('says in the log how many differing fields there are beyond the first ten', async () => {
    const account = anAccount('Support');
    await account.pass();
    const hook = (name: string, path: string) => ({
      [name]: { address: `https://example.com/${path}`, http_method: 'POST' },
    });
    const spec = {
      privacy: { improve_ai: true },
      capabilities: {
        voice: {
          webhooks: { ...hook('answer_url', 'a'), ...hook('event_url', 'e'), ...hook('fallback_answer_url', 'f') },
        },
        messages: { webhooks: { ...hook('inbound_url', 'i'), ...hook('status_url', 's') } },
        rtc: { webhooks: hook('event_url', 'r') },
        verify: { webhooks: hook('status_url', 'v') },
        vbc: {},
      },
    };
    account.declare(aManifest({ spec }));

    await account.pass();

    const changed = account.log.lines.at(-1)?.fields['changed'];
    expect(changed).toHaveLength(11);
    expect(changed).toContainEqual(expect.stringMatching(/^and [1-9]\d* more$/));
  });

  test('tells the length of every change in milliseconds', async () => {
    const account = anAccount('1');
    account.beforeNext('create', () => account.clock.advance(1234));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ durationMs: 1234 }]);
  });
});

describe('notes', () => {
  test('are recorded at the end where nothing else is written', async () => {
    const account = anAccount('Support');
    await account.pass();
    account.declare(aManifest({ deletionPolicy: 'protect', reconcile: 'paused', formerly: [] }));

    const { results } = await account.pass();

    expect(results).toEqual([]);
    expect([...account.ledger.disk.entries.values()]).toMatchObject([{ deletionPolicy: 'protect', paused: true }]);
  });

  test('are not recorded where changes are only planned', async () => {
    const account = anAccount('Support');
    await account.pass();
    account.allow({ onCommit: 'plan' });
    account.declare(aManifest({ deletionPolicy: 'protect', formerly: [] }));

    await account.pass();

    expect([...account.ledger.disk.entries.values()][0]).not.toHaveProperty('deletionPolicy');
  });

  test('leave the ledger alone when there is no news', async () => {
    const account = anAccount('Support');
    await account.pass();
    await account.pass();
    const { serial } = account.ledger.disk;

    await account.pass();

    expect(account.ledger.disk.serial).toBe(serial);
  });
});

describe('planning', () => {
  test('never writes', async () => {
    const account = anAccount('Support', 'Other');
    account.server.foreignCreate({ name: 'Support' });
    account.keys.plant();

    await account.plan();

    expect([account.server.writes, account.ledger.history, account.ledger.disk.serial]).toEqual([0, [], 0]);
  });

  test('shows a lost create as owned before it is settled', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-after');
    await account.pass();

    const plan = await account.plan();

    expect(plan.changes).toEqual([]);
    expect(plan.skips).toMatchObject([{ reason: 'unchanged', name: 'Support' }]);
  });

  test('asks once for an application that is owned and pinned and not listed', async () => {
    const account = anAccount('Support');
    await account.pass();
    const [live] = account.server.all();
    if (live === undefined) throw new Error('nothing is live');
    account.desired = aDesiredState({ manifests: [aManifest({ id: live.id })] });
    account.server.foreignRemove(live.id);

    const plan = await account.plan();

    expect(plan.skips).toMatchObject([{ reason: 'missing' }]);
    expect(plan.skips[0]).not.toHaveProperty('change');
  });

  test('compares a key that the manifest brings with the live one where listings show no keys', async () => {
    const account = new FakeAccount();
    const own = fakePublicKey(904);
    account.declare(aManifest({ spec: { keys: { public_key: own.pem } } }));
    account.listKeys = false;
    await account.pass();

    const { results } = await account.pass();

    expect(results).toEqual([]);
    expect(account.requests.replace).toBe(0);
  });

  test('finds the application of such a manifest under whatever name it has now, and reads no other', async () => {
    const account = new FakeAccount();
    const own = fakePublicKey(904);
    account.declare(aManifest({ spec: { keys: { public_key: own.pem } } }), aManifest({ name: 'Other' }));
    account.listKeys = false;
    await account.pass();
    account.clock.advance(60_000);
    await account.pass();
    account.server.foreignCreate({ name: 'Somebody else' });
    const live = account.server.all().find(({ name }) => name === 'Support');
    if (live !== undefined) account.server.foreignChange(live.id, (body) => ({ ...body, name: 'Drifted' }));
    account.requests.get = 0;

    const plan = await account.plan();

    expect(account.requests.get).toBe(1);
    expect(plan.changes).toMatchObject([{ action: 'update', members: [{ path: '/name' }] }]);
  });
});

describe('the second reading before creates and adoptions', () => {
  async function many(): Promise<FakeAccount> {
    const account = anAccount('New');
    for (let nth = 0; nth <= 100; nth += 1) account.server.foreignCreate({ name: `foreign ${nth}` });
    return account;
  }

  test('is not needed for one page', async () => {
    const account = anAccount('New');

    await account.pass();

    expect(account.requests.list).toBe(1);
  });

  test('reads several pages once more', async () => {
    const account = await many();

    const { results } = await account.pass();

    expect(account.requests.list).toBe(2);
    expect(results).toMatchObject([{ outcome: 'applied' }]);
  });

  test('reads until two agree', async () => {
    const account = await many();
    account.beforeNext(
      'list',
      () => undefined,
      () => void account.server.foreignCreate({ name: 'later' }),
    );

    const { results } = await account.pass();

    expect(account.requests.list).toBe(3);
    expect(results).toMatchObject([{ outcome: 'applied' }]);
  });

  test('gives up after three that differ', async () => {
    const account = await many();
    const grow = () => void account.server.foreignCreate({ name: 'later' });
    account.beforeNext('list', grow, grow, grow, grow);

    const { results } = await account.pass();

    expect(account.requests.list).toBe(4);
    expect(results).toMatchObject([
      { outcome: 'stale', reason: 'the listing changed while it was read: an application may be missing in it' },
    ]);
  });

  test('does not count one that is unstable', async () => {
    const account = await many();
    const listings = [undefined, 'unstable', 'unstable', 'unstable'] as const;
    let nth = 0;
    const list = account.list.bind(account);
    account.list = (options) => {
      const fault = listings[nth];
      nth += 1;
      if (fault !== undefined) account.fail('list', fault);
      return list(options);
    };

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale' }]);
  });

  test('stops a create of a name that was taken meanwhile, and only that', async () => {
    const account = await many();
    account.declare(aManifest({ name: 'New', formerly: [] }), aManifest({ name: 'Newer', formerly: [] }));
    account.beforeNext(
      'list',
      () => undefined,
      () => void account.server.foreignCreate({ name: 'New' }),
    );

    const { results } = await account.pass();

    expect(results.map(({ outcome, change }) => [change.name, outcome]).toSorted()).toEqual([
      ['New', 'stale'],
      ['Newer', 'applied'],
    ]);
  });

  test('also looks for the earlier name under which the lost create was sent', async () => {
    const account = anAccount('Old');
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.advance(30_000);
    account.declare(aManifest({ name: 'New', formerly: ['Old'] }));
    const plan = await account.plan();
    account.server.foreignCreate({ name: 'Old' });

    const results: ApplyResult[] = [];
    for await (const result of applyPlan(plan, account.ports, new AbortController().signal)) results.push(result);

    expect(results).toMatchObject([{ outcome: 'stale' }]);
    expect(account.requests.create).toBe(1);
  });

  test('lets an adoption go ahead when two readings agree', async () => {
    const account = await many();
    account.declare(aManifest({ name: 'foreign 1' }));

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'applied', change: { action: 'adopt' } }]);
  });

  test('applies to adoptions, too', async () => {
    const account = await many();
    account.declare(aManifest({ name: 'foreign 1' }));
    const grow = () => void account.server.foreignCreate({ name: 'later' });
    account.beforeNext('list', grow, grow, grow, grow);

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale', change: { action: 'adopt' } }]);
  });
});

describe('work in flight', () => {
  test('is awaited when the consumer leaves early', async () => {
    const done: number[] = [];
    const work = async (item: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(item);
      return item;
    };

    for await (const first of runConcurrently([1, 2, 3, 4], 2, work)) {
      expect(first).toBe(1);
      break;
    }

    expect(done).toEqual([1, 2]);
  });
});

describe('a change that a person pauses after the plan was made', () => {
  const entered = { outcome: 'entered', leave: () => undefined } as const;

  test('is skipped with the words of the pause, and the others go ahead', async () => {
    const account = anAccount('Held', 'Free');
    const { changes } = await account.plan();
    const gate: ChangeGate = {
      enter: async ({ name }) => (name === 'Held' ? { outcome: 'held', reason: 'paused: INC-42' } : entered),
    };

    const results = await carriedOut(account, gate);

    expect(changes).toHaveLength(2);
    expect(results.map((result) => [result.change.name, result.outcome])).toEqual([
      ['Free', 'applied'],
      ['Held', 'skipped'],
    ]);
    expect(results[1]).toMatchObject({ reason: 'paused: INC-42', skip: 'paused' });
    expect(account.server.listed().map(({ name }) => name)).toEqual(['Free']);
  });

  test('does not start when the run is stopped while the gate is asked, and leaves it', async () => {
    const account = anAccount('Support');
    const stop = new AbortController();
    const inside = new Set<object>();
    const gate: ChangeGate = {
      enter: async (change) => {
        inside.add(change);
        stop.abort();
        return { outcome: 'entered', leave: () => void inside.delete(change) };
      },
    };

    const results = await carriedOut(account, gate, stop.signal);

    expect(results).toMatchObject([{ outcome: 'skipped', reason: 'stopped before it started' }]);
    expect(account.server.listed()).toEqual([]);
    expect(inside.size).toBe(0);
  });

  test('is in flight until it ended, also when it fails', async () => {
    const account = anAccount('Support');
    account.fail('create', 'refused');
    const steps: string[] = [];
    const gate: ChangeGate = {
      enter: async () => {
        steps.push('enters');
        return { outcome: 'entered', leave: () => void steps.push('leaves') };
      },
    };

    expect(await carriedOut(account, gate)).toMatchObject([{ outcome: 'failed' }]);
    expect(steps).toEqual(['enters', 'leaves']);
  });

  test('fails when the gate cannot tell', async () => {
    const account = anAccount('Support');
    const gate: ChangeGate = { enter: () => Promise.reject(new Error('no response')) };

    expect(await carriedOut(account, gate)).toMatchObject([{ outcome: 'failed' }]);
    expect(account.server.listed()).toEqual([]);
  });
});

async function carriedOut(
  account: FakeAccount,
  gate: ChangeGate,
  signal = new AbortController().signal,
): Promise<readonly ApplyResult[]> {
  const plan = await account.plan();
  const results: ApplyResult[] = [];
  for await (const result of applyPlan(plan, { ...account.ports, gate }, signal)) results.push(result);
  return results.toSorted((one, other) => (one.change.name < other.change.name ? -1 : 1));
}
