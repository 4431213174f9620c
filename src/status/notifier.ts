import { createHmac } from 'node:crypto';
import type { NotificationConfig } from '../config/daemon.ts';
import { readIfPresent } from '../config/secret.ts';
import { sha256 } from '../core/hash.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
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
const firstPauseMs = 1_000;
/** The same sentence about the same account is not told again within this time, in milliseconds. */
const sameAgainMs = 15 * 60_000;

interface QueuedNotification {
  readonly target: NotificationConfig;
  readonly transition: Transition;
}

/** Tells of transitions, one after another, in the background: a pass never waits for it. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #queue: QueuedNotification[] = [];
  readonly #told = new Map<string, number>();
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Queues what each target wants to hear. */
  tell(transitions: readonly Transition[]): void {
    const fresh = transitions.filter((transition) => this.#isFresh(transition));
    for (const target of this.#options.targets()) {
      for (const transition of fresh.filter(({ event }) => target.events?.includes(event) ?? true)) {
        if (this.#queue.length >= longestQueue) this.#options.count(target.kind, 'dropped');
        else this.#queue.push({ target, transition });
      }
    }
    this.#working ??= this.#work();
  }

  /** Gives what is queued that much time, in milliseconds, then stops. */
  async close(graceMs: number): Promise<void> {
    const enough = new AbortController();
    const late = this.#options.clock.sleep(graceMs, enough.signal).then(
      () => this.#stop.abort(new Error('daemon is stopping')),
      () => undefined, // everything is told
    );
    await this.#working;
    enough.abort();
    await late;
  }

  #isFresh({ account, source, event, message, at }: Transition): boolean {
    for (const [key, when] of this.#told) if (at - when >= sameAgainMs) this.#told.delete(key);
    const key = `${account ?? source}\n${event}\n${message}`;
    if (this.#told.has(key)) return false;
    this.#told.set(key, at);
    return true;
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // so that `#working` is set before it is cleared
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#send(next);
    this.#working = undefined;
  }

  async #send({ target, transition }: QueuedNotification): Promise<void> {
    const { log, count, clock } = this.#options;
    const { account, source, event } = transition;
    const about = account === undefined ? { source } : { account };
    const fields = { target: target.kind, ...about, notification: event };
    for (let attempt = 1; attempt <= attempts && !this.#stop.signal.aborted; attempt += 1) {
      const problem = await this.#attempt(target, transition);
      if (problem === undefined) {
        log.debug({ ...fields, attempt }, 'notification sent');
        count(target.kind, 'sent');
        return;
      }
      log.warn({ ...fields, attempt, problem }, 'notification not delivered');
      const pauseMs = firstPauseMs * 4 ** (attempt - 1);
      if (attempt < attempts) await clock.sleep(pauseMs, this.#stop.signal).catch(() => undefined); // stopping
    }
    log.error(fields, 'notification dropped');
    count(target.kind, 'failed');
  }

  /** Undefined when it was taken, else why not. */
  async #attempt(target: NotificationConfig, transition: Transition): Promise<string | undefined> {
    const url = readIfPresent(target.url);
    if (url === undefined) return 'the URL is missing';
    const body = this.#options.scrub(target.kind === 'slack' ? slackBody(transition) : webhookBody(transition));
    const secret = target.secret && readIfPresent(target.secret);
    const headers = {
      'content-type': 'application/json',
      ...(secret === undefined ? {} : signature(body, secret, this.#options.clock.now())),
    };
    try {
      const status = await this.#options.deliver({ url, headers, body, signal: this.#stop.signal });
      return status >= 200 && status < 300 ? undefined : `status ${status}`;
    } catch (error) {
      // Only the code: messages of HTTP libraries may hold the address.
      return error instanceof Error && 'code' in error ? String(error.code) : 'no response';
    }
  }
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
