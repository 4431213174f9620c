import { expect, test } from 'vitest';
import type { Schedule } from '../../src/config/account.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { AccountLoop } from '../../src/daemon/account-loop.ts';
import type { AccountEvent } from '../../src/pass/event.ts';
import type { ApplicationWriter } from '../../src/reconcile/ports.ts';
import { aManifest } from '../builders.ts';
import { aLog, statusOf } from './builders.ts';
import { aConfig, aSpec, aStore, type FakeSpec, type FakeStore } from './fakes.ts';
import { ManualClock, settled } from './manual-clock.ts';

interface Running {
  readonly loop: AccountLoop;
  readonly clock: ManualClock;
  readonly spec: FakeSpec;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof aLog>;
  readonly events: readonly AccountEvent[];
  /** Reasons of the passes that were begun. */
  began(): readonly string[];
  stop(): Promise<void>;
}

async function running(
  work: (running: Running) => Promise<void>,
  { spec = aSpec(), store = aStore() }: { readonly spec?: FakeSpec; readonly store?: FakeStore } = {},
): Promise<void> {
  const clock = new ManualClock();
  const log = aLog();
  const events: AccountEvent[] = [];
  const tell = (event: AccountEvent) => void events.push(event);
  const failures = () => statusOf(...events).failures;
  const loop = new AccountLoop({ spec, store, clock, random: () => 0.5, log, failures, tell });
  const stopping = new AbortController();
  const end = loop.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await end;
  };
  const began = () => events.flatMap((event) => (event.kind === 'began' ? [event.reasons.join('+')] : []));
  await settled();
  try {
    await work({ loop, clock, spec, store, log, events, began, stop });
  } finally {
    await stop();
  }
}

const down = new ReconcilerError('E_API_UNREACHABLE', { url: 'https://api.nexmo.com', reason: 'ECONNREFUSED' });

test('a pass is made at the start and then at each interval', () =>
  running(async ({ clock, began }) => {
    await clock.advance(99_000);
    expect(began()).toEqual(['start']);
    await clock.advance(1_000);
    await clock.advance(100_000);

    expect(began()).toEqual(['start', 'interval', 'interval']);
  }));

function writerOf(fake: FakeSpec['fake']): ApplicationWriter {
  return {
    list: (options) => fake.list(options),
    get: (id) => fake.get(id),
    create: (body) => fake.create(body),
    replace: (id, body) => fake.replace(id, body),
    remove: (id) => fake.remove(id),
  };
}

/** The account with another listing. */
function withList(spec: FakeSpec, list: ApplicationWriter['list']): FakeSpec {
  const { fake, open } = spec;
  const api = { ...writerOf(fake), list };
  spec.open = async () => {
    const opened = await open();
    return { ...opened, ports: { ...opened.ports, api } };
  };
  return spec;
}

/** An account whose listings take that long, each one the next of these times, and then the last. */
function aSlowSpec(schedule: Schedule, ...listingsMs: readonly number[]): FakeSpec {
  const spec = aSpec(aConfig('main', schedule));
  let listed = 0;
  return withList(spec, async (options) => {
    spec.fake.clock.advance(listingsMs[Math.min(listed, listingsMs.length - 1)] ?? 0);
    listed += 1;
    return spec.fake.list(options);
  });
}

const everyFive = { kind: 'interval', seconds: 5, jitterPercent: 0 } as const;
const slow = [10_500, 10_500, 10_500, 10_500];

test('an interval that listings cannot keep up with is refused until one is fast again', () =>
  running(
    async ({ clock, events }) => {
      const waits: (number | undefined)[] = [];
      for (let pass = 1; pass <= 6; pass += 1) {
        waits.push(clock.untilNext());
        await clock.advance(clock.untilNext() ?? 0);
      }

      expect(waits).toEqual([5_000, 5_000, 11_000, 11_000, 5_000, 5_000]);
      const tooFast = events.flatMap((event) => (event.kind === 'waiting' ? [event.tooFast?.restSeconds] : []));
      expect(tooFast.slice(1)).toEqual([undefined, undefined, 11, 11, undefined, undefined, undefined]);
    },
    { spec: aSlowSpec(everyFive, ...slow, 1_000) },
  ));

test('a schedule is throttled although listings were fast before the last three', () =>
  running(
    async ({ clock, events }) => {
      for (let pass = 1; pass <= 3; pass += 1) await clock.advance(clock.untilNext() ?? 0);

      expect(events.findLast(({ kind }) => kind === 'waiting')).toMatchObject({ tooFast: { restSeconds: 9 } });
    },
    { spec: aSlowSpec(everyFive, 1_000, 9_000, 8_500, 8_800) },
  ));

const everyTen = { kind: 'schedule', cron: '*/10 * * * * *', timezone: 'UTC' } as const;

/** An account on a schedule of ten seconds whose listings take longer, and what happens during each. */
function anAccountTooSlow(duringListing: () => Promise<void> = async () => undefined): FakeSpec {
  const slow = aSpec(aConfig('main', everyTen));
  return withList(slow, async (options) => {
    slow.fake.clock.advance(10_500);
    await duringListing();
    return slow.fake.list(options);
  });
}

test('a schedule that listings cannot keep up with is left out while the account backs off', () =>
  running(
    async ({ clock, began }) => {
      const passes: number[] = [];
      for (let time = 1; time <= 6; time += 1) {
        await clock.advance(10_000);
        passes.push(began().length);
      }

      expect(passes).toEqual([2, 3, 3, 4, 4, 5]);
      expect(began()).toEqual(['start', 'schedule', 'schedule', 'schedule', 'schedule']);
    },
    { spec: anAccountTooSlow() },
  ));

test('a schedule that listings cannot keep up with is left out during a pass', () => {
  let duringListing = async () => undefined as unknown;
  const spec = anAccountTooSlow(async () => void (await duringListing()));
  return running(
    async ({ clock, began }) => {
      for (let time = 1; time <= 3; time += 1) await clock.advance(10_000);
      duringListing = () => clock.advance(10_000);
      await clock.advance(10_000);
      duringListing = async () => undefined;
      await settled();
      expect(began()).toHaveLength(4);

      await clock.advance(10_000);
      expect(began()).toHaveLength(4);
    },
    { spec },
  );
});

test('a schedule that is configured anew fires instead of the old one', () =>
  running(
    async ({ loop, clock, spec, began }) => {
      loop.replace({ ...spec, config: aConfig('main', { ...everyTen, cron: '*/30 * * * * *' }) });
      await settled();
      await clock.advance(10_000);
      expect(began()).toEqual(['start', 'configuration']);

      await clock.advance(10_000);
      expect(began()).toEqual(['start', 'configuration', 'schedule']);
    },
    { spec: aSlowSpec(everyTen, 0) },
  ));

test('the time zone of a schedule can be configured anew', () =>
  running(
    async ({ loop, clock, spec, events }) => {
      const daily = { ...everyTen, cron: '30 2 * * *' };
      loop.replace({ ...spec, config: aConfig('main', daily) });
      await settled();
      expect(events.at(-1)).toMatchObject({ kind: 'waiting', until: Date.parse('1970-01-01T02:30:00Z') });

      loop.replace({ ...spec, config: aConfig('main', { ...daily, timezone: 'Asia/Tokyo' }) });
      await settled();
      expect(events.at(-1)).toMatchObject({ kind: 'waiting', until: Date.parse('1970-01-01T17:30:00Z') });
      expect(clock.untilNext()).toBe(60_000);
    },
    { spec: aSlowSpec(everyTen, 0) },
  ));

test('changed files trigger a pass, and the interval begins anew after that pass', () =>
  running(async ({ clock, spec, began }) => {
    await clock.advance(60_000);
    spec.touch();
    await settled();
    await clock.advance(99_000);

    expect(began()).toEqual(['start', 'files']);
  }));

test('passes never overlap, and requests during one are one more', async () => {
  const spec = aSpec();
  let inside = 0;
  let most = 0;
  let finish: () => void = () => undefined;
  const slow = aSpec(spec.config, spec.fake);
  const open = slow.open;
  const patient: FakeSpec = {
    ...slow,
    open: async () => ({
      ...(await open()),
      ports: spec.fake.ports,
      whileWriting: async (signal, work) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        inside -= 1;
        return work(signal);
      },
    }),
  };
  await running(
    async ({ loop, began }) => {
      loop.request('files');
      loop.request('request');
      loop.request('files');
      await settled();
      finish();
      await settled();
      finish();
      await settled();

      expect(began()).toEqual(['start', 'files+request']);
      expect(most).toBe(1);
    },
    { spec: patient },
  );
});

test('a failing account is tried again later each time, and its interval comes back with its health', async () => {
  const spec = aSpec();
  spec.fake.fail('list', down, down, down);
  await running(
    async ({ clock, began, events }) => {
      expect(events.find(({ kind }) => kind === 'failed')).toMatchObject({ error: { code: 'E_API_UNREACHABLE' } });
      const waits: (number | undefined)[] = [];
      for (let pass = 0; pass < 4; pass += 1) {
        waits.push(clock.untilNext());
        await clock.advance(clock.untilNext() ?? 0);
      }

      expect(waits).toEqual([1_500, 3_000, 6_000, 100_000]);
      expect(began()).toEqual(['start', 'retry', 'retry', 'retry', 'interval']);
    },
    { spec },
  );
});

test('who asks for a pass gets the result of the one that began after', async () => {
  await running(async ({ loop, spec }) => {
    spec.fake.declare(aManifest());

    const answer = await loop.passAfterNow('request');

    expect(answer).toMatchObject({ kind: 'ended', pass: 2, reasons: ['request'] });
    expect(answer?.kind === 'ended' && answer.end.results.map(({ outcome }) => outcome)).toEqual(['applied']);
  });
});

test('a lost create that is found is told although its pass fails afterwards', async () => {
  const spec = aSpec();
  spec.fake.declare(aManifest());
  spec.fake.fail('create', 'lost-after');
  const failing = withList(spec, async (options) => {
    if (spec.fake.ledger.current().entries.size > 0) throw down;
    return spec.fake.list(options);
  });
  await running(
    async ({ loop, events }) => {
      const answer = await loop.passAfterNow('request');

      expect(answer).toMatchObject({ kind: 'failed', found: [{ name: 'Support' }] });
      expect(events.find(({ kind }) => kind === 'ended')).toMatchObject({ found: [] });
    },
    { spec: failing },
  );
});

test('after an open circuit and a clock that was set back, the next try after a failure does not wait for the clock', async () => {
  const spec = aSpec();
  const details = { url: 'https://api.nexmo.com', failures: 10, last: 'ECONNREFUSED', pauseSeconds: 60 };
  spec.fake.fail('list', new ReconcilerError('E_API_CIRCUIT_OPEN', details));
  spec.fake.fail('create', 'refused');
  spec.fake.declare(aManifest());
  await running(
    async ({ clock, began }) => {
      clock.set(-86_400_000);
      await clock.advance(61_000);

      expect(began()).toEqual(['start', 'retry']);
      expect(clock.untilNext()).toBe(3_000);
    },
    { spec },
  );
});

test('a refused schedule rests as long as it did when the clock is set back', () =>
  running(
    async ({ clock, began }) => {
      clock.set(-86_400_000);
      for (let time = 1; time <= 2; time += 1) await clock.advance(10_000);
      expect(began()).toHaveLength(3);
      clock.set(-86_400_000);

      await clock.advance(10_000);
      expect(began()).toHaveLength(3);
      await clock.advance(10_000);

      expect(began()).toHaveLength(4);
    },
    { spec: anAccountTooSlow() },
  ));

test('a create whose response was lost is decided right after the settle time', async () => {
  const spec = aSpec();
  spec.fake.declare(aManifest());
  spec.fake.fail('create', 'lost-after');
  await running(
    async ({ clock }) => {
      expect(clock.untilNext()).toBeLessThan(31_000);
    },
    { spec },
  );
});

test('while another daemon has the account nothing is done, and it is taken over when that one ends', async () => {
  const store = aStore('process 7');
  await running(
    async ({ loop, began, events }) => {
      expect(events).toEqual([{ kind: 'standing-by', at: expect.any(Number), owner: 'process 7' }]);
      expect(await loop.passAfterNow('request')).toBeUndefined();

      store.free();
      await settled();

      expect(began()).toEqual(['start']);
    },
    { store },
  );
});

test('after a lost lock the daemon is on standby again', () =>
  running(async ({ store, events, log }) => {
    store.steal();
    await settled();

    expect(events.at(-1)).toMatchObject({ kind: 'standing-by', owner: 'process 8' });
    expect(log.lines.at(-2)).toMatchObject({ level: 'error', message: 'daemon lock lost' });
  }));

test('a daemon that slept through the loss of its lock begins no pass, and responses who waits for one', () =>
  running(async ({ loop, store, began, events }) => {
    store.stealUnseen();

    expect(await loop.passAfterNow('request')).toBeUndefined();

    await settled();
    expect(began()).toEqual(['start']);
    expect(events.at(-1)).toMatchObject({ kind: 'standing-by', owner: 'process 8' });
  }));

test('a lost lock closes the account: what another daemon has written since is read again', () =>
  running(async ({ store, spec }) => {
    store.steal();
    await settled();
    store.free();
    await settled();

    expect([spec.opened, spec.closed]).toEqual([2, 1]);
  }));

test('a state directory that was replaced is told as a failure, and everything is opened again', () =>
  running(async ({ store, spec, events, began }) => {
    store.move();
    await settled();

    const kinds = events.map((event) => event.kind);
    expect(events[kinds.indexOf('failed')]).toMatchObject({ error: { code: 'E_LOCK_LOST', details: { moved: true } } });
    expect(kinds.indexOf('failed')).toBeLessThan(kinds.lastIndexOf('leading'));
    expect(began()).toEqual(['start', 'start']);
    expect([spec.opened, spec.closed]).toEqual([2, 1]);
  }));

test('a new configuration is opened for the next pass and the old one is closed', () =>
  running(async ({ loop, spec, began, clock }) => {
    const next = aSpec(aConfig('main', { kind: 'interval', seconds: 7, jitterPercent: 0 }));
    loop.replace(next);
    await settled();

    expect(began()).toEqual(['start', 'configuration']);
    expect([spec.closed, next.opened]).toEqual([1, 1]);
    expect(clock.untilNext()).toBe(7_000);
  }));

test('while a new configuration cannot be opened the old one goes on', () =>
  running(async ({ loop, spec, events, log }) => {
    const broken: FakeSpec = {
      ...aSpec(),
      open: async () => {
        throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'main', what: 'API key', remedy: 'it' });
      },
    };
    loop.replace(broken);
    await settled();

    expect(spec.closed).toBe(0);
    expect(events.filter(({ kind }) => kind === 'ended')).toHaveLength(2);
    expect(log.lines.map(({ message }) => message)).toContain(
      'new account configuration cannot be used, keeping the previous one',
    );
  }));

test('a paused account is planned only', async () => {
  const store = aStore();
  store.saved = { account: { reason: 'INC-42', since: 0 }, applications: {} };
  const spec = aSpec();
  spec.fake.declare(aManifest());
  await running(
    async ({ events }) => {
      const end = events.flatMap((event) => (event.kind === 'ended' ? [event.end] : []))[0];
      expect(end).toMatchObject({ mode: 'plan', results: [] });
      expect(end?.plan.changes).toEqual([]);
      expect(end?.plan.skips).toMatchObject([{ reason: 'paused', heldBack: true, change: { action: 'create' } }]);
      expect(spec.fake.requests.create).toBe(0);
    },
    { spec, store },
  );
});

test('a pause that is over is none', async () => {
  const store = aStore();
  store.saved = { account: { reason: 'INC-42', since: 0, until: 5 }, applications: {} };
  await running(
    async ({ events }) => {
      expect(events.flatMap((event) => (event.kind === 'ended' ? [event.end.mode] : []))).toEqual(['apply']);
    },
    { store },
  );
});

const nullish = Object.create(null);

test.each([
  { title: 'a TypeError', thrown: new TypeError('hunter22 is not a function'), kind: 'TypeError' },
  { title: 'a RangeError', thrown: new RangeError('hunter22'), kind: 'RangeError' },
  { title: 'an error of the file system', thrown: Object.assign(new Error('x'), { code: 'EIO' }), kind: 'Error EIO' },
  { title: 'a string', thrown: 'hunter22', kind: 'a thrown string' },
  { title: 'nothing at all', thrown: undefined, kind: 'a thrown undefined' },
  { title: 'what has no text', thrown: nullish, kind: 'a thrown object' },
])(
  '$title that a pass throws fails that pass and is tried again later each time, without its words',
  ({ thrown, kind }) => {
    const spec = aSpec();
    let listed = 0;
    const sick = withList(spec, async (options) => {
      listed += 1;
      if (listed <= 2) throw thrown;
      return spec.fake.list(options);
    });
    return running(
      async ({ clock, events, began }) => {
        const waits = [clock.untilNext()];
        await clock.advance(1_500);
        waits.push(clock.untilNext());
        await clock.advance(3_000);

        expect(waits).toEqual([1_500, 3_000]);
        expect(began()).toEqual(['start', 'retry', 'retry']);
        const failed = events.flatMap((event) => (event.kind === 'failed' ? [event.error] : []));
        expect(failed).toMatchObject([
          { code: 'E_UNEXPECTED', details: { kind }, cause: thrown },
          { code: 'E_UNEXPECTED' },
        ]);
        expect(failed[0]?.message).not.toContain('hunter22');
        expect(events.filter((event) => event.kind === 'ended')).toHaveLength(1);
      },
      { spec: sick },
    );
  },
);

test('after an unexpected error the account is closed, and opened anew for the next pass', async () => {
  const spec = aSpec();
  spec.fake.fail('list', new TypeError('a bug'));
  await running(
    async ({ clock }) => {
      expect([spec.opened, spec.closed]).toEqual([1, 0]);

      await clock.advance(1_500);
      await clock.advance(100_000);

      expect([spec.opened, spec.closed]).toEqual([2, 1]);
    },
    { spec },
  );
});

test('after an expected error the account stays open: its circuit and rate limit must outlive the pass', async () => {
  const spec = aSpec();
  spec.fake.fail('list', down);
  await running(
    async ({ clock, began }) => {
      await clock.advance(1_500);

      expect(began()).toEqual(['start', 'retry']);
      expect([spec.opened, spec.closed]).toEqual([1, 0]);
    },
    { spec },
  );
});

test('an account that cannot be closed well after an unexpected error is opened anew all the same', async () => {
  const spec = aSpec();
  spec.fake.fail('list', new TypeError('a bug'));
  const { open } = spec;
  let closings = 0;
  spec.open = async () => ({
    ...(await open()),
    close: async () => {
      closings += 1;
      if (closings === 1) throw new ReconcilerError('E_STATE_UNUSABLE', { path: '/state', reason: 'ENOSPC' });
    },
  });
  await running(
    async ({ clock, log, events }) => {
      await clock.advance(1_500);

      expect(log.lines.map(({ message }) => message)).toContain('closing account failed');
      expect(events.filter((event) => event.kind === 'ended')).toHaveLength(1);
      expect(spec.opened).toBe(2);
    },
    { spec },
  );
});

test('an unexpected error while the loop stops is in the log', async () => {
  const spec = aSpec();
  let fail: () => void = () => undefined;
  const slow = withList(
    spec,
    () =>
      new Promise((_, reject) => {
        fail = () => reject(new TypeError('a bug'));
      }),
  );
  await running(
    async ({ stop, log, events }) => {
      const stopped = stop();
      fail();
      await stopped;

      expect(log.lines).toContainEqual({
        level: 'error',
        fields: { pass: 1, err: expect.objectContaining({ code: 'E_UNEXPECTED' }) },
        message: 'pass failed during shutdown',
      });
      expect(events.map(({ kind }) => kind)).not.toContain('failed');
    },
    { spec: slow },
  );
});

test('being stopped is no unexpected error', async () => {
  const spec = aSpec();
  const patient = withList(
    spec,
    ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  );
  await running(
    async ({ stop, log }) => {
      await stop();

      expect(log.lines).toEqual([]);
    },
    { spec: patient },
  );
});

test('a lock that cannot be asked for in an unexpected way is tried again', async () => {
  const store = aStore();
  const { lead } = store;
  let tries = 0;
  store.lead = async (signal, onWait) => {
    tries += 1;
    if (tries === 1) throw new TypeError('a bug');
    return lead(signal, onWait);
  };
  await running(
    async ({ clock, began, events }) => {
      expect(events).toMatchObject([{ kind: 'failed', reasons: ['lock'], error: { code: 'E_UNEXPECTED' } }]);
      await clock.advance(5_000);

      expect(began()).toEqual(['start']);
    },
    { store },
  );
});

test('what is thrown outside any pass ends the loop', async () => {
  const spec = aSpec();
  const loop = new AccountLoop({
    spec,
    store: aStore(),
    clock: new ManualClock(),
    random: () => 0,
    log: aLog(),
    failures: () => 0,
    tell: ({ kind }) => {
      if (kind === 'waiting') throw new TypeError('a bug');
    },
  });

  await expect(loop.run(new AbortController().signal)).rejects.toThrow('a bug');
});

/** An account with two creates at once: the first one's result ends the pass by a bug, the other's answer comes when it is let. */
function aPassThatFailsMidway(): { readonly spec: FakeSpec; readonly released: string[]; letAnswer(): void } {
  const spec = aSpec();
  const { fake, open } = spec;
  fake.declare(aManifest({ name: 'One' }), aManifest({ name: 'Two' }));
  const released: string[] = [];
  let letAnswer: () => void = () => undefined;
  let bothBegun: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    bothBegun = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    letAnswer = resolve;
  });
  let creates = 0;
  const create: ApplicationWriter['create'] = async (body) => {
    creates += 1;
    if (creates === 2) bothBegun();
    await (creates === 1 ? both : answered);
    return fake.create(body);
  };
  const info = (_fields: object, message: string) => {
    if (message === 'change applied' && fake.requests.create === 1) throw new TypeError('a bug');
  };
  spec.open = async () => {
    const opened = await open();
    const ports = { ...opened.ports, api: { ...writerOf(fake), create }, log: { ...aLog(), info } };
    const whileWriting: typeof opened.whileWriting = async (signal, work) => {
      try {
        return await work(signal);
      } finally {
        released.push(`after ${fake.requests.create} creates`);
      }
    };
    return { ...opened, ports, whileWriting };
  };
  return { spec, released, letAnswer };
}

test('when a pass fails its lock is kept until no request is in flight', async () => {
  const { spec, released, letAnswer } = aPassThatFailsMidway();
  await running(
    async ({ events }) => {
      await expect.poll(() => spec.fake.requests.create).toBe(1);
      await settled();
      expect(released).toEqual([]);

      letAnswer();
      await expect.poll(() => released[0]).toBe('after 2 creates');
      await settled();

      expect(events.find(({ kind }) => kind === 'failed')).toMatchObject({ error: { code: 'E_UNEXPECTED' } });
    },
    { spec },
  );
});

test('asked to stop, everything is closed and who waits gets a response', async () => {
  await running(async ({ stop, spec, events }) => {
    await stop();

    expect(spec.closed).toBe(1);
    expect(events.at(-1)?.kind).toBe('stopped');
  });
});

test('a state directory that cannot be locked is tried again', async () => {
  const store = aStore();
  const { lead } = store;
  let tries = 0;
  const failing: FakeStore = {
    ...store,
    lead: async (signal, onWait) => {
      tries += 1;
      if (tries === 1) throw new ReconcilerError('E_STATE_UNUSABLE', { path: '/state', reason: 'ENOSPC' });
      return lead(signal, onWait);
    },
  };
  await running(
    async ({ clock, began }) => {
      await clock.advance(5_000);
      expect(began()).toEqual(['start']);
    },
    { store: failing },
  );
});

test('after a pass that the open circuit refused, the next one comes when the circuit lets through again', () => {
  const spec = aSpec();
  const details = { url: 'https://api.nexmo.com', failures: 10, last: 'ECONNREFUSED', pauseSeconds: 26 };
  spec.fake.fail('list', new ReconcilerError('E_API_CIRCUIT_OPEN', details));
  return running(
    async ({ clock, began }) => {
      await clock.advance(26_000);
      expect(began()).toEqual(['start']);
      await clock.advance(1_000);

      expect(began()).toEqual(['start', 'retry']);
    },
    { spec },
  );
});
