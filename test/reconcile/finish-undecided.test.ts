import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { finishUndecided, withoutDecided } from '../../src/reconcile/finish-undecided.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';
import { fakePublicKey } from './fake-keys.ts';

const settleMs = 30_000;

const timeoutMs = 300_000;
const quietly = { signal: new AbortController().signal, timeoutMs, onWait: () => undefined };

function anAccount(...names: readonly string[]): FakeAccount {
  const account = new FakeAccount();
  account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  return account;
}

/** An account that owns `Old` and `Kept`, and whose manifests are now `Kept` and `New`. */
async function replacing(): Promise<FakeAccount> {
  const account = anAccount('Old', 'Kept');
  await account.pass();
  account.declare(aManifest({ name: 'Kept', formerly: [] }), aManifest({ name: 'New', formerly: [] }));
  return account;
}

function names(account: FakeAccount): readonly string[] {
  return account.server
    .all()
    .map(({ name }) => name)
    .toSorted();
}

describe('creates whose responses were lost', () => {
  test('are waited for once, all together', async () => {
    const account = anAccount('1', '2', '3');
    account.fail('create', 'lost-before', 'lost-after', 'late');

    const { results } = await account.apply();

    expect(account.clock.slept).toEqual([settleMs]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied']);
    expect(names(account)).toEqual(['1', '2', '3']);
  });

  test('are told with the seconds the wait takes', async () => {
    const account = anAccount('1', '2');
    account.fail('create', 'lost-before', 'lost-after');
    const report = await account.pass();
    account.clock.advance(10_500);
    const told: unknown[] = [];

    await finishUndecided(report, account.ports, {
      signal: new AbortController().signal,
      timeoutMs,
      onWait: (seconds, waitedFor) => told.push([seconds, waitedFor.toSorted()]),
    });

    expect(told).toEqual([[20, ['1', '2']]]);
  });

  test('that are found are applied without a second write, and their keys are named', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-after');

    const { results } = await account.apply();

    const [entry] = account.ledger.disk.entries.values();
    expect(results).toMatchObject([
      { outcome: 'applied', id: entry?.id, key: { fingerprint: entry?.keyFingerprint, path: expect.any(String) } },
    ]);
    expect(account.requests.create).toBe(1);
  });

  test('that brought their keys are found, too, and no key is named', async () => {
    const account = anAccount();
    account.declare(aManifest({ spec: { keys: { public_key: fakePublicKey(900).pem } } }));
    account.fail('create', 'lost-after');

    const { results } = await account.apply();

    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(results[0]).not.toHaveProperty('key');
  });

  test('that took no effect are sent again with the same key', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');

    const { results } = await account.apply();

    const [entry] = account.ledger.disk.entries.values();
    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.keys.folder).toEqual(new Set([entry?.keyFingerprint]));
  });

  test('that are lost again and again are sent again, each time after a settle time and with the same key', async () => {
    const account = anAccount('1', '2', '3');
    account.fail('create', 'lost-before', 'lost-before', 'lost-before', 'lost-before', 'lost-after');

    const { results } = await account.apply();

    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied']);
    expect(account.clock.slept).toEqual([settleMs, settleMs]);
    expect(account.requests.create).toBe(7);
    expect(names(account)).toEqual(['1', '2', '3']);
    expect(account.keys.folder).toEqual(
      new Set([...account.ledger.disk.entries.values()].map(({ keyFingerprint }) => keyFingerprint)),
    );
  });

  test('are never sent again without a settle time and two listings before', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before', 'lost-before', 'lost-before');
    const posts: { readonly at: number; readonly lists: number }[] = [];
    const note = () => {
      posts.push({ at: account.clock.elapsed(), lists: account.requests.list });
      account.beforeNext('create', note);
    };
    account.beforeNext('create', note);

    await account.apply();

    const gaps = posts.slice(1).map(({ at, lists }, index) => ({
      ms: at - (posts[index]?.at ?? 0),
      lists: lists - (posts[index]?.lists ?? 0),
    }));
    expect(gaps).toHaveLength(3);
    for (const { ms, lists } of gaps) {
      expect(ms).toBeGreaterThanOrEqual(settleMs);
      expect(lists).toBeGreaterThanOrEqual(2);
    }
  });

  test('that are always lost stay unknown once the time for them is over', async () => {
    const account = anAccount('Support');
    account.fail('create', ...Array.from({ length: 20 }, () => 'lost-before' as const));

    const { results } = await account.apply();

    expect(results).toMatchObject([{ outcome: 'unknown', error: { code: 'E_CREATE_UNDECIDED' } }]);
    expect(account.clock.slept).toHaveLength(timeoutMs / settleMs);
    expect(account.clock.elapsed()).toBeLessThanOrEqual(timeoutMs);
    expect(account.ledger.disk.intents).toHaveLength(1);
  });

  test('are not waited for when the wait would end too late', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    const report = await account.pass();

    const results = await finishUndecided(report, account.ports, { ...quietly, timeoutMs: settleMs - 1 });

    expect(results).toEqual(report.results);
    expect(account.clock.slept).toEqual([]);
  });

  test('are a second apart at least, even where no settle time is configured', async () => {
    const account = anAccount('Support');
    account.allow({ creates: { settleSeconds: 0 } });
    account.fail('create', 'lost-before', 'lost-before');

    await account.apply();

    expect(account.clock.slept).toEqual([1_000, 1_000]);
  });

  test('are waited for alone: a create that never left is not', async () => {
    const account = anAccount('1', '2');
    account.fail('create', 'lost-after', 'not-sent');

    const { results } = await account.apply();

    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'failed']);
    expect(names(account)).toEqual(['1']);
  });

  test('by an earlier run are waited for as well', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.advance(settleMs / 2);

    const { results } = await account.apply();

    expect(account.clock.slept).toEqual([settleMs / 2]);
    expect(results).toMatchObject([{ outcome: 'applied', change: { action: 'create' } }]);
  });

  test('by an earlier run are left alone where only a saved plan may be carried out', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    await account.pass();
    account.rules = { ...account.rules, whenStale: 'refuse' };
    const plan = await account.plan();

    const results = await finishUndecided({ plan, results: [] }, account.ports, quietly);

    expect(plan.skips).toMatchObject([{ reason: 'undecided' }]);
    expect(results).toEqual([]);
    expect(account.clock.slept).toEqual([]);
  });

  test.each([
    { title: 'sent again', fault: 'lost-before', left: [] },
    { title: 'found', fault: 'late', left: [] },
    { title: 'lost for good', fault: 'lost-before', again: 'lost-before', left: ['undecided'] },
  ] as const)('by an earlier run and now $title: the report tells what is left', async ({ fault, left, ...then }) => {
    const account = anAccount('Support');
    account.fail('create', fault);
    await account.pass();
    const again = 'again' in then ? [then.again] : [];
    account.fail('create', ...again.flatMap((lost) => Array.from({ length: 20 }, () => lost)));
    const plan = await account.plan();

    await finishUndecided({ plan, results: [] }, account.ports, quietly);

    expect(plan.skips.map(({ reason }) => reason)).toEqual(['undecided']);
    const afterwards = withoutDecided(plan, account.ledger.current());
    expect(afterwards.skips.map(({ reason }) => reason)).toEqual(left);
  });

  test('are not waited for when the run is asked to stop', async () => {
    const account = anAccount('Support');
    const stop = new AbortController();
    account.fail('create', 'lost-before');
    account.beforeNext('create', () => stop.abort());

    const { results } = await account.apply(stop.signal);

    expect(results).toMatchObject([{ outcome: 'unknown' }]);
    expect(account.clock.slept).toEqual([]);
  });

  test('do not take the report of what was done with them when the run is stopped during the wait', async () => {
    const account = anAccount('1', '2');
    const stop = new AbortController();
    account.fail('create', 'lost-before');
    const report = await account.pass();

    const results = await finishUndecided(report, account.ports, {
      signal: stop.signal,
      timeoutMs,
      onWait: () => stop.abort(new Error('received SIGINT')),
    });

    expect(results).toEqual(report.results);
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'unknown']);
    expect(account.requests.create).toBe(2);
  });

  test('that one round finished are told when the next one is stopped', async () => {
    const account = anAccount('1', '2');
    const stop = new AbortController();
    account.fail('create', 'lost-before', 'lost-before', 'lost-before');
    const report = await account.pass();
    let waits = 0;

    const results = await finishUndecided(report, account.ports, {
      signal: stop.signal,
      timeoutMs,
      onWait: () => {
        waits += 1;
        if (waits === 2) stop.abort(new Error('received SIGINT'));
      },
    });

    expect(report.results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'unknown']);
  });

  test('that could not be read again are told as they are, with all that was done', async () => {
    const account = anAccount('1', '2');
    account.fail('create', 'lost-before');
    const report = await account.pass();
    const error = new ReconcilerError('E_API_FAILED', { verb: 'GET', url: 'https://api.nexmo.com', status: 503 });
    const api = { ...account.ports.api, list: () => Promise.reject(error) };

    const results = await finishUndecided(report, { ...account.ports, api }, quietly);

    expect(results).toEqual(report.results);
    expect(account.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'undecided creates not resolved', fields: { err: error } }),
    );
  });

  test('that could not be read again are an error where nothing else was done', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    await account.pass();
    const plan = await account.plan();
    const error = new ReconcilerError('E_API_FAILED', { verb: 'GET', url: 'https://api.nexmo.com', status: 503 });
    const api = { ...account.ports.api, list: () => Promise.reject(error) };

    const finished = finishUndecided({ plan, results: [] }, { ...account.ports, api }, quietly);

    await expect(finished).rejects.toBe(error);
  });

  test('are not hidden by a state directory that is gone after the wait', async () => {
    const account = anAccount('1');
    account.fail('create', 'lost-before');
    const report = await account.pass();
    const error = new ReconcilerError('E_STATE_MISSING', { file: 'ledger.json' });
    const api = { ...account.ports.api, list: () => Promise.reject(error) };

    await expect(finishUndecided(report, { ...account.ports, api }, quietly)).rejects.toBe(error);
  });

  test('are not hidden by an error after the wait', async () => {
    const account = anAccount('1');
    account.fail('create', 'lost-before');
    const report = await account.pass();
    const api = { ...account.ports.api, list: () => Promise.reject(new Error('no listing')) };

    const finished = finishUndecided(report, { ...account.ports, api }, quietly);

    await expect(finished).rejects.toThrow('no listing');
  });

  test('are never waited for longer than the settle time, even when the clock jumped back, and then decided', async () => {
    const account = anAccount('Support');
    account.fail('create', 'lost-before');
    await account.pass();
    account.clock.set(-3_600_000);

    await account.apply();

    expect(account.clock.slept).toEqual([settleMs]);
    expect(account.requests.create).toBe(2);
    expect(names(account)).toEqual(['Support']);
  });
});

describe('what waited for a lost create', () => {
  test('is deleted once it is found', async () => {
    const account = await replacing();
    account.fail('create', 'lost-after');

    const { results } = await account.apply();

    expect(results.map(({ change, outcome }) => [change.action, outcome])).toEqual([
      ['create', 'applied'],
      ['delete', 'applied'],
    ]);
    expect(names(account)).toEqual(['Kept', 'New']);
  });

  test('is not deleted while it stays unknown', async () => {
    const account = await replacing();
    account.fail('create', ...Array.from({ length: 20 }, () => 'lost-before' as const));

    const { results } = await account.apply();

    expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'skipped']);
    expect(names(account)).toEqual(['Kept', 'Old']);
  });

  test('is not deleted when another change had failed before the wait', async () => {
    const account = await replacing();
    account.declare(
      aManifest({ name: 'Kept', spec: { privacy: { improve_ai: true } } }),
      aManifest({ name: 'New', formerly: [] }),
    );
    account.fail('create', 'lost-after');
    account.fail('replace', 'refused');

    const { results } = await account.apply();

    expect(results.map(({ change, outcome }) => [change.action, outcome]).toSorted()).toEqual([
      ['create', 'applied'],
      ['delete', 'skipped'],
      ['update', 'failed'],
    ]);
    expect(names(account)).toEqual(['Kept', 'New', 'Old']);
  });

  test('is not deleted when another writer changed it during the wait', async () => {
    const account = await replacing();
    const old = account.server.all().find(({ name }) => name === 'Old');
    account.fail('create', 'lost-after');
    const sleep = account.clock.sleep.bind(account.clock);
    account.clock.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      if (old !== undefined)
        account.server.foreignChange(old.id, (body) => ({ ...body, privacy: { improve_ai: true } }));
    };

    await account.apply();

    expect(names(account)).toEqual(['Kept', 'New', 'Old']);
  });

  test('is no wider than the plan: what came up during the wait is left for the next run', async () => {
    const account = await replacing();
    account.fail('create', 'lost-after');
    const sleep = account.clock.sleep.bind(account.clock);
    account.clock.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      account.declare(aManifest({ name: 'Newest', formerly: [] }), aManifest({ name: 'New', formerly: [] }));
    };

    const { results } = await account.apply();
    const names: readonly Plan['changes'][number]['name'][] = results.map(({ change }) => change.name);

    expect(names).not.toContain('Newest');
    expect(names).not.toContain('Kept');
    expect(account.server.all().map(({ name }) => name)).toContain('Kept');
  });
});
