import { z } from '../core/zod.ts';

/** A ledger file of format 3. Members that did not change since are looked at by the next reader. */
const document = z.strictObject({
  format: z.literal('vonage-gitops.ledger'),
  schema: z.literal(3),
  serial: z.unknown(),
  account: z.unknown(),
  root: z.unknown().optional(),
  sources: z.unknown(),
  applied: z.unknown().optional(),
  entries: z.unknown(),
  intents: z.unknown(),
  deletes: z.unknown(),
  retired: z.unknown(),
});

/** A ledger of format 3 as one of format 4: no private key left the key directory in its days. @throws {z.ZodError} */
export function ledgerFrom3(json: unknown): unknown {
  return { ...document.parse(json), schema: 4, deliveries: [] };
}
