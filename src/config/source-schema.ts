import { accountNamePattern, expectedAccountName } from '../core/account-name.ts';
import { parseRepositoryAddress } from '../core/git/repository-address.ts';
import { typeWords } from '../core/schema-words.ts';
import { z } from '../core/zod.ts';
import { percent } from './limit-schemas.ts';
import { secretSchema } from './secret-schema.ts';
import { authSchema } from './source/auth-schema.ts';
import { contradictionsIn } from './source/contradictions.ts';
import { refSchema } from './source/ref-schema.ts';
import { refuse } from './source/refuse.ts';
import { webhookSchema } from './source/webhook-schema.ts';

/** Name of a source: it becomes a part of names of refs and files. */
const name = z
  .string({ error: typeWords('a name of your choice, such as main') })
  .regex(accountNamePattern, { error: expectedAccountName });

/** Whether a directory of this machine is allowed is for the environment to say, and not looked at here. */
const url = z
  .string({ error: typeWords('the URL of the repository, such as https://git.example.com/team/config.git') })
  .transform((text, context) => {
    const address = parseRepositoryAddress(text, { allowFile: true });
    return 'problem' in address ? refuse(context, address.problem) : address;
  });

const file = z.string().min(1);

const verify = z
  .strictObject({
    mode: z
      .enum(['head', 'tag', 'all'])
      .default('head')
      .describe(
        'What must be signed. head: the latest commit, whose signer vouches for all before it. tag: the tag itself. all: every commit since the accepted one, of merges only what they were merged into.',
      ),
    allowedSigners: file
      .optional()
      .describe('File of SSH keys that may sign, relative to this file, in the format of ssh-keygen.'),
    gpgKeys: z.array(file).min(1).optional().describe('Files of GPG public keys that may sign, relative to this file.'),
  })
  .refine(({ allowedSigners, gpgKeys }) => allowedSigners !== undefined || gpgKeys !== undefined, {
    error: 'no key may sign yet: set allowedSigners, gpgKeys or both',
  });

const interval = z
  .strictObject({
    seconds: z.number().min(10).max(86_400).default(60).describe('Time between checks for new commits, in seconds.'),
    jitterPercent: percent.default(10).describe('Random variation of the interval, in percent (0 to 100).'),
  })
  .prefault({});

const staleAfter = z
  .strictObject({
    seconds: z
      .number()
      .min(1)
      .max(2_592_000)
      .default(3600)
      .describe('How long fetching may fail before a notification says so, in seconds.'),
  })
  .prefault({});

const git = z
  .strictObject({
    url: url.describe(
      'URL of the repository: https or ssh, or git@HOST:PATH. It must not contain credentials: auth has them.',
    ),
    ref: refSchema,
    auth: authSchema.optional(),
    ca: file
      .optional()
      .describe(
        'File of certificates (PEM) of authorities that the https server is trusted by, in place of all others; relative to this file.',
      ),
    verify: verify.optional().describe('Accepts only signed commits. Default: any commit.'),
    interval: interval.describe('How often the daemon checks for new commits.'),
    history: z
      .enum(['full', 'shallow'])
      .default('full')
      .describe('Whether the first fetch is of all commits, or of the latest one only.'),
    timeoutSeconds: z.number().min(1).max(3600).default(60).describe('Time limit of a fetch, in seconds.'),
    staleAfter: staleAfter.describe('When a source that cannot be fetched is reported as stale.'),
    immutableTags: z
      .boolean()
      .optional()
      .describe('Whether a tag that was moved is refused. Default: true with ref.semver, else false.'),
    allowRewind: z
      .boolean()
      .optional()
      .describe('Whether a verified source may go back to an earlier commit, or to an unrelated one. Default: false.'),
    maxRepositoryMiB: z
      .int()
      .min(1)
      .max(1_048_576)
      .default(2048)
      .describe('Maximum size of the stored repository, in MiB; a fetch that exceeds it is stopped.'),
  })
  .superRefine((value, context) => {
    for (const { path, message } of contradictionsIn(value)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

const source = z.strictObject({
  name: name.describe('Name of the source in output and metrics.'),
  git: git.describe('A git repository at one ref.'),
  planToken: secretSchema
    .optional()
    .describe('Bearer token of the HTTP API that may ask for plans of commits of this repository, and nothing else.'),
  webhook: webhookSchema.optional(),
});

/** The sources of the file. */
export const sourcesSchema = z
  .array(source)
  .default([])
  .describe('Repositories that accounts take their manifests from.');

/** One source of the file. */
export type SourceFile = z.output<typeof source>;
