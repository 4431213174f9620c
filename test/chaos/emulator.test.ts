import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import type { FaultAction } from '../../src/emulator/faults/fault-rule.ts';
import { aManifest } from '../builders.ts';
import { FakeClock } from '../reconcile/fake-clock.ts';
import { names } from './chaos-world.ts';
import { EmulatorWorld } from './emulator-world.ts';
import { runs, seed } from './settings.ts';

interface Model {
  readonly world: EmulatorWorld;
}

function event(
  title: string,
  can: (world: EmulatorWorld) => boolean,
  happen: (world: EmulatorWorld) => void | Promise<void>,
): fc.AsyncCommand<Model, EmulatorWorld> {
  return {
    check: ({ world }) => can(world),
    run: async (_model, world) => happen(world),
    toString: () => title,
  };
}

const specs: readonly JsonObject[] = [
  { capabilities: { rtc: {} } },
  { capabilities: { voice: { webhooks: { answer_url: { address: 'https://one.example.com/answer' } } } } },
  { capabilities: { messages: { webhooks: { inbound_url: { address: 'https://two.example.com/in' } } } } },
];

const name = fc.constantFrom(...names.slice(0, 4));

const isFree = (world: EmulatorWorld, wanted: string) =>
  [...world.manifests.values()].every(({ name: taken, formerly = [] }) => ![taken, ...formerly].includes(wanted));

const declare = fc.tuple(name, fc.constantFrom(...specs)).map(([wanted, spec]) =>
  event(
    `declare ${wanted} ${JSON.stringify(spec)}`,
    (world) => isFree(world, wanted) || world.manifests.has(wanted),
    (world) => {
      const formerly = world.manifests.get(wanted)?.formerly ?? [];
      world.manifests.set(wanted, aManifest({ name: wanted, spec, formerly }));
    },
  ),
);

const rename = name.map((from) =>
  event(
    `rename ${from}`,
    (world) => world.manifests.has(from),
    (world) => {
      const before = world.manifests.get(from);
      if (before === undefined) return;
      world.births += 1;
      const to = `${from} ${world.births}`;
      world.manifests.delete(from);
      // What makes it unlike any other: a rename of what was never created must not look like the rename of something that went.
      const spec = { ...before.spec, privacy: { improve_ai: world.births % 2 === 0 } };
      const born = aManifest({ name: to, spec, formerly: [from, ...(before.formerly ?? [])] });
      world.manifests.set(to, { ...born, specHash: `${born.specHash} ${world.births}` });
    },
  ),
);

const withdraw = name.map((wanted) =>
  event(
    `withdraw ${wanted}`,
    (world) => world.manifests.has(wanted),
    (world) => void world.manifests.delete(wanted),
  ),
);

const otherWriter = fc
  .tuple(fc.nat(3), fc.constantFrom<'changes' | 'deletes'>('changes', 'deletes'))
  .map(([nth, what]) =>
    event(
      `somebody ${what} application ${nth}`,
      ({ emulator }) => emulator.admin.applications()[nth] !== undefined,
      ({ emulator }) => {
        const application = emulator.admin.applications()[nth];
        if (application === undefined) return;
        const { id, name: called } = application;
        if (what === 'deletes') emulator.admin.remove(id);
        else emulator.admin.put(id, { name: called, capabilities: { vbc: {} } });
      },
    ),
  );

const actions: readonly FaultAction[] = [
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'truncate' },
  { kind: 'html', status: 502, afterCommit: true },
  { kind: 'status', status: 503, afterCommit: true },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: 1 },
  { kind: 'status', status: 400 },
  { kind: 'stale-list', ms: 10_000 },
  { kind: 'foreign-writer', patch: { capabilities: { vbc: {} } } },
];

const faults = fc
  .array(
    fc.record({ verb: fc.constantFrom('POST', 'POST', 'PUT', 'DELETE', 'GET'), action: fc.constantFrom(...actions) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((given) =>
    event(
      `from now on ${given.map(({ verb, action }) => `${verb}: ${action.kind}`).join(', ')}`,
      () => true,
      ({ emulator }) =>
        emulator.admin.faults(given.map(({ verb, action }) => ({ match: { verb, probability: 0.4 }, action }))),
    ),
  );

const pass = fc
  .tuple(
    fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    fc.constantFrom<'alone' | 'beside a plan'>('alone', 'beside a plan'),
  )
  .map(([crashAt, planned]) =>
    event(
      `a pass ${planned}${crashAt === undefined ? '' : ` dies at step ${crashAt}`}`,
      () => true,
      (world) => world.run(crashAt, planned),
    ),
  );

const time = fc.integer({ min: 1000, max: 60_000 }).map((ms) =>
  event(
    `${ms} ms pass`,
    () => true,
    (world) => world.pass(ms),
  ),
);

const events = [declare, declare, rename, withdraw, otherWriter, faults, pass, pass, pass, time];

describe(`the emulator (CHAOS_SEED=${seed})`, () => {
  const clock = new FakeClock();
  let emulator: Emulator | undefined;
  let state = seed;

  beforeAll(async () => {
    // Faults with a probability draw from a generator of their own, so that a seed repeats them.
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    emulator = await startEmulator({ now: () => clock.now(), random });
  });
  afterAll(() => emulator?.close());

  test('with the real client and ledger passes converge, whatever happens', { timeout: 3_600_000 }, async () => {
    const property = fc.asyncProperty(fc.commands(events, { maxCommands: 25, size: 'max' }), async (happening) => {
      if (emulator === undefined) throw new Error('the emulator is not started');
      const world = await EmulatorWorld.open(emulator, clock);
      try {
        await fc.asyncModelRun(() => ({ model: { world }, real: world }), happening);
        await world.converge();
      } finally {
        await world.close();
      }
    });
    await fc.assert(property, { numRuns: Math.ceil(runs / 10), seed });
  });
});
