import { createHmac } from 'node:crypto';
import type { NotificationConfig } from '../config/daemon.ts';
import { readIfPresent } from '../config/secret.ts';
import { sha256 } from '../core/hash.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import { type Delivery, DeliveryQueue } from './delivery-queue.ts';
import type { Transition } from './transitions.ts';

/** One POST; answers with the status. Rejects when there is no answer. Never names the address in an error: it is a secret. */
export type Deliver = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<number>;

/** What notifying needs. */
export interface NotifierOptions {
  /** Whom to tell, as configured now. */
  readonly targets: () => readonly NotificationConfig[];
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes secrets out of what is told. */
  readonly scrub: Scrub;
  readonly count: (kind: string, result: 'sent' | 'failed' | 'dropped') => void;
}

/** Waiting notifications; more are dropped, the newest first: what began the trouble matters most. */
const longestQueue = 100;
const attempts = 5;
/** The same sentence about the same account is not told again within this time, in milliseconds. */
const sameAgainMs = 15 * 60_000;

interface QueuedNotification {
  readonly target: NotificationConfig;
  readonly transition: Transition;
}

/** Tells of transitions, one after another, in the background: a pass never waits for it. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #queue: DeliveryQueue<QueuedNotification>;
  readonly #told = new Map<string, number>();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#queue = new DeliveryQueue({
      clock: options.clock,
      attempts,
      longest: longestQueue,
      drops: 'newest',
      deliver: (queued, attempt, signal) => this.#deliver(queued, attempt, signal),
      ended: (queued, end) => this.#ended(queued, end === 'taken'),
      dropped: ({ target }) => options.count(target.kind, 'dropped'),
    });
  }

  /** Queues what each target wants to hear. */
  tell(transitions: readonly Transition[]): void {
    const fresh = transitions.filter((transition) => this.#isFresh(transition));
    for (const target of this.#options.targets()) {
      for (const transition of fresh.filter(({ event }) => target.events?.includes(event) ?? true))
        this.#queue.add({ target, transition });
    }
  }

  /** Gives what is queued that much time, in milliseconds, then stops. */
  close(graceMs: number): Promise<void> {
    return this.#queue.close(graceMs);
  }

  #isFresh({ account, source, event, message, at }: Transition): boolean {
    for (const [key, when] of this.#told) if (at - when >= sameAgainMs) this.#told.delete(key);
    const key = `${account ?? source}\n${event}\n${message}`;
    if (this.#told.has(key)) return false;
    this.#told.set(key, at);
    return true;
  }

  async #deliver(queued: QueuedNotification, attempt: number, signal: AbortSignal): Promise<Delivery> {
    const { log } = this.#options;
    const problem = await this.#attempt(queued, signal);
    const fields = { ...fieldsOf(queued), attempt };
    if (problem === undefined) {
      log.debug(fields, 'notification sent');
      return { result: 'taken' };
    }
    log.warn({ ...fields, problem }, 'notification not delivered');
    return { result: 'failed', problem };
  }

  #ended(queued: QueuedNotification, isTaken: boolean): void {
    const { log, count } = this.#options;
    if (!isTaken) log.error(fieldsOf(queued), 'notification dropped');
    count(queued.target.kind, isTaken ? 'sent' : 'failed');
  }

  /** Undefined when it was taken, else why not. */
  async #attempt({ target, transition }: QueuedNotification, signal: AbortSignal): Promise<string | undefined> {
    const url = readIfPresent(target.url);
    if (url === undefined) return 'the URL is missing';
    const body = this.#options.scrub(target.kind === 'slack' ? slackBody(transition) : webhookBody(transition));
    const secret = target.secret && readIfPresent(target.secret);
    const headers = {
      'content-type': 'application/json',
      ...(secret === undefined ? {} : signature(body, secret, this.#options.clock.now())),
    };
    try {
      const status = await this.#options.deliver({ url, headers, body, signal });
      return status >= 200 && status < 300 ? undefined : `status ${status}`;
    } catch (error) {
      // Only the code: messages of HTTP libraries may hold the address.
      return error instanceof Error && 'code' in error ? String(error.code) : 'no response';
    }
  }
}

function fieldsOf({ target, transition: { account, source, event } }: QueuedNotification): object {
  const about = account === undefined ? { source } : { account };
  return { target: target.kind, ...about, notification: event };
}

/** HMAC-SHA256 over timestamp, dot and body. Receivers refuse old timestamps, so that a recorded notification cannot be sent again. */
function signature(body: string, secret: string, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-vonage-gitops-timestamp': timestamp, 'x-vonage-gitops-signature': `sha256=${digest}` };
}

/** The document of a generic webhook. The id is the same at every attempt. */
function webhookBody({ at, ...transition }: Transition): string {
  const id = sha256(JSON.stringify([at, transition])).slice(0, 32);
  return JSON.stringify({ format: 'vonage-gitops.notification/1', id, at: new Date(at).toISOString(), ...transition });
}

function slackBody({ account, source = '', event, message }: Transition): string {
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return JSON.stringify({ text: `vonage-gitops *${account ?? `source ${source}`}* ${event}: ${escaped}` });
}
