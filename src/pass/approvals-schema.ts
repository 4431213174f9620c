import { z } from '../core/zod.ts';

const number = z.int().min(0).optional();

/** What a person allows for an approved plan. */
export const allowancesSchema = z.strictObject({
  deletes: number.describe('Most deletes.'),
  updates: number.describe('Most updates.'),
  creates: number.describe('Most applications that are created although many or all are missing.'),
  removals: z
    .array(z.string().min(1).max(500))
    .max(1_000)
    .optional()
    .describe('Names or ids of applications whose adoption may remove what their manifests do not declare.'),
  linked: z
    .array(z.string().min(1).max(500))
    .max(1_000)
    .optional()
    .describe('Names or ids of applications that may be cut off from the phone numbers linked to them.'),
});

/** Hash of a plan, whole. */
export const planHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'expected all 64 digits of the hash, in lower case' });

/** Why something is approved. */
export const approvalReasonSchema = z.string().trim().min(1).max(500);

/** What the file of an account's approval holds. A module of its own: it is loaded only where there is such a file. */
export const approvalSchema = z.strictObject({
  format: z.literal('vonage-gitops.approval/1'),
  planHash: planHashSchema,
  allow: allowancesSchema,
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  until: z.number(),
  used: z.number().optional(),
});
