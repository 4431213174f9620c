import { accountNamePattern, expectedAccountName } from '../core/account-name.ts';
import { defaultPolicy } from '../core/plan/policy.ts';
import { typeWords } from '../core/schema-words.ts';
import { z } from '../core/zod.ts';
import { apiUrlProblem, expectedApiUrl, isApiUrl } from './api-url.ts';
import { daemonSchema } from './daemon-schema.ts';
import { keysSchema } from './keys/keys-schema.ts';
import { limitSchemas, percent } from './limit-schemas.ts';
import { secretSchema, variableName } from './secret-schema.ts';
import { manifestsSchema } from './source/manifests-schema.ts';
import { misnamedSources } from './source/names.ts';
import { misfitReports, reportsSchema } from './source/reports-schema.ts';
import { sourcesSchema } from './source-schema.ts';
import { timezone } from './timezone.ts';

// The one schema of vonage-gitops.yaml: every key with its default, unit and meaning. config/config.schema.json is generated from it.

const globs = z.array(z.string().min(1));

const apiUrl = z
  .string()
  .refine(isApiUrl, { error: ({ input }) => apiUrlProblem(String(input)) ?? expectedApiUrl })
  .describe('URL of the Application API. VONAGE_API_URL overrides it. Default: https://api.nexmo.com');

const restUrl = z
  .string()
  .refine(isApiUrl, { error: ({ input }) => apiUrlProblem(String(input)) ?? expectedApiUrl })
  .describe(
    'URL of the Numbers API, which says what phone numbers are linked. VONAGE_REST_URL overrides it. Default: https://rest.nexmo.com for accounts at Vonage, else the host of apiUrl',
  );

const interval = z
  .strictObject({
    seconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(300)
      .describe('Time between passes when nothing triggers one, in seconds; longer while a listing takes longer.'),
    jitterPercent: percent.default(10).describe('Random variation of the interval, in percent (0 to 100).'),
  })
  .describe('Interval between passes of the daemon. Default: 300 seconds, varied by 10 percent.');

const account = z
  .strictObject({
    name: z
      .string({ error: typeWords('a name of your choice, such as main') })
      .regex(accountNamePattern, { error: expectedAccountName })
      .describe('Name of the account in output and metrics, and of its directory in the state directory.'),
    manifests: manifestsSchema,
    apiUrl: apiUrl.default('https://api.nexmo.com'),
    restUrl: restUrl.optional(),
    apiKey: secretSchema
      .default({ env: 'VONAGE_API_KEY' })
      .describe('API key of the account. Default: { env: VONAGE_API_KEY }'),
    apiSecret: secretSchema
      .default({ env: 'VONAGE_API_SECRET' })
      .describe('API secret of the account. Default: { env: VONAGE_API_SECRET }'),
    policy: z
      .enum(['create-only', 'upsert', 'sync'])
      .default(defaultPolicy.policy)
      .describe(
        'create-only never changes existing applications, upsert never deletes, sync deletes owned applications whose manifest was removed.',
      ),
    adoption: z
      .enum(['by-name', 'explicit'])
      .default(defaultPolicy.adoption)
      .describe(
        "Whether an existing application with the manifest's name is adopted, or must be pinned by metadata.id.",
      ),
    undeclaredCapabilities: z
      .enum(['remove', 'keep'])
      .default(defaultPolicy.undeclaredCapabilities)
      .describe('What happens to capabilities and webhooks that a declared container does not list.'),
    passthroughCapabilities: z
      .array(z.string().min(1))
      .default([])
      .describe('Capabilities newer than this program; their fields are sent unchecked.'),
    deletionPolicy: z
      .enum(['delete', 'orphan', 'protect'])
      .default(defaultPolicy.deletionPolicy)
      .describe(
        'Default for manifests without deletionPolicy: what happens to a created application when its manifest is removed.',
      ),
    firstRun: z
      .enum(['ask', 'apply'])
      .optional()
      .describe(
        'Whether the daemon waits for approval before it adopts applications into a new ledger. Default: ask, and apply where apiUrl is this machine.',
      ),
    onDrift: z
      .enum(['heal', 'report'])
      .default(defaultPolicy.onDrift)
      .describe('Whether drift is reverted or only reported.'),
    onCommit: z
      .enum(['apply', 'ask', 'plan'])
      .default(defaultPolicy.onCommit)
      .describe(
        'Whether changed manifests are applied, wait for approval, or are only planned: by the daemon and by commands. Drift follows onDrift.',
      ),
    allowEmpty: z
      .boolean()
      .default(defaultPolicy.allowEmpty)
      .describe('Whether a directory without manifests may lead to deletes.'),
    inUse: z
      .enum(['check', 'require'])
      .default(defaultPolicy.inUse)
      .describe(
        'Whether deletes and other changes that could cut off phone numbers go on (check) or wait (require) while it is not known whether any is linked.',
      ),
    keys: keysSchema,
    ...limitSchemas,
    scope: z
      .strictObject({
        names: globs.default([]).describe('Glob patterns of application names; an empty list means all.'),
      })
      .prefault({})
      .describe('The applications these manifests may manage. Required when two accounts share one API key.'),
    requestsPerSecond: z
      .number()
      .min(0.5)
      .max(1000)
      .default(10)
      .describe('Maximum requests to the API per second; halved for a while when the API rate limits.'),
    concurrency: z.int().min(1).max(64).default(4).describe('Maximum concurrent requests.'),
    requestTimeoutSeconds: z
      .number()
      .min(1)
      .max(60)
      .default(30)
      .describe('How long the API may take to start a response, and again to finish it, in seconds.'),
    limits: z
      .strictObject({
        pages: z
          .int()
          .min(1)
          .max(10_000)
          .default(1000)
          .describe('Maximum length of a listing, in pages of 100 applications and 512 KiB on average.'),
      })
      .prefault({})
      .describe('Limits on what is read from the API; an account above them is not reconciled.'),
    nameSuffix: z
      .string()
      .default('')
      .describe(
        'Added to every name in the manifests, last, such as " (staging)". It has no effect on names in patches, by which applications are found.',
      ),
    variables: z
      .record(variableName, z.string())
      .default({})
      .describe('Values for placeholders in manifests, by name. They are shown in plans: do not use them for secrets.'),
    environment: z
      .array(variableName)
      .default([])
      .describe(
        'Environment variables that placeholders in manifests may use. Their values are not shown, except in names and ids of applications.',
      ),
    exclude: globs.default([]).describe('Glob patterns of files that are not manifests, relative to the directory.'),
    interval: interval.optional(),
    schedule: z
      .string()
      .regex(/^\s*([\dA-Za-z*,/?#-]+\s+){4,5}[\dA-Za-z*,/?#-]+\s*$/, {
        error: 'expected a cron expression of five fields (six with seconds), such as "*/5 * * * *"',
      })
      .optional()
      .describe(
        'Instead of interval: a cron expression, in UTC unless timezone says otherwise. Where day of the month and day of the week are both restricted, either is enough.',
      ),
    timezone: timezone.optional(),
  })
  .superRefine((value, context) => {
    if (value.interval !== undefined && value.schedule !== undefined)
      context.addIssue({ code: 'custom', path: ['schedule'], message: 'set either interval or schedule, not both' });
    if (value.timezone !== undefined && value.schedule === undefined)
      context.addIssue({
        code: 'custom',
        path: ['timezone'],
        message: 'only a schedule has a time zone: add schedule',
      });
  })
  .describe('One Vonage account (API key), and the directory of its manifests.');

const state = z
  .union(
    [
      z.string().min(1),
      z.strictObject({ directory: z.string().min(1).describe('State directory, relative to this file.') }),
    ],
    { error: 'expected a directory, such as /var/lib/vonage-gitops, or { directory: DIR }' },
  )
  .describe(
    'State directory with ledgers and private keys, relative to this file; the same as { directory: DIR }. --state and VONAGE_GITOPS_STATE override it. Default: .vonage-gitops next to this file',
  );

/** The whole file. */
export const configSchema = z
  .strictObject({
    apiVersion: z.literal('vonage-gitops/v1').describe('Version of this format.'),
    kind: z.literal('Config').describe('What this file is.'),
    state: state.optional(),
    sources: sourcesSchema,
    accounts: z.array(account).min(1).describe('The accounts; each is reconciled separately.'),
    daemon: daemonSchema,
    reports: reportsSchema,
  })
  .superRefine((value, context) => {
    for (const { path, message } of [...misnamedSources(value), ...misfitReports(value)]) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
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
