import { expect, test } from 'vitest';
import type { FaultAction } from '../../src/emulator/faults/fault-rule.ts';
import { hurriedClock, withEmulator } from '../cli/world.ts';
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

const lost: readonly { readonly title: string; readonly action: FaultAction; readonly posts: number }[] = [
  { title: 'cut before it took effect', action: { kind: 'reset-before' }, posts: 2 },
  { title: 'cut after it took effect', action: { kind: 'reset-after' }, posts: 1 },
  { title: 'never answered', action: { kind: 'timeout-after' }, posts: 1 },
  { title: 'answered by half a 201', action: { kind: 'truncate' }, posts: 1 },
  { title: 'answered 503 and not carried out', action: { kind: 'status', status: 503 }, posts: 2 },
  { title: 'answered 500 and carried out', action: { kind: 'status', status: 500, afterCommit: true }, posts: 1 },
  { title: 'answered 408 and carried out', action: { kind: 'status', status: 408, afterCommit: true }, posts: 1 },
  {
    title: 'answered by a gateway and carried out',
    action: { kind: 'html', status: 504, afterCommit: true },
    posts: 1,
  },
];

test.each(lost)('a create that is $title ends in one application with its key, in the same run', ({ action, posts }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([first(1, 'POST', action)]);

    const applied = await bench.run(['apply', '--yes']);

    expect(applied).toMatchObject({ code: 0 });
    expect(namesIn(bench)).toEqual(['support']);
    expect(bench.emulator.admin.counts().POST).toBe(posts);
    expect(await keysIn(bench)).toHaveLength(1);
    expect(await namesWithoutKey(bench)).toEqual([]);
    expect(await ledgerOf(bench)).toMatchObject({ entries: [{ name: 'support' }], intents: [], retired: [] });
    expect(await bench.run(['plan', '--detailed-exitcode'])).toMatchObject({ code: 0 });
  }),
);

test('forty creates behind a limiter that refuses each third one all end as one application each, in one run', () =>
  withEmulator(async (bench) => {
    const names = Array.from({ length: 40 }, (_, index) => `line-${index + 10}`);
    await writeAccount(bench, names);
    bench.emulator.admin.faults(
      Array.from({ length: 30 }, (_, index) => ({
        match: { verb: 'POST', nth: 3 * (index + 1) },
        action: { kind: 'status', status: 503 } as const,
      })),
    );

    const applied = await bench.run(['apply', '--yes'], { clock: hurriedClock() });

    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Done: 40 applied (40 created).') });
    expect(namesIn(bench).toSorted()).toEqual(names);
    expect(bench.emulator.admin.counts().POST).toBeGreaterThan(53);
    expect(await keysIn(bench)).toHaveLength(40);
    expect(await namesWithoutKey(bench)).toEqual([]);
    expect(await ledgerOf(bench)).toMatchObject({ intents: [], retired: [] });
  }));

test('a create that is always lost ends as unknown once --wait-timeout is over, and the rest is told', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support'], 'creates: { settleSeconds: 30 }');
    bench.emulator.admin.faults([always('POST', { kind: 'reset-before' })]);

    const applied = await bench.run(['apply', '--yes', '--wait-timeout', '100'], { clock: hurriedClock() });

    expect(applied.code).toBe(4);
    expect(applied.stdout).toContain('unknown create "support"');
    expect(bench.emulator.admin.counts().POST).toBe(4);
    expect(await ledgerOf(bench)).toMatchObject({ entries: [], intents: [{ name: 'support' }] });
  }));

test('a lost create that the list shows late is not sent again', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([
      first(1, 'POST', { kind: 'stale-list', requests: 2 }),
      first(1, 'POST', { kind: 'reset-after' }),
    ]);
    await bench.run(['apply', '--yes', '--no-wait']);

    const applied = [await bench.run(['apply', '--yes']), await bench.run(['apply', '--yes'])];

    expect(applied.at(-1)).toMatchObject({ code: 0 });
    expect(bench.emulator.admin.counts().POST).toBe(1);
    expect(namesIn(bench)).toEqual(['support']);
  }));

test.each([
  { title: 'a person says no', options: { terminal: ['no'] } },
  { title: 'nobody is there to be asked', options: {} },
])('a lost create is not finished where $title', ({ options }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([first(1, 'POST', { kind: 'reset-before' })]);
    await bench.run(['apply', '--yes', '--no-wait']);

    const refused = await bench.run(['apply'], options);

    expect(refused.stdout + refused.stderr).toContain('E_NOT_CONFIRMED');
    expect(bench.emulator.admin.counts().POST).toBe(1);
    expect(namesIn(bench)).toEqual([]);
    expect(await bench.run(['apply'], { terminal: ['yes'] })).toMatchObject({ code: 0 });
    expect(namesIn(bench)).toEqual(['support']);
  }),
);

test('a created application that the list shows late is not created again', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([first(1, 'POST', { kind: 'stale-list', requests: 5 })]);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });

    const again = [await bench.run(['apply', '--yes']), await bench.run(['plan', '--detailed-exitcode'])];

    expect(again).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(bench.emulator.admin.counts().POST).toBe(1);
  }));

test.each([
  { verb: 'PUT', kind: 'reset-before' },
  { verb: 'PUT', kind: 'reset-after' },
  { verb: 'PUT', kind: 'timeout-after' },
  { verb: 'PUT', kind: 'truncate' },
  { verb: 'GET', kind: 'reset-after' },
  { verb: 'GET', kind: 'timeout-after' },
  { verb: 'GET', kind: 'truncate' },
] as const)('an update survives a $verb with $kind: it is repeated', ({ verb, kind }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    await bench.run(['apply', '--yes']);
    const { id } = applicationNamed(bench, 'support');
    bench.emulator.admin.put(id, { name: 'support', capabilities: {} });
    bench.emulator.admin.faults([first(1, verb, { kind })]);

    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });

    expect(bench.emulator.admin.applications()).toMatchObject([{ id, capabilities: { voice: {} } }]);
    expect(await bench.run(['plan', '--detailed-exitcode'])).toMatchObject({ code: 0 });
  }),
);
