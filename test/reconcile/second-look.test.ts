import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../src/core/application/application.ts';
import type { LedgerEntry } from '../../src/core/ledger/ledger.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { decidedPlan, decidedPlanOf } from '../../src/reconcile/second-look.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;

/** An account that has long owned these applications. */
async function owning(...names: readonly string[]): Promise<FakeAccount> {
  const account = new FakeAccount();
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  await account.pass();
  account.clock.advance(settleMs);
  return account;
}

function removeOutside(account: FakeAccount, ...names: readonly string[]): void {
  for (const { id, name } of account.server.all()) if (names.includes(name)) account.server.foreignRemove(id);
}

function liveNames(account: FakeAccount): readonly string[] {
  return account.server
    .all()
    .map(({ name }) => name)
    .toSorted();
}

function entryNamed(account: FakeAccount, name: string): LedgerEntry | undefined {
  return [...account.ledger.disk.entries.values()].find((entry) => entry.name === name);
}

function looks(account: FakeAccount): readonly string[] {
  return account.ledger.history.flatMap(({ record: { kind }, durable }) =>
    kind === 'missing' || kind === 'seen' ? [`${kind}${durable ? '' : ', not durable'}`] : [],
  );
}

function reasonsOf({ changes, skips }: Plan): readonly string[] {
  const left = skips.filter(({ reason }) => reason !== 'unchanged');
  return [
    ...changes.map(({ action, name }) => `${action} ${name}`),
    ...left.map((skip) => `${skip.reason} ${skip.name}`),
  ];
}

/** Options that remember what was waited for, and act before the wait. */
function waiting(act: () => void = () => undefined, stop = new AbortController()) {
  const told: (readonly [number, readonly string[]])[] = [];
  const onWait = (seconds: number, names: readonly string[]) => {
    told.push([seconds, names.toSorted()]);
    act();
  };
  return { signal: stop.signal, onWait, told };
}

describe('a decided plan', () => {
  test('looks twice, the settle time apart, before anything that was missing is created again', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const old = entryNamed(account, 'Support')?.id;
    const wait = waiting();

    const plan = await decidedPlan(account.ports, wait);

    expect(wait.told).toEqual([[30, ['Support']]]);
    expect(account.clock.slept).toEqual([settleMs]);
    expect(plan.changes).toMatchObject([{ action: 'create', name: 'Support', replaces: old }]);
  });

  test('waits for the rest when a timer is early', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const sleep = account.clock.sleep.bind(account.clock);
    account.clock.sleep = (ms, signal) => sleep(ms > 1 ? ms - 1 : ms, signal);

    const plan = await decidedPlan(account.ports, waiting());

    expect(account.clock.slept).toEqual([settleMs - 1, 1]);
    expect(plan.changes).toMatchObject([{ action: 'create', name: 'Support' }]);
  });

  test('records the first look durably before it waits', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const before: unknown[] = [];
    const wait = waiting(() => before.push(entryNamed(account, 'Support')?.missingAt, ...looks(account)));
    const began = account.clock.now();

    await decidedPlan(account.ports, wait);

    expect(before).toEqual([began, 'missing']);
  });

  test('waits once for what is missing and what is undecided together', async () => {
    const account = await owning('Support', 'Other');
    account.declare(...['Support', 'Other', 'New'].map((name) => aManifest({ name, formerly: [] })));
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.advance(10_000);
    removeOutside(account, 'Support');
    const wait = waiting();

    const plan = await decidedPlan(account.ports, wait);

    expect(wait.told).toEqual([[30, ['New', 'Support']]]);
    expect(account.clock.slept).toHaveLength(1);
    expect(reasonsOf(plan)).toEqual(['create New', 'create Support']);
  });

  test('finds a lost create by itself after the wait', async () => {
    const account = await owning('Support');
    account.declare(...['Support', 'New'].map((name) => aManifest({ name, formerly: [] })));
    account.fail('create', 'late');
    await account.pass();

    const plan = await decidedPlan(account.ports, waiting());

    expect(reasonsOf(plan)).toEqual([]);
    expect(account.found).toMatchObject([{ name: 'New' }]);
  });

  test('does not wait when nothing gets clearer by it', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    account.isSilent = () => true;
    const wait = waiting();

    const plan = await decidedPlan(account.ports, wait);

    expect(wait.told).toEqual([]);
    expect(account.requests.list).toBe(2);
    expect(reasonsOf(plan)).toEqual(['missing Support']);
    expect(looks(account)).toEqual([]);
  });

  test('does not wait for what the run is not about', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    account.rules = { ...account.rules, selection: { only: ['Other'], labels: {} } };
    const wait = waiting();

    const plan = await decidedPlan(account.ports, wait);

    expect(wait.told).toEqual([]);
    expect(reasonsOf(plan)).toEqual(['not-selected Support']);
    expect(looks(account)).toEqual(['missing']);
  });

  test('waits only for what is left of the settle time after an earlier look', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    await account.pass();
    account.clock.advance(12_345);
    const wait = waiting();

    const plan = await decidedPlan(account.ports, wait);

    expect(account.clock.slept).toEqual([settleMs - 12_345]);
    expect(wait.told).toEqual([[18, ['Support']]]);
    expect(reasonsOf(plan)).toEqual(['create Support']);
  });

  test('is never waited for longer than the settle time, even when the clock was set back', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    await account.pass();
    account.clock.set(-3_600_000);

    await decidedPlan(account.ports, waiting());
    const plan = await decidedPlan(account.ports, waiting());
    const decided = await decidedPlan(account.ports, waiting());

    expect(Math.max(...account.clock.slept)).toBe(settleMs);
    expect([reasonsOf(plan), reasonsOf(decided)]).toContainEqual(['create Support']);
  });

  test('is never waited for longer than the settle time, even when the clock is set back while it looks', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const record = account.ledger.record.bind(account.ledger);
    account.ledger.record = async (records, options) => {
      await record(records, options);
      account.clock.set(-3_600_000);
    };

    await decidedPlan(account.ports, waiting());

    expect(account.clock.slept).toEqual([settleMs]);
  });

  test('waits a second at least where the settle time is shorter', async () => {
    const account = await owning('Support', 'Other');
    account.allow({ creates: { settleSeconds: 0 } });
    removeOutside(account, 'Support');

    const plan = await decidedPlan(account.ports, waiting());

    expect(account.clock.slept).toEqual([1_000]);
    expect(reasonsOf(plan)).toEqual(['create Support']);
  });

  test('is given up when the run is asked to stop during the wait, and the first look stays', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const stop = new AbortController();
    const wait = waiting(() => stop.abort(new Error('received SIGINT')), stop);

    await expect(decidedPlan(account.ports, wait)).rejects.toThrow('received SIGINT');

    expect(entryNamed(account, 'Support')?.missingAt).toBe(account.clock.now());
    expect(account.server.writes).toBe(2);
  });

  test('creates nothing when the application is there again by the second look, and forgets the first', async () => {
    const account = await owning('Support', 'Other');
    account.server.outage = true;
    const wait = waiting(() => account.heal());

    const plan = await decidedPlan(account.ports, wait);

    expect(reasonsOf(plan)).toEqual([]);
    expect(entryNamed(account, 'Support')).not.toHaveProperty('missingAt');
    expect(looks(account)).toEqual(['missing', 'missing', 'seen', 'seen']);
  });

  test('is not decided by a second look without a verdict', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const wait = waiting(() => {
      account.isSilent = () => true;
    });

    const plan = await decidedPlan(account.ports, wait);

    expect(reasonsOf(plan)).toEqual(['missing Support']);
    expect(entryNamed(account, 'Support')).toHaveProperty('missingAt');
  });

  test('takes a look longer ago than a day for none', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    await account.pass();
    account.clock.advance(dayMs + 1);
    const wait = waiting();

    await decidedPlan(account.ports, wait);

    expect(wait.told).toEqual([[30, ['Support']]]);
    expect(looks(account)).toEqual(['missing', 'missing']);
  });
});

describe('a decided plan of a process that must not write', () => {
  test('counts its own first look, and leaves no trace', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const before = [account.ledger.disk, account.ledger.history.length, account.server.writes];

    const plan = await decidedPlanOf(account.ports, waiting());

    expect(reasonsOf(plan)).toEqual(['create Support']);
    expect(plan.serial).toBe(account.ledger.disk.serial);
    expect([account.ledger.disk, account.ledger.history.length, account.server.writes]).toEqual(before);
  });

  test('does not take back an earlier look by waiting', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    await account.pass();
    account.clock.advance(settleMs);
    const wait = waiting();

    const plan = await decidedPlanOf(account.ports, wait);

    expect(wait.told).toEqual([]);
    expect(reasonsOf(plan)).toEqual(['create Support']);
  });

  test('creates nothing when the application is there again by the second look', async () => {
    const account = await owning('Support', 'Other');
    account.server.outage = true;

    const plan = await decidedPlanOf(
      account.ports,
      waiting(() => account.heal()),
    );

    expect(reasonsOf(plan)).toEqual([]);
    expect(looks(account)).toEqual([]);
  });

  test('looks once where plan only shows', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');

    const once = await account.plan();
    account.clock.advance(settleMs);
    const again = await account.plan();

    expect([reasonsOf(once), reasonsOf(again)]).toEqual([['missing Support'], ['missing Support']]);
    expect(account.clock.slept).toEqual([]);
  });
});

describe('a replica that lags behind', () => {
  test('6 s behind a create makes no double', async () => {
    const account = new FakeAccount();
    account.server.readLagMs = 6_000;
    account.declare(aManifest({ name: 'Support', formerly: [] }));
    await account.pass();

    const next = await account.pass();
    const applied = await account.apply();
    account.clock.advance(settleMs);
    await account.pass();

    expect(reasonsOf(next.plan)).toEqual(['missing Support']);
    expect(looks(account)).toEqual([]);
    expect(applied.results).toEqual([]);
    expect(account.requests.create).toBe(1);
    expect(liveNames(account)).toEqual(['Support']);
  });

  test('behind a create whose response was lost makes no double', async () => {
    const account = new FakeAccount();
    account.server.readLagMs = 6_000;
    account.declare(aManifest({ name: 'Support', formerly: [] }));
    account.fail('create', 'lost-after');

    await account.apply();
    await account.apply();

    expect(account.requests.create).toBe(1);
    expect(liveNames(account)).toEqual(['Support']);
    expect(account.ledger.disk.entries.size).toBe(1);
  });

  test('behind an application that was created again makes no third one', async () => {
    const account = await owning('Support', 'Other');
    account.server.readLagMs = 6_000;
    removeOutside(account, 'Support');
    account.clock.advance(6_000);
    await account.apply();

    const { results } = await account.apply();

    expect(results).toEqual([]);
    expect(liveNames(account)).toEqual(['Other', 'Support']);
  });
});

describe('an outage that looks like an empty account', () => {
  const names = ['1', '2', '3'];

  async function passesDuring(account: FakeAccount, count: number): Promise<readonly Plan[]> {
    const plans: Plan[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      plans.push((await account.pass()).plan);
      account.clock.advance(settleMs);
    }
    return plans;
  }

  test('creates nothing, however many passes it lasts', async () => {
    const account = await owning(...names);
    account.declare(...[...names, 'New'].map((name) => aManifest({ name, formerly: [] })));
    account.server.outage = true;

    const plans = await passesDuring(account, 5);

    expect(plans.flatMap(({ changes }) => changes)).toEqual([]);
    expect(plans.at(-1)?.guards).toMatchObject([
      { guard: 'vanished', blocked: 2 },
      { guard: 'vanished', blocked: 1 },
    ]);
    expect(account.requests.create).toBe(3);
    expect(liveNames(account)).toEqual(names);
  });

  test('releases nothing either where the manifests are gone, too', async () => {
    const account = await owning(...names);
    account.allow({ allowEmpty: true });
    account.declare();
    account.server.outage = true;

    const plans = await passesDuring(account, 3);

    expect(account.ledger.disk.entries.size).toBe(3);
    expect(plans.at(-1)?.skips.map(({ reason, message }) => [reason, /release "\d"/.test(message)])).toEqual([
      ['missing', true],
      ['missing', true],
      ['missing', false], // not asked for: nothing is known of it
    ]);
  });

  test('creates what a person allows, after two checks all the same', async () => {
    const account = await owning(...names);
    account.server.outage = true;
    account.rules = { ...account.rules, overrides: { ...account.rules.overrides, allowCreates: 3 } };

    const [first, second] = await passesDuring(account, 2);

    expect(first?.changes).toEqual([]);
    expect(second?.changes.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
  });

  test('leaves no look behind when it is over', async () => {
    const account = await owning(...names);
    account.server.outage = true;
    await passesDuring(account, 2);
    account.heal();

    const { plan, results } = await account.pass();

    expect([reasonsOf(plan), results]).toEqual([[], []]);
    expect([...account.ledger.disk.entries.values()].filter((entry) => 'missingAt' in entry)).toEqual([]);
    expect(liveNames(account)).toEqual(names);
  });

  test('asks for few of many: one more than may be missing', async () => {
    const account = await owning(...Array.from({ length: 40 }, (_, nth) => `application ${nth}`));
    account.server.outage = true;

    const { plan } = await account.pass();

    expect(account.confirmed).toHaveLength(5);
    expect(plan.vanished).toMatchObject({ missing: 5, live: 0 });
  });

  test('asks for no more although one of them brings no verdict', async () => {
    const account = await owning(...Array.from({ length: 20 }, (_, nth) => `application ${nth}`));
    const silent = [...account.ledger.disk.entries.keys()].toSorted()[0];
    account.server.outage = true;
    account.isSilent = (id: ApplicationId) => id === silent;

    const { plan } = await account.pass();

    expect(account.confirmed).toHaveLength(3);
    expect(plan.vanished).toMatchObject({ missing: 2, live: 0 });
  });

  test('that ends while a person reads the plan creates nothing', async () => {
    const account = await owning('Support', 'Other');
    const id = entryNamed(account, 'Support')?.id;
    const shown = account.server.listed.bind(account.server);
    const read = account.server.shown.bind(account.server);
    account.server.listed = () => shown().filter((application) => application.id !== id);
    account.server.shown = (asked) => (asked === id ? undefined : read(asked));
    const nobody = () => undefined;
    account.beforeNext('list', nobody, nobody, () => {
      account.server.listed = shown;
    });

    const { plan, results } = await account.apply();

    expect(plan.changes).toMatchObject([{ action: 'create', replaces: id }]);
    expect(results).toMatchObject([
      { outcome: 'stale', reason: `the application it would replace exists again (${id})` },
    ]);
    expect(liveNames(account)).toEqual(['Other', 'Support']);
  });
});

describe('looks are recorded at once, whatever else a pass may do', () => {
  const whole = ['Support', 'Other'].map((name) => aManifest({ name, formerly: [] }));

  test('before anything is written', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    account.declare(...whole, aManifest({ name: 'New', formerly: [] }));
    account.process.calls.length = 0;

    await account.pass();

    const calls = account.process.calls.filter((call) => /record|create|deliver/.test(call));
    expect(calls[0]).toBe('ledger.record missing');
    expect(liveNames(account)).toEqual(['New', 'Other']);
  });

  test.each<{ readonly title: string; readonly spoil: (account: FakeAccount) => void }>([
    { title: 'changes are only planned', spoil: (account) => account.allow({ onCommit: 'plan', onDrift: 'report' }) },
    {
      title: 'the run is about something else',
      spoil: (account) => {
        account.rules = { ...account.rules, selection: { only: ['Other'], labels: {} } };
      },
    },
    {
      title: 'a manifest is broken',
      spoil: (account) => {
        const broken = [{ name: 'Broken', place: aManifest({ name: 'Broken' }).place }];
        account.desired = { ...account.desired, broken, complete: false };
      },
    },
    {
      title: 'its own manifest is broken',
      spoil: (account) => {
        const [support, other] = whole;
        if (support === undefined || other === undefined) throw new Error('no manifests');
        const broken = [{ name: support.name, place: support.place }];
        account.desired = { ...account.desired, manifests: [other], broken, complete: false };
      },
    },
    { title: 'its manifest is gone', spoil: (account) => account.declare(...whole.slice(1)) },
  ])('also where $title, and forgotten there, too', async ({ spoil }) => {
    const account = await owning('Support', 'Other');
    spoil(account);
    account.server.outage = true;
    await account.pass();
    const missing = entryNamed(account, 'Support');
    account.heal();
    await account.pass();

    expect(missing?.missingAt).toBe(account.clock.now());
    expect(entryNamed(account, 'Support')).not.toHaveProperty('missingAt');
  });

  test('also by the plan after lost creates were waited for', async () => {
    const account = await owning('Support', 'Other');
    account.declare(...whole, aManifest({ name: 'New', formerly: [] }));
    account.fail('create', 'lost-after');
    account.beforeNext('create', () => removeOutside(account, 'Support'));

    await account.apply();

    expect(entryNamed(account, 'Support')?.missingAt).toBe(account.clock.now());
  });

  test('and not twice: the first of two checks stays', async () => {
    const account = await owning('Support', 'Other');
    removeOutside(account, 'Support');
    const first = account.clock.now();
    await account.pass();
    account.clock.advance(1_000);

    await account.pass();

    expect(looks(account)).toEqual(['missing']);
    expect(entryNamed(account, 'Support')?.missingAt).toBe(first);
  });
});

describe('an application without a manifest that was deleted outside', () => {
  test('is released after two checks', async () => {
    const account = await owning('Support', 'Other');
    account.declare(aManifest({ name: 'Other', formerly: [] }));
    removeOutside(account, 'Support');

    const first = await account.pass();
    account.clock.advance(settleMs);
    const second = await account.pass();

    expect(reasonsOf(first.plan)).toEqual(['missing Support']);
    expect(reasonsOf(second.plan)).toEqual([]);
    expect([...account.ledger.disk.entries.values()].map(({ name }) => name)).toEqual(['Other']);
  });
});

describe('a namesake of an application that is missing', () => {
  test('is adopted only once the application is surely gone', async () => {
    const account = await owning('Support', 'Other');
    const old = entryNamed(account, 'Support');
    removeOutside(account, 'Support');
    const { id } = account.server.foreignCreate({ name: 'Support' });

    const first = await account.pass();
    account.clock.advance(settleMs);
    const second = await account.pass();

    expect(first.results).toEqual([]);
    expect(second.results).toMatchObject([{ outcome: 'applied', change: { action: 'adopt', id } }]);
    expect(account.ledger.disk.entries.has(old?.id ?? id)).toBe(false);
    expect(account.requests.create).toBe(2);
  });
});
