import type { Context } from 'hono';
import type { DaemonConfig } from '../config/daemon.ts';
import type { WebhookConfig } from '../config/source.ts';
import type { ApiToken } from '../config/tokens.ts';
import type { ObjectId } from '../core/git/object-id.ts';
import type { SourceStatus } from '../core/git/source-status.ts';
import type { WebhookKind } from '../core/git/webhook-kind.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import type { z } from '../core/zod.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import type { Metrics } from '../status/metrics.ts';
import type { Commits } from './commits.ts';

/** A request that is refused: the HTTP status, and what is said. */
export class HttpRefusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 503;
  readonly code: string;
  /** Of a 429: when another attempt makes sense. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: HttpRefusal['status'], code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A webhook whose body is on its way. */
export interface SignatureCheck {
  update(bytes: Uint8Array): void;
  /** Whether all of the body is signed by who knows the secret. */
  isRight(): boolean;
}

/** What a webhook is checked by. */
interface SignedHook {
  readonly kind: WebhookKind;
  readonly secret: string;
  readonly header: (name: string) => string | undefined;
}

/** What the HTTP server shows and lets people do. */
export interface HttpOptions {
  readonly daemon: Daemon;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly program: string;
  /** As configured now. */
  readonly config: () => Pick<DaemonConfig, 'hosts' | 'listen'>;
  /** As configured now. */
  readonly tokens: () => readonly ApiToken[];
  readonly configurationValid: () => boolean;
  /** Asks the git server of an account now, if its manifests come from one; ends when that is over. */
  readonly refreshSource: (account: string) => Promise<void>;
  /** All git sources that were asked already. */
  readonly sources: () => readonly SourceStatus[];
  readonly commits: Commits;
  /** How the git source of an account is; undefined of a directory, and before it was asked. */
  readonly sourceOf: (account: string) => SourceStatus | undefined;
  /** The webhook of a source, as configured now; undefined of one without, and of one that is not configured. */
  readonly webhookOf: (source: string) => WebhookConfig | undefined;
  /** The check of a webhook's signature; undefined where the headers cannot be right, whatever the body is. */
  readonly signatureOf: (hook: SignedHook) => SignatureCheck | undefined;
  /** Asks the server of a git source soon, without waiting for it. */
  readonly checkSource: (source: string) => void;
  /** The git source of an account, as configured now; undefined of a directory. */
  readonly sourceNameOf: (account: string) => string | undefined;
  /** Whether a commit descends from another one, in the repository of an account. @throws {ReconcilerError} E_SOURCE_STORE */
  readonly containsCommit: (account: string, commit: string, other: ObjectId) => Promise<boolean>;
  /** Takes secrets out of what is about to leave. */
  readonly scrub: Scrub;
  /** Longest a request may take, in milliseconds. */
  readonly requestMs?: number;
}

/** Responds with a document, without the values of secrets in it. */
export function respond<Schema extends z.ZodType>(
  c: Context,
  { scrub }: HttpOptions,
  _schema: Schema,
  document: z.infer<Schema>,
  status: 200 | 202 | 409 | 502 = 200,
): Response {
  return c.body(scrub(JSON.stringify(document)), status, { 'content-type': 'application/json' });
}
