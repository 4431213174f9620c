import { describe, expect, test } from 'vitest';
import type { NumbersReader } from '../../src/core/in-use/numbers-reader.ts';
import type { NumbersReading, PhoneNumber } from '../../src/core/in-use/numbers-reading.ts';
import { explainReason } from '../../src/core/render/words.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 30_000;

/** Numbers that the test links, with what was asked for. */
class FakeNumbers implements NumbersReader {
  numbers: readonly PhoneNumber[] = [];
  problem: string | undefined;
  /** What happens right before the next fresh reading. */
  meanwhile: () => void = () => undefined;
  readonly asked: ('read' | 'afresh')[] = [];

  async read(): Promise<NumbersReading> {
    this.asked.push('read');
    return this.#reading();
  }

  last(): NumbersReading {
    return this.#reading();
  }

  async readAfresh(): Promise<NumbersReading> {
    this.asked.push('afresh');
    this.meanwhile();
    return this.#reading();
  }

  #reading(): NumbersReading {
    if (this.problem !== undefined) return { outcome: 'unknown', reason: this.problem, at: 0 };
    return { outcome: 'read', numbers: this.numbers, at: 0 };
  }
}

/** An account that owns these applications and has just lost the manifests of all but the last. */
async function losing(...names: readonly string[]) {
  const account = new FakeAccount();
  const numbers = new FakeNumbers();
  account.numbers = numbers;
  account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
  account.declare(...names.map((name) => aManifest({ name, formerly: [] })));
  await account.pass();
  account.clock.advance(settleMs);
  account.declare(...names.slice(-1).map((name) => aManifest({ name, formerly: [] })));
  const link = (name: string, ...msisdns: readonly string[]) => {
    const ids = account.server.all().flatMap((one) => (one.name === name ? [one.id] : []));
    numbers.numbers = [...numbers.numbers, ...msisdns.map((msisdn) => ({ msisdn, applications: ids }))];
  };
  return { account, numbers, link };
}

function outcomes({ results }: Awaited<ReturnType<FakeAccount['pass']>>) {
  return results.map(({ outcome, change }) => `${outcome} ${change.action} ${change.name}`);
}

describe('numbers that are linked', () => {
  test('a delete with linked numbers is blocked, and the numbers are shown masked', async () => {
    const { account, link } = await losing('Old', 'Kept');
    link('Old', '447700900001', '447700900002');

    const { plan, results } = await account.pass();

    expect(results).toEqual([]);
    expect(plan.skips).toMatchObject([{ reason: 'blocked', guard: 'in-use', name: 'Old' }, { reason: 'unchanged' }]);
    expect(plan.guards).toEqual([
      {
        guard: 'in-use',
        blocked: 1,
        message:
          'phone numbers would be cut off: "Old" has 2 linked numbers (*********001, *********002). Unlink them, or pass --allow-linked NAME',
      },
    ]);
    expect(JSON.stringify(plan.guards)).not.toContain('447700900');
  });

  test('the other deletes go on, and say that no number is linked', async () => {
    const { account, link } = await losing('Old', 'Older', 'Kept');
    link('Old', '447700900001');

    const report = await account.pass();

    expect(outcomes(report)).toEqual(['applied delete Older']);
    expect(report.plan.changes).toMatchObject([{ name: 'Older', linkedNumbers: 0 }]);
    expect(report.plan.changes.map(explainReason)).toEqual([
      expect.stringContaining('its manifest was removed; no linked numbers'),
    ]);
  });

  test.each(['name', 'id'])(
    'a person who allows it by %s gets the delete, and is told what it cuts off',
    async (by) => {
      const { account, link } = await losing('Old', 'Kept');
      link('Old', '447700900001', '447700900002');
      const id = account.server.all().find(({ name }) => name === 'Old')?.id ?? '';
      account.rules = {
        ...account.rules,
        overrides: { ...account.rules.overrides, allowLinked: [by === 'id' ? id : 'Old'] },
      };

      const report = await account.pass();

      expect(outcomes(report)).toEqual(['applied delete Old']);
      expect(report.plan.changes.map(explainReason)).toEqual([expect.stringContaining('cuts off 2 linked numbers')]);
    },
  );

  test('what is linked after the plan was made is not deleted', async () => {
    const { account, numbers, link } = await losing('Old', 'Kept');
    numbers.meanwhile = () => link('Old', '447700900001');

    const report = await account.pass();

    expect(report.results).toMatchObject([{ outcome: 'stale', reason: expect.stringContaining('1 linked number') }]);
    expect(account.server.all()).toHaveLength(2);
  });

  test('three deletes are looked up once for the plan, and once more before the first', async () => {
    const { account, numbers } = await losing('a', 'b', 'c', 'Kept');
    account.declare(...['Kept', 'New'].map((name) => aManifest({ name, formerly: [] })));

    const report = await account.pass();

    expect(outcomes(report)).toHaveLength(4);
    expect(numbers.asked).toEqual(['read', 'afresh']);
  });

  test('an application that loses voice keeps it while numbers call it', async () => {
    const voice = { webhooks: { answer_url: { address: 'https://example.com/a' } } };
    const { account, link } = await losing('Kept');
    account.declare(aManifest({ name: 'Kept', formerly: [], spec: { capabilities: { voice } } }));
    await account.pass();
    account.clock.advance(settleMs);
    account.declare(aManifest({ name: 'Kept', formerly: [], spec: { capabilities: {} } }));
    link('Kept', '447700900001');

    const { plan } = await account.pass();

    expect(plan.skips).toMatchObject([{ reason: 'blocked', guard: 'in-use', change: { action: 'update' } }]);
  });
});

describe('numbers that cannot be read', () => {
  test('are told, and the delete goes on', async () => {
    const { account, numbers } = await losing('Old', 'Kept');
    numbers.problem = 'the response has status 500';

    const report = await account.pass();

    expect(outcomes(report)).toEqual(['applied delete Old']);
    expect(report.plan.notices).toMatchObject([
      { kind: 'linked-numbers', message: 'linked numbers not checked: the response has status 500' },
    ]);
    expect(report.plan.changes.map(explainReason)).toEqual([
      expect.stringContaining('its manifest was removed; linked numbers not checked'),
    ]);
    expect(account.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'linked numbers not checked' }),
    );
  });

  test('block the delete where the account wants to be sure', async () => {
    const { account, numbers } = await losing('Old', 'Kept');
    account.allow({ inUse: 'require' });
    numbers.problem = 'the response has status 500';

    const { plan, results } = await account.pass();

    expect(results).toEqual([]);
    expect(plan.guards).toMatchObject([{ guard: 'in-use', message: expect.stringContaining('status 500') }]);
    expect(plan.notices).toEqual([]);
  });

  test('block it there, too, when they were read for the plan and cannot be read again', async () => {
    const { account, numbers } = await losing('Old', 'Kept');
    account.allow({ inUse: 'require' });
    numbers.meanwhile = () => {
      numbers.problem = 'the response has status 500';
    };

    const { results } = await account.pass();

    expect(results).toMatchObject([{ outcome: 'stale', reason: expect.stringContaining('not checked') }]);
  });
});

describe('numbers are not asked for', () => {
  test('when nothing could cut one off', async () => {
    const { account, numbers } = await losing('Kept');
    account.declare(
      aManifest({ name: 'Kept', formerly: [], spec: { capabilities: { video: {} } } }),
      aManifest({ name: 'New' }),
    );

    await account.pass();

    expect(numbers.asked).toEqual([]);
  });

  test('when another guard blocks the delete', async () => {
    const { account, numbers } = await losing('Old', 'Kept');
    account.allow({ deletes: { max: 0, maxPercent: 100, per24h: 9 } });

    await account.pass();

    expect(numbers.asked).toEqual([]);
  });

  test('when the pass is stopped meanwhile, the delete does not start', async () => {
    const { account, numbers } = await losing('Old', 'Kept');
    const stop = new AbortController();
    numbers.meanwhile = () => stop.abort();

    const { results } = await account.pass(stop.signal);

    expect(results).toMatchObject([{ outcome: 'skipped', reason: 'stopped before it started' }]);
  });
});

describe('an approval', () => {
  test('is asked for with what is linked in view: who approves must allow it, too', async () => {
    const { account, link } = await losing('Old', 'Kept');
    account.allow({ onCommit: 'ask' });
    link('Old', '447700900001');

    const { skips } = await account.plan();

    expect(skips).toMatchObject([{ name: 'Old', reason: 'blocked', guard: 'in-use' }, { reason: 'unchanged' }]);
  });

  test('is of one plan, whether or not numbers were asked for when it was shown', async () => {
    const { account, link } = await losing('Old', 'Kept');
    account.allow({ onCommit: 'ask' });
    link('Old', '447700900001');
    const { planHash } = await account.plan();
    account.numbers = undefined;

    expect((await account.plan()).planHash).toBe(planHash);
    expect(planHash).toBeDefined();
  });

  test('deletes what is linked only if that was allowed with it', async () => {
    const { account, link } = await losing('Old', 'Kept');
    account.allow({ onCommit: 'ask' });
    link('Old', '447700900001');
    const { planHash = '' } = await account.plan();
    const approve = (allowLinked: readonly string[]) => {
      const overrides = { ...account.rules.overrides, allowLinked };
      account.rules = { ...account.rules, approval: { planHash, overrides } };
    };

    approve([]);
    const blocked = await account.pass();
    approve(['Old']);
    const allowed = await account.pass();

    expect(blocked.plan.skips).toMatchObject([{ guard: 'in-use' }, {}]);
    expect(outcomes(blocked)).toEqual([]);
    expect(outcomes(allowed)).toEqual(['applied delete Old']);
  });
});
