import { z } from '../core/zod.ts';

/** A ledger file of format 2. Members that did not change since are looked at by the next reader. */
const document = z.strictObject({
  format: z.literal('vonage-gitops.ledger'),
  schema: z.literal(2),
  serial: z.unknown(),
  account: z.unknown(),
  root: z.string().exactOptional(),
  applied: z.unknown().optional(),
  entries: z.unknown(),
  intents: z.unknown(),
  deletes: z.unknown(),
  retired: z.unknown(),
});

/** A ledger of format 2 as one of format 3: the directory that its manifests came from was all that it knew of their source. @throws {z.ZodError} */
export function ledgerFrom2(json: unknown): unknown {
  const ledger = document.parse(json);
  return { ...ledger, schema: 3, sources: ledger.root === undefined ? [] : [ledger.root] };
}
