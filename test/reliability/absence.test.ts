import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FaultAction } from '../../src/emulator/faults/fault-rule.ts';
import { type Bench, hurriedClock, withEmulator } from '../cli/world.ts';
import {
  always,
  applicationNamed,
  first,
  keysIn,
  ledgerOf,
  namesIn,
  namesWithoutKey,
  writeAccount,
} from './account.ts';

const three = ['first', 'second', 'third'];
const clock = () => ({ clock: hurriedClock() });

/** Applies once, a while ago, so that everything is owned and nothing is young, and forgets the requests. */
async function owning(bench: Bench, ...settings: string[]): Promise<readonly string[]> {
  await writeAccount(bench, three, ...settings);
  const past = hurriedClock();
  past.advance(-3_600_000);
  expect(await bench.run(['apply', '--yes'], { clock: past })).toMatchObject({ code: 0 });
  bench.emulator.admin.clearRequests();
  return idsIn(bench);
}

const idsIn = ({ emulator }: Bench) => emulator.admin.applications().map(({ id }) => id);

describe('an owned application that seems gone is not created again', () => {
  test('however often an outage looks like an empty account; and when it is over all is as it was', () =>
    withEmulator(async (bench) => {
      const ids = await owning(bench);
      const { admin } = bench.emulator;
      admin.faults([always('GET', { kind: 'empty-account' })]);

      const hurried = clock(); // one for all runs: how long they really take decides nothing
      for (let run = 0; run < 3; run += 1) {
        const applied = await bench.run(['apply', '--yes'], hurried);
        expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('looks like a wrong account') });
        expect(applied.stderr.includes('one check is not enough')).toBe(run === 0);
      }

      admin.faults([]);
      expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
      expect(admin.counts().writes).toBe(0);
      expect(idsIn(bench)).toEqual(ids);
      expect(JSON.stringify(await ledgerOf(bench))).not.toContain('missingAt');
    }));

  test('by a replica that lags behind its create', () =>
    withEmulator(async (bench) => {
      await writeAccount(bench, three, 'creates: { settleSeconds: 600 }');
      bench.emulator.admin.faults([always('GET', { kind: 'lag', ms: 60_000 })]);
      await bench.run(['apply', '--yes']);

      const again = await bench.run(['apply', '--yes', '--no-wait']);

      expect(again).toMatchObject({ code: 3, stdout: expect.stringContaining('may not be visible yet') });
      bench.emulator.admin.faults([]);
      expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
      expect([...namesIn(bench)].sort()).toEqual(three);
      expect(await namesWithoutKey(bench)).toEqual([]);
    }));

  test.each<{ readonly title: string; readonly action: FaultAction }>([
    { title: 'a gateway’s 404', action: { kind: 'gateway-404' } },
    { title: 'a 404 in the manner of Spring', action: { kind: 'gateway-404', style: 'spring' } },
    { title: 'a gateway’s page', action: { kind: 'html', status: 404 } },
  ])('by $title to a GET while the list does not show it', ({ action }) =>
    withEmulator(async (bench) => {
      const { admin } = bench.emulator;
      admin.faults([always('POST', { kind: 'stale-list', requests: 1000 })]);
      const ids = await owning(bench);
      admin.faults([always('GET', action, '/applications/')]);

      for (let run = 0; run < 2; run += 1) {
        const applied = await bench.run(['apply', '--yes'], clock());
        expect(applied).toMatchObject({
          code: 3,
          stdout: expect.stringContaining('the API did not confirm that it does not exist'),
        });
      }

      expect(admin.counts().writes).toBe(0);
      expect(idsIn(bench)).toEqual(ids);
    }),
  );
});

describe('an application that is gone', () => {
  test('is created again after two checks, with the key it had, in one run of apply', () =>
    withEmulator(async (bench) => {
      const [id = ''] = await owning(bench);
      const keys = await keysIn(bench);
      bench.emulator.admin.remove(id);

      const applied = await bench.run(['apply', '--yes'], clock());

      expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted outside') });
      expect(applied.stderr).toContain('Waiting');
      expect([...namesIn(bench)].sort()).toEqual(three);
      expect(await keysIn(bench)).toEqual(keys);
      expect(await namesWithoutKey(bench)).toEqual([]);
    }));

  test('is only missing for a plan, and for an apply that does not wait', () =>
    withEmulator(async (bench) => {
      const [id = ''] = await owning(bench);
      bench.emulator.admin.remove(id);

      expect(await bench.run(['plan'])).toMatchObject({ code: 3, stdout: expect.stringContaining('Missing') });
      expect(await bench.run(['apply', '--yes', '--no-wait'])).toMatchObject({ code: 3 });

      expect(bench.emulator.admin.counts().writes).toBe(0);
      expect((await ledgerOf(bench)).entries.map((entry: { missingAt?: number }) => typeof entry.missingAt)).toContain(
        'number',
      );
    }));

  test('is in a saved plan as what will be done, and applying that does it', () =>
    withEmulator(async (bench) => {
      const [id = ''] = await owning(bench);
      bench.emulator.admin.remove(id);

      const planned = await bench.run(['plan', '--out', 'plan.json'], clock());
      expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted outside') });
      expect(bench.emulator.admin.counts().writes).toBe(0);

      expect(await bench.run(['apply', 'plan.json', '--yes'], clock())).toMatchObject({ code: 0 });
      expect([...namesIn(bench)].sort()).toEqual(three);
    }));

  test('and has no manifest leaves the ledger after two checks', () =>
    withEmulator(async (bench) => {
      await owning(bench);
      const { id } = applicationNamed(bench, 'first');
      bench.emulator.admin.remove(id);
      await rm(join(bench.cwd, 'apps/first.yaml'));

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });

      expect((await ledgerOf(bench)).entries).toHaveLength(2);
      expect(bench.emulator.admin.counts().writes).toBe(0);
    }));
});

describe('only the API’s own word counts', () => {
  test('a create answered with another application’s body is never taken for managed, and that one is never deleted', () =>
    withEmulator(async (bench) => {
      const { admin } = bench.emulator;
      const [foreign = ''] = admin.seed([{ name: 'theirs', capabilities: { vbc: {} } }]);
      await writeAccount(bench, three, 'policy: sync', 'deletes: { max: 9, maxPercent: 100, per24h: 99 }');
      admin.faults([first(1, 'POST', { kind: 'foreign-body' })]);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });
      for (const name of three.slice(0, 2)) await rm(join(bench.cwd, `apps/${name}.yaml`));
      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });

      expect([...namesIn(bench)].sort()).toEqual(['theirs', 'third']);
      expect(idsIn(bench)).toContain(foreign);
      expect(admin.counts()).toMatchObject({ POST: 3, DELETE: 2 });
    }));

  test.each<{ readonly title: string; readonly action: FaultAction; readonly names: readonly string[] }>([
    { title: 'another key', action: { kind: 'other-key' }, names: three },
    { title: 'no key', action: { kind: 'no-key' }, names: three },
    { title: 'a page of a captive portal', action: { kind: 'html', status: 200, afterCommit: true }, names: three },
    { title: 'such a page, and nothing was done', action: { kind: 'html', status: 200 }, names: three },
  ])('a create answered with $title ends in one application', ({ action, names }) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, three);
      bench.emulator.admin.faults([first(2, 'POST', action)]);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });

      expect([...namesIn(bench)].sort()).toEqual(names);
      expect(await namesWithoutKey(bench)).toEqual([]);
    }),
  );

  test('a delete answered with a page is not done, and what it was about stays owned', () =>
    withEmulator(async (bench) => {
      await owning(bench, 'policy: sync');
      await rm(join(bench.cwd, 'apps/first.yaml'));
      bench.emulator.admin.faults([first(1, 'DELETE', { kind: 'html', status: 200 })]);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 4 });
      expect((await ledgerOf(bench)).entries).toHaveLength(3);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });
      expect([...namesIn(bench)].sort()).toEqual(['second', 'third']);
      expect((await ledgerOf(bench)).entries).toHaveLength(2);
    }));

  test('a 404 to the read before a delete is one check: nothing is sent, and it stays owned', () =>
    withEmulator(async (bench) => {
      await owning(bench, 'policy: sync');
      await rm(join(bench.cwd, 'apps/first.yaml'));
      bench.emulator.admin.faults([first(1, 'GET', { kind: 'id-404' })]);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 3 });
      expect(bench.emulator.admin.counts().DELETE).toBe(0);
      expect((await ledgerOf(bench)).entries).toHaveLength(3);

      expect(await bench.run(['apply', '--yes'], clock())).toMatchObject({ code: 0 });
      expect([...namesIn(bench)].sort()).toEqual(['second', 'third']);
    }));
});

test('twins are told by plan, doctor, ledger check and keys check, and nothing is done about them', () =>
  withEmulator(async (bench) => {
    await owning(bench);
    const { id, ...original } = applicationNamed(bench, 'first');
    const [twin = ''] = bench.emulator.admin.seed([{ ...original, name: 'first, once more' }]);

    for (const command of [['plan'], ['apply', '--yes'], ['ledger', 'check'], ['keys', 'check']]) {
      const told = await bench.run(command);
      expect(told).toMatchObject({ code: 3, stdout: expect.stringContaining(twin) });
      expect(told.stdout).toContain(id);
    }
    expect((await bench.run(['doctor'])).stdout).toContain(twin);

    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));
