import { z } from '../core/zod.ts';
import { secretSchema } from './secret-schema.ts';

const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5}$/, {
    error: 'expected host:port, such as 127.0.0.1:8080',
    abort: true,
  })
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, { error: 'the port is at most 65535' });

const watch = z
  .strictObject({
    mode: z
      .enum(['auto', 'events', 'poll', 'off'])
      .default('auto')
      .describe(
        'How changes of files are noticed: events of the file system, polling, both (auto), or only at each interval (off).',
      ),
    quietMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(500)
      .describe('A pass waits until nothing has changed for this long, in milliseconds.'),
    pollSeconds: z.number().min(0.1).max(3600).default(5).describe('Time between looks when polling, in seconds.'),
  })
  .prefault({})
  .describe('How the daemon notices changed manifests.');

/** What notifications tell: only transitions, never the same state twice. */
export const notificationEvents = [
  'synced',
  'drifted',
  'failed',
  'recovered',
  'deleted',
  'blocked',
  'invalid-revision',
] as const;

const events = z
  .array(z.enum(notificationEvents))
  .min(1)
  .optional()
  .describe('Which transitions are told. Default: all.');

const notification = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('webhook').describe('A JSON document by POST.'),
      url: secretSchema.describe('Where it goes; such an address is a secret.'),
      secret: secretSchema.optional().describe('Key of the HMAC-SHA256 signature of the body.'),
      events,
    }),
    z.strictObject({
      kind: z.literal('slack').describe('A message for a Slack-compatible incoming webhook.'),
      url: secretSchema.describe('Address of the incoming webhook; it is a secret.'),
      events,
    }),
  ])
  .describe('Someone to tell.');

/** The daemon's part of the file. */
export const daemonSchema = z
  .strictObject({
    listen: listen
      .default('127.0.0.1:8080')
      .describe('Where health, metrics and the HTTP API are served; port 0 takes a free one.'),
    hosts: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Further host names under which the HTTP API is reached; others than these and the own address are refused.',
      ),
    token: secretSchema.optional().describe('Bearer token for everything below /api/. Without any token /api/ is off.'),
    readToken: secretSchema.optional().describe('Bearer token for reading below /api/ only.'),
    shutdownSeconds: z
      .number()
      .min(1)
      .max(600)
      .default(10)
      .describe('How long the change in flight may take to finish after a signal, in seconds.'),
    watch,
    notifications: z.array(notification).default([]).describe('Whom to tell of transitions.'),
  })
  .prefault({})
  .describe('Settings of the daemon (vonage-gitops run).');
