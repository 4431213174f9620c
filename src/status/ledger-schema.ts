import { z } from '../core/zod.ts';

const time = z.iso.datetime().nullable().describe('UTC; null when unknown or not scheduled.');

/** What the ledger says of an application, and of its key elsewhere. */
export const ledgerSchema = z
  .strictObject({
    origin: z.string(),
    file: z.string(),
    revision: z.string(),
    appliedAt: time,
    deletionPolicy: z.string().nullable(),
    keyFingerprint: z.string().nullable(),
    keyGenerated: z.boolean(),
    deliveries: z.array(z.object({ target: z.string(), phase: z.string(), reason: z.string().optional() })).optional(),
  })
  .nullable();
