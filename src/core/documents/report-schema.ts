import { reportFormat } from '../render/formats.ts';
import { documentParts, originFields } from '../render/origin-schema.ts';
import { planSchema } from '../render/schema.ts';
import { z } from '../zod.ts';

const { id, hash, count, pointer, place } = documentParts;

const outcome = z.enum(['applied', 'failed', 'skipped', 'stale', 'unknown']);

const result = z
  .object({
    outcome,
    action: z.enum(['create', 'adopt', 'update', 'delete']),
    name: z.string(),
    id: id.optional().describe('Absent for a create without a known application.'),
    place: place.optional(),
    durationMs: z.number().min(0),
    key: z.object({ fingerprint: hash, path: z.string().describe('Path of the private key file.') }).optional(),
    normalized: z
      .array(pointer)
      .optional()
      .describe('Fields in which the response to the write differs from what was sent.'),
    leftOut: z.array(pointer).optional().describe('Undeclared fields that the server did not accept.'),
    message: z.string().optional().describe('Why the change was not applied.'),
    code: z.string().optional().describe('Code of the error; docs/errors.md has a paragraph for each.'),
  })
  .describe('Result of one change.');

const undelivered = z
  .object({
    name: z.string(),
    id,
    fingerprint: hash,
    target: z.string().describe('What it is to be delivered to.'),
    reason: z.string().optional().describe('Why the last attempt failed; absent while there was none.'),
  })
  .describe('A private key in use that is not everywhere where it is used. Later runs deliver it.');

/** A pass and what came of it. */
export const reportSchema = z
  .object({
    format: z.literal(reportFormat),
    ...originFields,
    summary: z.object({ applied: count, failed: count, skipped: count, stale: count, unknown: count }),
    results: z.array(result).describe('In completion order.'),
    undelivered: z.array(undelivered).optional().describe('Absent when every private key is delivered.'),
    plan: planSchema,
  })
  .describe('Result of a pass of vonage-gitops.');

/** A report as a document. */
export type ReportDocument = z.infer<typeof reportSchema>;

/** The JSON Schema (draft 7) of report documents, as published in config/report.schema.json. */
export function reportJsonSchema(): object {
  return z.toJSONSchema(reportSchema, { target: 'draft-7' });
}
