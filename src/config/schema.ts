import { defaultPolicy } from '../core/plan/policy.ts';
import { z } from '../core/zod.ts';
import { expectedApiUrl, isApiUrl } from './api-url.ts';
import { daemonSchema } from './daemon-schema.ts';
import { secretSchema, variableName } from './secret-schema.ts';

// The one schema of vonage-gitops.yaml: every key with its default, unit and meaning. config/config.schema.json is generated from it.

const globs = z.array(z.string().min(1));
const percent = z.number().min(0).max(100);

const apiUrl = z
  .string()
  .refine(isApiUrl, { error: expectedApiUrl })
  .describe('Address of the Application API. VONAGE_API_URL beats it. Default: https://api.nexmo.com');

const keys = z
  .strictObject({
    mode: z
      .enum(['generate', 'required'])
      .default(defaultPolicy.keysMode)
      .describe('generate: a new application gets a key pair of ours. required: its manifest must bring a public key.'),
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the private keys, relative to the state folder. Default: <state>/<account>/keys'),
  })
  .prefault({})
  .describe('Key pairs of new applications.');

const deletes = z
  .strictObject({
    max: z.int().min(0).default(defaultPolicy.deletes.max).describe('Most deletes in one pass; more block them all.'),
    maxPercent: percent
      .default(defaultPolicy.deletes.maxPercent)
      .describe('Most deletes in one pass, in percent (0 to 100) of the owned applications; one is always allowed.'),
    per24h: z.int().min(0).default(defaultPolicy.deletes.per24h).describe('Most deletes in any 24 hours.'),
  })
  .prefault({})
  .describe('Limits on deletes. One run is let past them by --allow-deletes N.');

const updates = z
  .strictObject({
    maxPercent: percent
      .default(defaultPolicy.updates.maxPercent)
      .describe(
        'Most updates in one pass, in percent (0 to 100) of the owned applications, when more than ten are owned.',
      ),
  })
  .prefault({})
  .describe('Limit on updates. One run is let past it by --allow-updates N.');

const creates = z
  .strictObject({
    settleSeconds: z
      .number()
      .min(0)
      .max(3600)
      .default(defaultPolicy.creates.settleSeconds)
      .describe(
        'How long the API may take to show what was written, in seconds: lost creates are decided, and missing applications looked for again, after it. Looks are a second apart at least.',
      ),
  })
  .prefault({})
  .describe('How creates are made sure of.');

const interval = z
  .strictObject({
    seconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(300)
      .describe('Time between passes when nothing triggers one, in seconds; refused while a listing takes longer.'),
    jitterPercent: percent.default(10).describe('How much the time varies at random, in percent (0 to 100).'),
  })
  .describe('The daemon makes a pass this often. Default: every 300 seconds, varied by 10 percent.');

const account = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
        error: 'expected 1 to 63 lower-case letters, digits and dashes, such as main',
      })
      .describe('Name of the account here: in output, metrics, and as a folder of the state folder.'),
    manifests: z.string().min(1).describe('Folder of the manifests, relative to this file.'),
    apiUrl: apiUrl.default('https://api.nexmo.com'),
    apiKey: secretSchema
      .default({ env: 'VONAGE_API_KEY' })
      .describe('API key of the account. Default: { env: VONAGE_API_KEY }'),
    apiSecret: secretSchema
      .default({ env: 'VONAGE_API_SECRET' })
      .describe('API secret of the account. Default: { env: VONAGE_API_SECRET }'),
    policy: z
      .enum(['create-only', 'upsert', 'sync'])
      .default(defaultPolicy.policy)
      .describe('create-only never writes to what exists, upsert never deletes, sync deletes what lost its manifest.'),
    adoption: z
      .enum(['by-name', 'explicit'])
      .default(defaultPolicy.adoption)
      .describe('Whether an application with the name of a manifest is taken over, or must be pinned by metadata.id.'),
    undeclaredCapabilities: z
      .enum(['remove', 'keep'])
      .default(defaultPolicy.undeclaredCapabilities)
      .describe('What happens to capabilities and webhooks that a declared container leaves out.'),
    passthroughCapabilities: z
      .array(z.string().min(1))
      .default([])
      .describe('Capabilities newer than this program whose members are sent as the manifest has them, unchecked.'),
    deletionPolicy: z
      .enum(['delete', 'orphan', 'protect'])
      .default(defaultPolicy.deletionPolicy)
      .describe('For manifests that do not say: what happens to an application we created when its manifest goes.'),
    onDrift: z
      .enum(['heal', 'report'])
      .default(defaultPolicy.onDrift)
      .describe('Whether a change made outside is undone or only reported.'),
    onCommit: z
      .enum(['apply', 'plan'])
      .default(defaultPolicy.onCommit)
      .describe('Whether the daemon applies a changed manifest or only plans it.'),
    allowEmpty: z
      .boolean()
      .default(defaultPolicy.allowEmpty)
      .describe('Whether a folder without a single manifest may lead to deletes.'),
    keys,
    deletes,
    updates,
    creates,
    scope: z
      .strictObject({ names: globs.default([]).describe('Glob patterns of application names; none means all.') })
      .prefault({})
      .describe('The applications these manifests may see and touch. Two entries for one API key need it.'),
    requestsPerSecond: z
      .number()
      .min(0.5)
      .max(1000)
      .default(10)
      .describe('Most requests to the API, per second; halved for a while when the API says it is too many.'),
    concurrency: z.int().min(1).max(64).default(4).describe('Most requests under way at a time.'),
    requestTimeoutSeconds: z
      .number()
      .min(1)
      .max(60)
      .default(30)
      .describe('How long the API may take to begin an answer, and again to finish it, in seconds.'),
    limits: z
      .strictObject({
        pages: z
          .int()
          .min(1)
          .max(10_000)
          .default(1000)
          .describe('Longest listing that is read, in pages of 100 applications and 512 KiB on average.'),
      })
      .prefault({})
      .describe('Bounds on what is read from the API; an account above them is not reconciled.'),
    variables: z
      .record(variableName, z.string())
      .default({})
      .describe('Values for placeholders in manifests, by name. They are shown in plans: not for secrets.'),
    environment: z
      .array(variableName)
      .default([])
      .describe('Names of environment variables that placeholders in manifests may use. Their values are never shown.'),
    exclude: globs.default([]).describe('Glob patterns of files that are no manifests, relative to the folder.'),
    interval: interval.optional(),
    schedule: z
      .string()
      .regex(/^\s*([\dA-Za-z*,/?#-]+\s+){4,5}[\dA-Za-z*,/?#-]+\s*$/, {
        error: 'expected a cron expression of five fields (six with seconds), such as "*/5 * * * *"',
      })
      .optional()
      .describe('Instead of interval: a cron expression in the time zone of the process.'),
  })
  .superRefine((value, context) => {
    if (value.interval === undefined || value.schedule === undefined) return;
    context.addIssue({ code: 'custom', path: ['schedule'], message: 'choose one of interval and schedule' });
  })
  .describe('One Vonage account (API key), and the folder its applications are declared in.');

/** The whole file. */
export const configSchema = z
  .strictObject({
    apiVersion: z.literal('vonage-gitops/v1').describe('Version of this format.'),
    kind: z.literal('Config').describe('What this file is.'),
    accounts: z.array(account).min(1).describe('The accounts; each is reconciled by itself.'),
    daemon: daemonSchema,
  })
  .describe('Configuration of vonage-gitops.');

/** The file after parsing, with every default filled in. */
export type ConfigFile = z.output<typeof configSchema>;
/** One account of the file. */
export type AccountFile = ConfigFile['accounts'][number];

/** The JSON Schema (draft 7) of the configuration file, as published in config/config.schema.json. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' });
}
