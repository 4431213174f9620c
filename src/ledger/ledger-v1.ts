import { z } from '../core/zod.ts';

const id = z.string();
const time = z.number().int().min(0);
const fingerprint = z.string();
const path = z.string();

const entry = z.strictObject({
  id,
  name: z.string(),
  origin: z.enum(['created', 'adopted']),
  deletionPolicy: z.enum(['delete', 'orphan', 'protect']).exactOptional(),
  paused: z.boolean(),
  keyFingerprint: fingerprint.exactOptional(),
  keyGenerated: z.boolean(),
  nextKeyFingerprint: fingerprint.exactOptional(),
  file: z.string(),
  revision: z.string(),
  appliedHash: z.string().exactOptional(),
  specHash: z.string().exactOptional(),
  appliedAt: time.exactOptional(),
  orphaned: z.strictObject({ at: time, policy: z.enum(['create-only', 'upsert', 'sync']) }).exactOptional(),
  normalised: z.array(z.strictObject({ path, sent: z.string(), echoed: z.string() })),
  healed: z.array(z.strictObject({ path, at: time })),
});

/** A ledger file of format 1, which version 0.1 wrote. Members that did not change since are looked at by the next reader. */
const document = z.strictObject({
  format: z.literal('vonage-gitops.ledger'),
  schema: z.literal(1),
  serial: z.unknown(),
  account: z.unknown(),
  root: z.unknown().optional(),
  entries: z.array(entry),
  intents: z.array(z.unknown()),
  deletes: z.array(z.unknown()),
  retired: z.array(z.unknown()),
});

/**
 * A ledger of format 1 as one of format 2. What format 1 does not say stays unsaid: when an application was bound, and which others
 * had its name then. @throws {z.ZodError}
 */
export function ledgerFrom1(json: unknown): unknown {
  const ledger = document.parse(json);
  const entries = ledger.entries.map(({ normalised, ...one }) => ({
    ...one,
    // Format 1 took one response for proof: what it calls normalised has been written once, and no read was asked.
    normalised: [],
    unproven: normalised.map((each) => ({ ...each, writes: 1 })),
    // The time of the last apply is the nearest to that of the last write that format 1 knows.
    ...(one.appliedAt === undefined ? {} : { writtenAt: one.appliedAt }),
  }));
  return { ...ledger, schema: 2, entries };
}
