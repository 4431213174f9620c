import { expect, test } from 'vitest';
import type { Clock } from '../../src/reconcile/ports.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import {
  always,
  answering,
  applicationNamed,
  first,
  keysIn,
  namesIn,
  namesWithoutKey,
  writeAccount,
} from './account.ts';

/** A clock on which waiting takes no time, and which remembers how long it was asked to wait. */
function recordingClock(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const clock = hurriedClock();
  return {
    waits,
    clock: {
      now: clock.now,
      monotonic: clock.monotonic,
      sleep: (ms, signal) => {
        waits.push(ms);
        return clock.sleep(ms, signal);
      },
    },
  };
}

test.each([
  { title: 'in seconds', retryAfter: () => 7 },
  { title: 'as a date', retryAfter: () => new Date(Date.now() + 45_000).toUTCString() },
])('429 with Retry-After $title is waited for, and the create is sent again', ({ retryAfter }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([first(2, 'POST', { kind: 'status', status: 429, retryAfter: retryAfter() })]);
    const { clock, waits } = recordingClock();

    const applied = await bench.run(['apply', '--yes'], { clock });

    expect(applied).toMatchObject({ code: 0 });
    expect(Math.max(...waits)).toBeGreaterThan(5000);
    expect(bench.emulator.admin.counts().POST).toBe(3);
    expect(namesIn(bench)).toEqual(['support']);
  }),
);

test('creates that are throttled to the end are refused, and the next run uses the same keys', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([always('POST', { kind: 'status', status: 429 })]);
    const { clock } = recordingClock();
    const throttled = await bench.run(['apply', '--yes'], { clock });
    const keys = await keysIn(bench);
    bench.emulator.admin.faults([]);

    const applied = await bench.run(['apply', '--yes']);

    expect([throttled.code, applied.code]).toEqual([1, 0]);
    expect(keys).toHaveLength(1);
    expect(await keysIn(bench)).toEqual(keys);
    expect(await namesWithoutKey(bench)).toEqual([]);
  }));

test('an application that is gone when it should be updated is left, and created again after two checks', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['other', 'support']);
    await bench.run(['apply', '--yes']);
    const before = await keysIn(bench);
    const { id } = applicationNamed(bench, 'support');
    await bench.write('apps/support.yaml', manifestYaml('support', answering('https://new.example.com/')));
    bench.emulator.admin.faults([first(1, 'PUT', { kind: 'status', status: 404 })]);

    const gone = await bench.run(['apply', '--yes']);
    bench.emulator.admin.remove(id);
    const clock = hurriedClock();
    clock.advance(3_600_000);
    const again = await bench.run(['apply', '--yes'], { clock });

    expect(gone).toMatchObject({ code: 3, stdout: expect.stringContaining('the API says that it does not exist') });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted outside') });
    expect([...namesIn(bench)].sort()).toEqual(['other', 'support']);
    expect(await keysIn(bench)).toEqual(before);
    expect(await namesWithoutKey(bench)).toEqual([]);
  }));

test('while the listing changes as it is read, only what is owned is updated', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['owned']);
    await bench.run(['apply', '--yes']);
    bench.emulator.admin.seed(150);
    await writeAccount(bench, ['new']);
    await bench.write('apps/owned.yaml', manifestYaml('owned', answering('https://other.example.com/')));
    const grows = { kind: 'page-shift', victim: 'nobody' } as const;
    bench.emulator.admin.faults([always('GET', grows, 'page=')]);
    bench.emulator.admin.clearRequests();

    const applied = await bench.run(['apply', '--yes'], { clock: hurriedClock() });

    expect(applied).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('the listing changed while it was read'),
    });
    expect(bench.emulator.admin.counts()).toMatchObject({ POST: 0, PUT: 1, DELETE: 0 });
    expect(applicationNamed(bench, 'owned').capabilities).toMatchObject({
      voice: { webhooks: { event_url: { address: 'https://other.example.com/' } } },
    });
  }));

test('a listing in which one application takes the place of another creates nothing either', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed(150);
    await writeAccount(bench, ['new']);
    bench.emulator.admin.faults([always('GET', { kind: 'page-shift' }, 'page=1$')]);

    const applied = await bench.run(['apply', '--yes'], { clock: hurriedClock() });

    expect(applied).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the listing changed while it was read'),
    });
    expect(bench.emulator.admin.counts().writes).toBe(0);
    bench.emulator.admin.faults([]);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
    applicationNamed(bench, 'new');
  }));

const theirAddress = 'https://theirs.example.com/';

test.each([
  { title: 'elsewhere is kept', theirs: { privacy: { improve_ai: true } }, privacy: { improve_ai: true } },
  {
    title: 'in the very field is planned over once more',
    theirs: { capabilities: { voice: { webhooks: { event_url: { address: theirAddress, http_method: 'POST' } } } } },
    privacy: { improve_ai: false },
  },
])('what another writer changes between plan and PUT $title', ({ theirs, privacy }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    await bench.run(['apply', '--yes']);
    const before = applicationNamed(bench, 'support');
    const path = `/v2/applications/${before.id}`;
    await bench.write('apps/support.yaml', manifestYaml('support', answering('https://new.example.com/')));
    bench.emulator.admin.clearRequests();
    bench.emulator.admin.faults([always('GET', { kind: 'latency', ms: 300 }, path)]);

    const applying = bench.run(['apply', '--yes']);
    await eventually(() => expect(bench.emulator.admin.requests().some((seen) => seen.path === path)).toBe(true));
    bench.emulator.admin.put(before.id, { ...before, ...theirs });

    expect(await applying).toMatchObject({ code: 0 });
    expect(applicationNamed(bench, 'support')).toMatchObject({
      privacy,
      capabilities: { voice: { webhooks: { event_url: { address: 'https://new.example.com/' } } } },
    });
  }),
);

const theirs = { capabilities: { voice: { webhooks: { event_url: { address: theirAddress } } } } };

const addressOf = (bench: Bench) =>
  JSON.stringify(applicationNamed(bench, 'support').capabilities).match(/https:[^"]*/)?.[0];

test.each([
  { title: 'that was old', kind: 'stale-body', changes: 0 },
  { title: 'to a write without effect', kind: 'not-stored', changes: 1 },
] as const)('a response to a PUT $title does not switch the enforcement of a field off', ({ kind, changes }) =>
  withEmulator(async (bench) => {
    const clock = hurriedClock();
    const later = (command: readonly string[]) => {
      clock.advance(60_000);
      return bench.run(command, { clock });
    };
    await writeAccount(bench, ['support']);
    await bench.run(['apply', '--yes'], { clock });
    await bench.write('apps/support.yaml', manifestYaml('support', answering('https://new.example.com/')));
    bench.emulator.admin.faults([first(1, 'PUT', { kind })]);
    const applied = await bench.run(['apply', '--yes'], { clock });
    bench.emulator.admin.clearRequests();

    const again = await later(['apply', '--yes']);
    const { id, name } = applicationNamed(bench, 'support');
    await later(['apply', '--yes']);
    const writes = bench.emulator.admin.counts().PUT;
    bench.emulator.admin.put(id, { name, ...theirs });
    const healed = await later(['apply', '--yes']);

    expect([applied.code, again.code, healed.code]).toEqual([0, 0, 0]);
    expect(writes).toBe(changes);
    expect(addressOf(bench)).toBe('https://new.example.com/');
  }),
);

test('wrong credentials do not hammer: one request, whatever there is to do', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['a', 'b', 'c', 'd', 'e']);

    const applied = await bench.run(['apply', '--yes'], { environment: { VONAGE_API_SECRET: 'not-the-secret' } });

    expect(applied).toMatchObject({ code: 1, stderr: expect.stringContaining('refused the API key or secret') });
    expect(bench.emulator.admin.counts()).toMatchObject({ GET: 1, writes: 0 });
  }));

test('credentials that are withdrawn meanwhile stop the run after a few requests', () =>
  withEmulator(async (bench) => {
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    await writeAccount(bench, names);
    bench.emulator.admin.faults([{ match: { verb: 'POST', after: 2 }, action: { kind: 'status', status: 401 } }]);

    const applied = await bench.run(['apply', '--yes']);

    expect(applied.code).toBe(4);
    expect(namesIn(bench)).toHaveLength(2);
    expect(bench.emulator.admin.counts().POST).toBeLessThanOrEqual(2 + 3 + 4); // three open the circuit, four were on their way
    bench.emulator.admin.faults([]);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
    expect([...namesIn(bench)].sort()).toEqual([...names].sort());
    expect(await namesWithoutKey(bench)).toEqual([]);
  }));

test('a page of a gateway instead of a listing is repeated, and in the end an error with its status, not a crash', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([always('GET', { kind: 'html', status: 502 })]);

    const applied = await bench.run(['apply', '--yes'], { clock: hurriedClock() });

    expect(applied).toMatchObject({ code: 1, stderr: expect.stringMatching(/502.*Bad Gateway/) });
    expect(applied.stderr).not.toContain('at async');
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));
