import { daemonUrlProblem } from '../core/daemon-url.ts';
import { z } from '../core/zod.ts';
import { secretSchema } from './secret-schema.ts';

const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5}$/, {
    error: 'expected host:port, such as 127.0.0.1:8080',
    abort: true,
  })
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, { error: 'the port is at most 65535' });

const url = z
  .string()
  .superRefine((text, context) => {
    const message = daemonUrlProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .optional()
  .describe(
    'URL at which commands elsewhere ask this daemon: https, or http on this machine. --daemon and VONAGE_GITOPS_DAEMON override it. Default: daemon.listen.',
  );

const watch = z
  .strictObject({
    mode: z
      .enum(['auto', 'events', 'poll', 'off'])
      .default('auto')
      .describe(
        'How file changes are detected: file system events, polling, both (auto), or only at each interval (off).',
      ),
    quietMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(500)
      .describe('A pass waits until no file has changed for this long, in milliseconds.'),
    pollSeconds: z.number().min(0.1).max(3600).default(5).describe('Polling interval, in seconds.'),
  })
  .prefault({})
  .describe('How the daemon detects changed manifests.');

/** What notifications tell: only transitions, never the same state twice. */
export const notificationEvents = [
  'synced',
  'drifted',
  'failed',
  'recovered',
  'deleted',
  'recreated',
  'blocked',
  'waiting',
  'invalid-revision',
  'source-failed',
  'source-refused',
  'source-recovered',
] as const;

const events = z
  .array(z.enum(notificationEvents))
  .min(1)
  .optional()
  .describe('Transitions to notify about. Default: all.');

const notification = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('webhook').describe('A JSON document, sent with POST.'),
      url: secretSchema.describe('Webhook URL; it is a secret.'),
      secret: secretSchema.optional().describe('Key of the HMAC-SHA256 signature of the body.'),
      events,
    }),
    z.strictObject({
      kind: z.literal('slack').describe('A message for a Slack-compatible incoming webhook.'),
      url: secretSchema.describe('URL of the incoming webhook; it is a secret.'),
      events,
    }),
  ])
  .describe('A notification target.');

/** The daemon's part of the file. */
export const daemonSchema = z
  .strictObject({
    listen: listen
      .default('127.0.0.1:8080')
      .describe('Address for health, metrics and the HTTP API; port 0 selects a free port.'),
    url,
    hosts: z
      .array(
        z.string().regex(/^[^\s/@]+$/, {
          error: 'expected the name of a host, such as gitops.example.com, without scheme and path',
        }),
      )
      .default([])
      .describe('Additional host names of the HTTP API; requests for other hosts are refused.'),
    token: secretSchema
      .optional()
      .describe('Bearer token for everything below /api/ but approvals. Without any token, /api/ is off.'),
    readToken: secretSchema.optional().describe('Bearer token for read-only access to /api/.'),
    syncToken: secretSchema.optional().describe('Bearer token that may only request passes.'),
    approveToken: secretSchema
      .optional()
      .describe('Bearer token that may only approve. Without it, nothing can be approved through /api/.'),
    shutdownSeconds: z
      .number()
      .min(1)
      .max(600)
      .default(10)
      .describe('How long changes in progress may take to finish after a signal, in seconds.'),
    watch,
    notifications: z.array(notification).default([]).describe('Notification targets.'),
  })
  .prefault({})
  .describe('Settings of the daemon (vonage-gitops run).');
