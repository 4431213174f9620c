import { setTimeout } from 'node:timers/promises';
import { ReconcilerError } from '../core/errors.ts';
import type { Clock } from '../reconcile/ports.ts';

/** The machine's clock. Waiting that is cut short rejects with E_ABORTED: being asked to stop is no bug. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      throw new ReconcilerError('E_ABORTED', {}, { cause: error });
    }
  },
};
