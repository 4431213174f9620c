import { defaultPolicy } from '../core/plan/policy.ts';
import { z } from '../core/zod.ts';

/** From 0 to 100. */
export const percent = z.number().min(0).max(100);

const deletes = z
  .strictObject({
    max: z
      .int()
      .min(0)
      .default(defaultPolicy.deletes.max)
      .describe('Maximum deletes in one pass; if more are planned, all are blocked.'),
    maxPercent: percent
      .default(defaultPolicy.deletes.maxPercent)
      .describe('Maximum deletes in one pass, in percent (0 to 100) of the owned applications; one is always allowed.'),
    per24h: z.int().min(0).default(defaultPolicy.deletes.per24h).describe('Maximum deletes in any 24 hours.'),
  })
  .prefault({})
  .describe('Limits on deletes. --allow-deletes N overrides them for one run.');

const updates = z
  .strictObject({
    maxPercent: percent
      .default(defaultPolicy.updates.maxPercent)
      .describe(
        'Maximum updates in one pass, in percent (0 to 100) of the owned applications, when more than ten are owned.',
      ),
  })
  .prefault({})
  .describe('Limit on updates. --allow-updates N overrides it for one run.');

const creates = z
  .strictObject({
    settleSeconds: z
      .number()
      .min(0)
      .max(3600)
      .default(defaultPolicy.creates.settleSeconds)
      .describe(
        'How long the API may take to show a write, in seconds. After it, undecided creates are resolved and missing applications are checked again. Checks are at least one second apart.',
      ),
  })
  .prefault({})
  .describe('How creates are confirmed.');

/** What limits a pass, by the kind of change. */
export const limitSchemas = { deletes, updates, creates } as const;
