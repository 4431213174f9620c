import { mergeResults } from '../core/git/planned-commit.ts';
import { fewestMarkdownBytes } from '../core/render/markdown.ts';
import { commitSchema } from '../core/render/origin-schema.ts';
import { planSchema } from '../core/render/schema.ts';
import { z } from '../core/zod.ts';

/** Body of POST /api/v1/plan. */
export const commitPlanRequestSchema = z.strictObject({
  commit: z.string().describe('Full id.'),
  account: z.string().optional().describe('Only this account, also when the commit does not touch it.'),
  source: z
    .string()
    .optional()
    .describe('Needed only with several sources; a planToken has one, and an account has one.'),
  render: z
    .strictObject({
      summary: z.boolean().optional().describe('Counts, guards and notes only.'),
      verbose: z.boolean().optional().describe('Text: also what is unchanged, unmanaged and not selected.'),
      color: z.boolean().optional().describe('Text: with colors of a terminal.'),
      columns: z.int().min(1).max(99_999).optional().describe('Text: width of the terminal.'),
      maxBytes: z
        .int()
        .min(fewestMarkdownBytes)
        .max(10_000_000)
        .optional()
        .describe('Markdown: longest text of an account.'),
    })
    .optional()
    .describe('How text and Markdown are shown.'),
});

/** Response to POST /api/v1/plan: what merging a commit would do. */
export const commitPlanSchema = z.strictObject({
  format: z.literal('vonage-gitops.commit-plan/1'),
  at: z.iso.datetime(),
  source: z.string(),
  commit: commitSchema,
  accepted: commitSchema.describe('The commit that passes read, with which it is merged and compared.'),
  merge: z
    .enum(mergeResults)
    .describe(
      'none: the commit holds the accepted one and is planned itself; clean: their merge is planned; else the commit itself is planned, and is not up to date.',
    ),
  upToDate: z.boolean().describe('Whether what is planned holds all of the accepted commit.'),
  verified: z.boolean().describe('Whether it is signed as verify of the source asks; false where it asks for nothing.'),
  notices: z
    .array(z.string())
    .describe('To be read before the plans. Of an unverified commit the first begins with "not verified".'),
  plans: z
    .array(planSchema)
    .describe('Of accounts whose manifests differ between what is planned and the accepted commit.'),
  errors: z
    .array(z.strictObject({ account: z.string(), code: z.string(), message: z.string() }))
    .describe('Accounts without a plan.'),
  untouched: z
    .array(z.string())
    .describe('Accounts of the source whose manifests are the same: they are planned only when named.'),
});

/** What is asked for. */
export type CommitPlanRequest = z.infer<typeof commitPlanRequestSchema>;
/** A plan of a commit as a document. */
export type CommitPlanDocument = z.infer<typeof commitPlanSchema>;
