import type { Notice } from '../plan/notice.ts';
import type { ChangeReason, SkipReason } from '../plan/plan.ts';
import { z } from '../zod.ts';
import { planFormat } from './formats.ts';
import { guardSchema as guard } from './guard-schema.ts';
import { commitSchema, documentParts, originFields } from './origin-schema.ts';

// The published shape of a plan; report-schema.ts has that of a report. The renderers, the reader of saved plans and the JSON Schemas in config/ all follow from these.

const { id, hash, count, pointer, place } = documentParts;
const planHash = z.string().regex(/^[0-9a-f]{64}$/);

const member = z
  .object({
    path: z.string().describe('Dotted path, for display.'),
    pointer,
    before: z.unknown().optional().describe('Value at Vonage; absent when the field does not exist. Never a secret.'),
    after: z.unknown().optional().describe('Value of the manifest; absent when the field is removed. Never a secret.'),
  })
  .describe('One field that differs.');

const reason = z.enum([
  'new',
  'deleted outside',
  'manifest changed',
  'drift',
  'not kept',
  'renamed',
  'pinned by id',
  'same name',
  'earlier name',
  'manifest removed',
] as const satisfies readonly ChangeReason[]);

const common = {
  name: z.string(),
  reason: reason.describe('Why the change is planned. For display: do not branch on it.'),
  fields: z.array(member),
  unchanged: count.describe('Number of equal fields.'),
};
const ofLive = {
  id,
  base: hash.describe('Hash of the canonical live body the plan saw.'),
  diffHash: hash.describe('Hash of the differences, unmasked.'),
};
const ofManifest = { place, manifestHash: hash.describe('Hash of name, spec and ignore pointers of the manifest.') };
const previousName = z.string().optional().describe('The name at Vonage, when the change renames.');

const change = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('create'),
    ...common,
    ...ofManifest,
    replaces: id.optional().describe('The missing application that is created again.'),
    heldFingerprint: hash.optional().describe('Stored key pair of the missing application; it is used again.'),
    intentFingerprint: hash.optional().describe('Key pair of an earlier create that is repeated.'),
    keyTo: z.array(z.string()).optional().describe('Where its private key will be delivered.'),
    before: z.array(id).describe('Live applications that existed before the create.'),
  }),
  z.object({
    action: z.literal('adopt'),
    ...common,
    ...ofLive,
    ...ofManifest,
    previousName,
    losses: z.array(pointer).describe('Live capabilities and webhooks that the manifest does not declare.'),
  }),
  z.object({ action: z.literal('update'), ...common, ...ofLive, ...ofManifest, previousName }),
  z.object({
    action: z.literal('delete'),
    ...common,
    ...ofLive,
    file: z.string().describe('File of its removed manifest.'),
    removedIn: commitSchema.optional().describe('The commit that removed it, where that is known.'),
    linkedNumbers: z
      .union([z.literal('not checked'), z.int().min(0)])
      .describe('How many phone numbers are linked to the application.'),
  }),
]);

const skipReason = z.enum([
  'unchanged',
  'unmanaged',
  'conflict',
  'held',
  'paused',
  'protected',
  'blocked',
  'kept',
  'undecided',
  'waiting',
  'missing',
  'normalized',
  'unproven',
  'not-selected',
] as const satisfies readonly SkipReason[]);

const skip = z
  .object({
    reason: skipReason,
    name: z.string(),
    id: id.optional(),
    place: place.optional(),
    message: z.string(),
    guard: guard.optional().describe('With blocked: the guard that blocks.'),
    change: change
      .optional()
      .describe(
        'With blocked, kept, missing, waiting and not-selected: the change that was not or may have to be made.',
      ),
    candidates: z.array(id).optional().describe('With conflict: the applications that the manifest could refer to.'),
    fields: z
      .array(member)
      .optional()
      .describe('With normalized: what the server changes. With unproven: what was written and is not visible yet.'),
  })
  .describe('Something found and left unchanged.');

const notice = z.object({
  kind: z.enum([
    'no-ledger',
    'other-ledger',
    'unstable-listing',
    'unreadable-application',
    'uncounted-listing',
    'key-mismatch',
    'key-unproven',
    'key-delivery',
    'incomplete',
    'twin',
    'clock-skew',
    'source',
    'custody',
    'first-run',
    'approval',
    'linked-numbers',
  ] as const satisfies readonly Notice['kind'][]),
  message: z.string(),
  name: z.string().optional(),
  ids: z.array(id).optional().describe('With twin: the managed application, then its twin.'),
});

const problem = z
  .object({
    severity: z.enum(['error', 'warning']),
    place,
    path: z.string().describe('Dotted path inside the document.'),
    message: z.string(),
  })
  .describe('A problem in a manifest.');

const planCounts = z.object({
  create: count,
  adopt: count,
  update: count,
  delete: count,
  skips: z.partialRecord(skipReason, count).describe('Number of skips, by reason.'),
});

/** What a pass would do, complete, without a manifest's body and without a secret. */
export const planSchema = z
  .object({
    format: z.literal(planFormat),
    ...originFields,
    root: z.string().describe('Directory the manifests were read from.'),
    ledger: z.enum(['known', 'unknown']).describe('Unknown: there is no ledger, ownership and deletes are unknown.'),
    summary: planCounts,
    planHash: planHash
      .exactOptional()
      .describe('Hash of all that can be approved. Absent where there is nothing to approve.'),
    changes: z.array(change).describe('In execution order.'),
    skips: z.array(skip),
    guards: z.array(z.object({ guard, message: z.string(), blocked: count })),
    notices: z.array(notice),
    problems: z.array(problem).describe('Problems of the manifests.'),
  })
  .describe('What a pass of vonage-gitops would do.');

/** A plan as a document. */
export type PlanDocument = z.infer<typeof planSchema>;
/** One change of a plan document. */
export type ChangeDocument = PlanDocument['changes'][number];
/** The JSON Schema (draft 7) of plan documents, as published in config/plan.schema.json. */
export function planJsonSchema(): object {
  return z.toJSONSchema(planSchema, { target: 'draft-7' });
}
