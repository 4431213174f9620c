import { ReconcilerError } from '../core/errors.ts';
import { type Scrub, scrubber } from '../core/redact/scrubber.ts';
import { Semaphore } from '../core/semaphore.ts';
import { type JoinedSignal, withSignals } from '../core/signals.ts';
import type { Clock, Log, WriteGuard } from '../reconcile/ports.ts';
import { type AttemptResult, abortedCode, attemptKind, type TransportFailure } from './attempt-result.ts';
import { Breaker, healthOf } from './breaker.ts';
import { startDeadline } from './deadline.ts';
import type { Call, CallResult, Credentials, RequestEvent } from './failure.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { backoffDelay, isRepeated, mayHaveTakenEffect, parseRetryAfter } from './retry.ts';
import { isStoppedBetween, stoppedBetween, stoppedBy } from './stopped.ts';
import type { Transport } from './transport.ts';

/** What calls are sent with. */
export interface SenderOptions {
  readonly transport: Transport;
  readonly rateLimiter: RateLimiter;
  readonly concurrency: number;
  readonly credentials: () => Credentials;
  /** Where they are read from, for people. */
  readonly credentialsFrom: string;
  /** Further values that must not show up in errors, such as a proxy's password. */
  readonly secrets: readonly string[];
  /** Longest call from its first attempt to its end, repetitions included, in milliseconds. */
  readonly deadlineMs: number;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly observe: (event: RequestEvent) => void;
  /** Asked before each attempt of a POST, PUT or DELETE. */
  readonly guard?: WriteGuard;
}

interface Progress {
  readonly call: Call;
  /** The attempt in progress or just over, counted from 1. */
  readonly attempt: number;
  readonly last: AttemptResult | undefined;
  readonly effectPossible: boolean;
  readonly answered: boolean;
}

interface Permit {
  readonly epoch: number;
  readonly probe: boolean;
  readonly release: () => void;
}

/** Sends calls attempt by attempt: semaphore, rate limiter, circuit breaker, request, and what the tables in retry.ts say. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #semaphore: Semaphore;
  readonly #breaker = new Breaker();
  readonly #secrets = new Set<string>();
  #authorization: string | undefined;
  #scrub: Scrub = scrubber([]);
  #lastFailure = '';
  /** What people would not see: a copied secret often brings a blank along. */
  #blankHint = '';

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#semaphore = new Semaphore(options.concurrency);
    for (const secret of options.secrets) this.#secrets.add(secret);
  }

  /** Never rejects for what a server or the network does. */
  async send(asked: Call): Promise<CallResult> {
    const lost = asked.verb === 'GET' ? undefined : this.#options.guard?.lost;
    if (lost === undefined) return this.#send(asked);
    return withSignals([lost, asked.signal], (signal) => this.#send({ ...asked, signal }));
  }

  async #send(call: Call): Promise<CallResult> {
    const { deadlineMs, clock } = this.#options;
    let started: { readonly at: number; readonly deadline: JoinedSignal } | undefined;
    let progress: Progress = { call, attempt: 0, last: undefined, effectPossible: false, answered: false };
    try {
      for (;;) {
        const permit = await this.#permit(progress, started?.deadline.signal ?? call.signal);
        if (permit instanceof ReconcilerError) return this.#ended(progress, permit);
        started ??= { at: clock.monotonic(), deadline: startDeadline(deadlineMs, call.signal) };
        progress = { ...progress, attempt: progress.attempt + 1 };
        const { result, epoch } = await this.#attempt(progress, permit, started.deadline.signal);
        progress = this.#after(progress, result);
        const delayMs = this.#applyServerHints(progress, result, epoch);
        const inTime = clock.monotonic() + delayMs < started.at + deadlineMs;
        if (!inTime || !isToRepeat(progress, result)) return this.#ended(progress);
        this.#logRepetition(progress, result, delayMs);
        await clock.sleep(delayMs, started.deadline.signal);
      }
    } catch (error) {
      if (!call.signal?.aborted && !started?.deadline.signal.aborted) throw error;
      return this.#ended(progress, stoppedBy(call.signal));
    } finally {
      started?.deadline.release();
    }
  }

  /** Waits until an attempt may leave: its turn, a token of the rate limiter, the lock for what writes, the circuit breaker's leave. */
  async #permit({ call }: Progress, signal: AbortSignal | undefined): Promise<Permit | ReconcilerError> {
    const { rateLimiter, clock, guard } = this.#options;
    const release = await this.#semaphore.take(signal);
    try {
      this.#readCredentials();
      const epoch = await rateLimiter.take(signal);
      if (call.verb !== 'GET') await guard?.assertHeld();
      const admitted = this.#breaker.admit(clock.monotonic());
      if (admitted !== 'refused') return { epoch, probe: admitted === 'probe', release };
    } catch (error) {
      release();
      if (error instanceof ReconcilerError) return error;
      throw error;
    }
    release();
    const report = this.#breaker.report(clock.monotonic());
    return new ReconcilerError('E_API_CIRCUIT_OPEN', {
      url: `${call.url.protocol}//${call.url.host}`,
      last: this.#lastFailure,
      ...report,
    });
  }

  async #attempt(
    progress: Progress,
    permit: Permit,
    signal: AbortSignal,
  ): Promise<{ result: AttemptResult; epoch: number }> {
    const { call } = progress;
    const { transport, clock } = this.#options;
    const began = clock.monotonic();
    try {
      const result = await transport.exchange({
        verb: call.verb,
        url: call.url,
        headers: this.#headers(call),
        body: call.body,
        signal,
        scrub: this.#scrub,
        mayLeave: () => call.verb === 'GET' || (this.#options.guard?.isFresh() ?? true),
      });
      this.#note(progress, permit, result, Math.round(clock.monotonic() - began));
      return { result, epoch: permit.epoch };
    } catch (error) {
      if (!signal.aborted) throw error;
      const result = abortedResult(call.signal);
      if (result.code === abortedCode) this.#breaker.note('neutral', permit.probe, clock.monotonic());
      else this.#note(progress, permit, result, Math.round(clock.monotonic() - began));
      return { result, epoch: permit.epoch };
    } finally {
      permit.release();
    }
  }

  #after(progress: Progress, result: AttemptResult): Progress {
    const hasEffect = mayHaveTakenEffect(attemptKind(result));
    if (hasEffect && progress.call.verb !== 'GET') this.#options.guard?.mayHaveTakenEffect();
    const answered = progress.answered || result.kind === 'response' || result.kind === 'unreadable';
    return { ...progress, last: result, effectPossible: progress.effectPossible || hasEffect, answered };
  }

  /** Tells circuit breaker, metrics and log about an attempt. */
  #note({ call, attempt }: Progress, permit: Permit, result: AttemptResult, durationMs: number): void {
    const { clock, log, observe } = this.#options;
    const ended = result.kind === 'response' ? { status: result.status } : { code: result.code };
    observe({ verb: call.verb, attempt, durationMs, ...ended });
    const fields = { verb: call.verb, path: call.url.pathname, attempt, durationMs, ...ended };
    log.debug(fields, 'request ended');
    const health = healthOf(result);
    if (health === 'failing' || health === 'unauthorized') {
      this.#lastFailure = result.kind === 'response' ? `status ${result.status}` : result.code;
    }
    if (!this.#breaker.note(health, permit.probe, clock.monotonic())) return;
    log.warn({ ...ended, ...this.#breaker.report(clock.monotonic()) }, 'circuit opened');
  }

  /** What the result asks of the rate limiter, and milliseconds until the next attempt. */
  #applyServerHints(progress: Progress, result: AttemptResult, epoch: number): number {
    const { rateLimiter, clock, random, log } = this.#options;
    const throttled = attemptKind(result) === 'throttled';
    // Limiters in front of servers say 503. What is simply repeated backs off; a create that meets one costs a whole settle time.
    const slowDown = throttled || (progress.call.verb === 'POST' && 'status' in result && result.status === 503);
    if (slowDown && rateLimiter.throttled(epoch))
      log.warn({ requestsPerSecond: rateLimiter.rate }, 'rate limited, slowing down');
    const header = result.kind === 'response' && (throttled || result.status === 503) ? result.retryAfter : undefined;
    const retryAfterMs = parseRetryAfter(header, clock.now());
    if (retryAfterMs !== undefined) rateLimiter.pause(retryAfterMs);
    return backoffDelay(progress.attempt, retryAfterMs, random());
  }

  #logRepetition({ call, attempt }: Progress, result: AttemptResult, delayMs: number): void {
    const ended = result.kind === 'response' ? { status: result.status } : { code: result.code };
    const fields = { verb: call.verb, path: call.url.pathname, attempt, delayMs, ...ended };
    this.#options.log.debug(fields, 'request will be retried');
  }

  /**
   * A real result says more than the reason for not trying again, unless it is only why it was to be tried again when the caller
   * stopped it; the loss of the lock says more than that nothing has left.
   */
  #ended(progress: Progress, error = stoppedBy(progress.call.signal)): CallResult {
    const { last: result, effectPossible, answered } = progress;
    const common = {
      effectPossible,
      answered,
      scrub: this.#scrub,
      credentialsFrom: `${this.#options.credentialsFrom}${this.#blankHint}`,
    };
    if (result !== undefined && isStoppedBetween(progress, result))
      return {
        ...common,
        end: 'stopped',
        error: stoppedBetween(progress.call, result, this.#options.clock),
        attempts: 0,
      };
    const heldBack = error.code === 'E_LOCK_LOST' && !effectPossible && !answered;
    if (result === undefined || heldBack) return { ...common, end: 'stopped', error, attempts: 0 };
    return { ...common, end: 'result', result, attempts: progress.attempt };
  }

  #readCredentials(): void {
    const { key, secret } = this.#options.credentials();
    const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
    if (authorization === this.#authorization) return;
    this.#breaker.reset();
    this.#authorization = authorization;
    const blank = [key === key.trim() ? [] : 'the key', secret === secret.trim() ? [] : 'the secret'].flat();
    this.#blankHint = blank.length === 0 ? '' : ` (${blank.join(' and ')} begins or ends with white space)`;
    // Rotated secrets stay secret: responses that quote the old ones may still come.
    for (const value of [key, secret, `${key}:${secret}`]) this.#secrets.add(value);
    this.#scrub = scrubber([...this.#secrets]);
  }

  #headers(call: Call): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
      authorization: this.#authorization ?? '',
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
  }
}

function isToRepeat({ call, attempt }: Progress, result: AttemptResult): boolean {
  return isRepeated(call.verb, attemptKind(result), attempt) && !call.signal?.aborted;
}

function abortedResult(signal: AbortSignal | undefined): TransportFailure {
  if (signal?.aborted) return { kind: 'lost', code: abortedCode, reason: 'stopped while in progress' };
  return { kind: 'lost', code: 'ETIMEDOUT', reason: 'the request timed out' };
}
