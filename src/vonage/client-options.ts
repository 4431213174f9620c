import type { ProxySettings } from '../net/proxy.ts';
import type { Clock, Log, WriteGuard } from '../reconcile/ports.ts';
import type { Credentials, RequestEvent } from './failure.ts';
import type { Timeouts } from './transport.ts';

/** One account's connection to the Application API. */
export interface VonageClientOptions {
  /** Such as https://api.nexmo.com. */
  readonly baseUrl: string;
  /** Asked before every request, so that rotated secrets are picked up. */
  readonly credentials: () => Credentials;
  /** Where they are read from, for people: `environment VONAGE_API_KEY and file /run/secrets/api-secret`. */
  readonly credentialsFrom: string;
  readonly requestsPerSecond: number;
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Hosts beyond Vonage's own and this machine that may get the credentials. From the environment only. */
  readonly allowedHosts: readonly string[];
  readonly userAgent: string;
  /** Requests in flight at once; 4 if not given. */
  readonly concurrency?: number;
  /** Told about every attempt, for metrics. */
  readonly observe?: (event: RequestEvent) => void;
  /** Whether this process may write at all; asked before each attempt. */
  readonly guard?: WriteGuard;
  readonly proxy?: ProxySettings;
  /** Longest listing that is read, in pages of 100 applications; 1,000 if not given. */
  readonly maxPages?: number;
  /** Longest call from its first attempt on, repetitions included, in milliseconds; 120 s if not given. */
  readonly deadlineMs?: number;
  /** Limits of one attempt, in milliseconds. */
  readonly timeouts?: Partial<Timeouts>;
  /** Pauses before a listing that was not stable is read again, in milliseconds; 1, 5 and 15 s if not given. */
  readonly stablePausesMs?: readonly number[];
}
