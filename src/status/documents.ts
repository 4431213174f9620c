import { sourceRefusals, sourceStates } from '../core/git/source-state.ts';
import { commitSchema } from '../core/render/origin-schema.ts';
import { planSchema } from '../core/render/schema.ts';
import { z } from '../core/zod.ts';
import { allowancesSchema, approvalReasonSchema, planHashSchema } from '../pass/approvals-schema.ts';
import { applicationStates } from './application-status.ts';
import { ledgerSchema } from './ledger-schema.ts';

// One schema for each response of the HTTP API. Fields may be added within a version, never removed or changed.

const time = z.iso.datetime().nullable().describe('UTC; null when unknown or not scheduled.');
const change = planSchema.shape.changes.element;
const place = z.strictObject({ file: z.string(), line: z.int(), column: z.int() });
const format = <Name extends string>(name: Name) => z.literal(`vonage-gitops.${name}/1`);
const format2 = <Name extends string>(name: Name) => z.literal(`vonage-gitops.${name}/2`);
const format3 = <Name extends string>(name: Name) => z.literal(`vonage-gitops.${name}/3`);

const lastChange = z.strictObject({
  at: z.iso.datetime(),
  action: z.enum(['create', 'adopt', 'update', 'delete']),
  outcome: z.enum(['applied', 'failed', 'skipped', 'stale', 'unknown']),
});

const application = z.strictObject({
  name: z.string(),
  id: z.string().optional(),
  state: z.enum(applicationStates),
  since: z.iso.datetime(),
  message: z.string().describe('Reason and remedy; empty when everything is in order.'),
  place: place.optional(),
  guard: z.string().optional(),
  change: change.optional().describe('The change that was not made.'),
  lastChange: lastChange.optional(),
});

const pause = z.strictObject({ reason: z.string(), since: z.iso.datetime(), until: time });
const pauses = z.strictObject({ account: pause.nullable(), applications: z.record(z.string(), pause) });

const approval = z.strictObject({
  planHash: z.string(),
  allow: allowancesSchema,
  by: z.string().describe('Who approved: http, or a user of the machine.'),
  reason: z.string(),
  at: z.iso.datetime(),
  until: z.iso.datetime(),
  used: time,
});

const source = z.strictObject({
  name: z.string(),
  repository: z.string(),
  ref: z.string(),
  state: z.enum(sourceStates),
  refusal: z.enum(sourceRefusals).optional().describe('With state refused: why.'),
  message: z.string().describe('What happened, what to do, and which commit stays in effect.'),
  since: z.iso.datetime().describe('Since when it is so.'),
  askedAt: z.iso.datetime(),
  okAt: time,
  accepted: commitSchema.optional().describe('The commit that passes read.'),
  tip: commitSchema.optional().describe('What the server has, as far as it was fetched.'),
  reportProblem: z.string().optional().describe('Why commit statuses are not set.'),
});

const account = z.strictObject({
  account: z.string(),
  state: z.enum(['starting', 'standby', 'failed', 'attention', 'paused', 'drifted', 'pending', 'synced']),
  conditions: z.array(z.string()).describe('Conditions of the account, as sentences.'),
  standby: z.string().nullable().describe('The daemon that reconciles the account instead of this one.'),
  pass: z.int().describe('Counted from the start of the daemon.'),
  runningSince: time,
  nextPass: time,
  lastAttempt: time,
  lastSuccess: time,
  lastDurationMs: z.number().nullable(),
  lastReasons: z.array(z.string()),
  lastCode: z.int().nullable().describe('Same as the exit code of apply.'),
  failures: z.int().describe('Consecutive failed passes.'),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  ready: z.boolean(),
  revision: z.strictObject({ seen: z.string().nullable(), enforced: z.string().nullable() }),
  problems: z.array(planSchema.shape.problems.element),
  guards: planSchema.shape.guards,
  counts: z.record(z.enum(applicationStates), z.int()),
  drifted: z.array(z.string()),
  unmanaged: z.int(),
  owned: z.int().nullable(),
  deletesLeft: z.int().nullable(),
  pauses,
  planHash: z
    .string()
    .optional()
    .describe('Hash of all that can be approved; absent where there is nothing to approve.'),
  approval: approval.optional().describe('The last approval; absent when its time is over.'),
  source: source
    .optional()
    .describe('The git source of the manifests, as last seen; absent of a directory, and before it was asked.'),
});

/** Response to GET /api/v1/status. */
export const statusSchema = z.strictObject({
  format: format('status'),
  program: z.string(),
  at: z.iso.datetime(),
  configurationValid: z.boolean(),
  accounts: z.array(account),
});

/** Response to GET /api/v1/accounts/{account}. */
export const accountSchema = account.extend({ format: format2('account'), applications: z.array(application) });

/** Response to GET /api/v1/accounts/{account}/applications/{name}. */
export const explanationSchema = z.strictObject({
  format: format3('explanation'),
  account: z.string(),
  name: z.string(),
  id: z.string().nullable(),
  decision: z.string().describe('What a pass would do now: an action, or the reason to skip the application.'),
  next: z.string().describe('What happens next, or the manual action required.'),
  status: application
    .omit({ change: true })
    .nullable()
    .describe('As of the last pass of the daemon; null without one.'),
  manifest: z
    .strictObject({
      place,
      labels: z.record(z.string(), z.string()),
      deletionPolicy: z.string().nullable(),
      reconcile: z.string(),
      ignore: z.array(z.string()),
      revision: z.string(),
      commit: commitSchema.optional(),
    })
    .nullable(),
  changes: z.array(change).describe('The differences, field by field.'),
  skips: planSchema.shape.skips,
  guards: planSchema.shape.guards,
  problems: planSchema.shape.problems,
  live: z.unknown().describe('The live application, secrets replaced; null when it does not exist.'),
  linkedNumbers: z
    .strictObject({
      count: z.int().nullable().describe('Null where they could not be read.'),
      message: z.string().describe('How many, and up to five of them, masked; or why they could not be read.'),
      at: z.iso.datetime().describe('When they were read.'),
    })
    .nullable()
    .describe('Phone numbers linked to the application; null where they were not asked for in the last ten minutes.'),
  ledger: ledgerSchema,
  events: z.array(z.unknown()).describe('Latest events, newest last, as in the history.'),
});

/** Response to GET /api/v1/plan. */
export const plansSchema = z.strictObject({
  format: format2('plans'),
  at: z.iso.datetime(),
  plans: z.array(planSchema),
  errors: z.array(z.strictObject({ account: z.string(), code: z.string(), message: z.string() })),
});

/** Response to GET /api/v1/history. */
export const historySchema = z.strictObject({
  format: format2('history'),
  accounts: z.array(z.strictObject({ account: z.string(), events: z.array(z.unknown()) })),
});

const syncResult = z.strictObject({
  account: z.string(),
  pass: z.int().nullable(),
  exitCode: z.int().describe('As for apply; 6 when another daemon reconciles the account.'),
  message: z.string().describe('Why there was no pass, or what waits for approval; else empty.'),
  revision: z.string().nullable(),
  results: z.array(
    z.strictObject({ action: z.string(), name: z.string(), outcome: z.string(), message: z.string().optional() }),
  ),
  problems: planSchema.shape.problems,
});

/** Response to POST /api/v1/sync. */
export const syncSchema = z.strictObject({
  format: format('sync'),
  waited: z.boolean(),
  exitCode: z.int().nullable(),
  results: z.array(syncResult),
});

/** Response to POST /api/v1/pause and /api/v1/resume. */
export const pausesResponseSchema = z.strictObject({
  format: format('pauses'),
  accounts: z.array(
    z.strictObject({
      account: z.string(),
      pauses,
      inFlight: z
        .int()
        .optional()
        .describe(
          'Changes already in progress when the pause took effect, which are completed; absent after a resume, and while another daemon reconciles the account.',
        ),
    }),
  ),
});

/** Body of POST /api/v1/pause. */
export const pauseRequestSchema = z.strictObject({
  account: z.string().optional().describe('Required when there are several accounts.'),
  application: z.string().min(1).optional().describe('If absent, the whole account is paused.'),
  reason: z.string().max(500).default(''),
  seconds: z.number().positive().max(31_536_000).optional().describe('How long; without it until resumed.'),
});

/** Body of POST /api/v1/resume. */
export const resumeRequestSchema = pauseRequestSchema.pick({ account: true, application: true });

/** Body of POST /api/v1/approve. */
export const approveRequestSchema = z.strictObject({
  account: z.string(),
  planHash: planHashSchema.describe('Hash of the plan, all 64 digits.'),
  allow: allowancesSchema.default({}).describe('What of that plan is allowed although a guard blocks it.'),
  reason: approvalReasonSchema,
});

/** Response to POST /api/v1/approve. */
export const approvalResponseSchema = z.strictObject({ format: format('approved'), account: z.string(), approval });

/** Every response that is no success. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    planHash: z.string().optional().describe('With PLAN_CHANGED: the hash that would have to be approved now.'),
  }),
});

/** Responses of the HTTP API. */
export type AccountDocument = z.infer<typeof accountSchema>;
export type AccountSummary = z.infer<typeof account>;
export type ApplicationDocument = AccountDocument['applications'][number];
export type Explanation = z.infer<typeof explanationSchema>;
export type SyncDocument = z.infer<typeof syncSchema>;
export type ApprovalDocument = z.infer<typeof approval>;
export type PausesDocument = AccountSummary['pauses'];
