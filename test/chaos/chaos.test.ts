import fc from 'fast-check';
import { describe, test } from 'vitest';
import { events, eventsWithAmnesia } from './chaos-commands.ts';
import { ChaosWorld } from './chaos-world.ts';
import { runs, seed } from './settings.ts';

describe(`whatever happens, passes converge (CHAOS_SEED=${seed} CHAOS_RUNS=${runs})`, () => {
  test('to one application per manifest, each with its key, nothing of others touched', {
    timeout: 3_600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(events, { maxCommands: 40, size: 'max' }), async (happening) => {
        const world = new ChaosWorld();
        await fc.asyncModelRun(() => ({ model: { world }, real: world }), happening);
        await world.converge();
      }),
      { numRuns: runs, seed },
    );
  });

  test('to the same when the ledger is lost, but that nothing is deleted unasked', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(eventsWithAmnesia, { maxCommands: 30, size: 'max' }), async (happening) => {
        const world = new ChaosWorld();
        await fc.asyncModelRun(() => ({ model: { world }, real: world }), happening);
        await world.converge();
      }),
      { numRuns: Math.ceil(runs / 2), seed },
    );
  });
});
