import type { DaemonConfig } from '../config/daemon.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import type { Daemon } from './daemon.ts';
import type { Metrics } from './metrics.ts';

/** What the HTTP server shows and lets people do. */
export interface HttpOptions {
  readonly daemon: Daemon;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly program: string;
  /** As configured now. */
  readonly config: () => DaemonConfig;
  readonly configurationValid: () => boolean;
  /** Replaces secrets in what is about to leave. */
  readonly scrub: (text: string) => string;
  /** Longest a request may take, in milliseconds. */
  readonly requestMs?: number;
}
