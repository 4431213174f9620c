import { createAdaptorServer, type HttpBindings, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { Account } from './account.ts';
import { type EmulatorAdmin, emulatorAdmin } from './admin.ts';
import { adminRoutes } from './admin-routes.ts';
import { handleApi, type RetryAfter } from './api.ts';
import type { Dialect } from './application-shape.ts';
import { DataFile, loadDataFile } from './data-file.ts';
import { type FaultRule, faultRuleSchema } from './fault-rule.ts';
import { FaultBook } from './faults.ts';
import { problemDocument } from './problem.ts';
import { type RateLimit, TokenBucket } from './rate-limit.ts';
import { RequestLog } from './request-log.ts';
import { Store } from './store.ts';
import { resolveSwitches, type Switches } from './switches.ts';

/** How the emulator is to behave; everything has a default. */
export interface EmulatorOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port; 0 (the default) takes a free one. */
  readonly port?: number;
  /** Default `abcd1234`. */
  readonly apiKey?: string;
  /** Default `emulator-secret`. */
  readonly apiSecret?: string;
  /** Spelling of the connect timeout; default both. */
  readonly dialect?: Dialect;
  /** File in which applications outlive the process; default none. Private keys are never in it. */
  readonly dataFile?: string;
  /** Requests allowed; default unlimited. */
  readonly rateLimit?: RateLimit;
  /** What a 429 of the rate limit says in Retry-After; default none. */
  readonly retryAfter?: RetryAfter;
  /** Delay before every answer, ms; default 0. */
  readonly latencyMs?: number;
  readonly faults?: readonly FaultRule[];
  readonly switches?: Partial<Switches>;
  /** Let other machines use the admin prefix; default false. */
  readonly adminOpen?: boolean;
  /** Clock, ms since the epoch. */
  readonly now?: () => number;
  /** Random numbers from 0 to 1 for faults with a probability. */
  readonly random?: () => number;
}

/** A running emulator. */
export interface Emulator {
  /** Where it answers, without a path. */
  readonly url: string;
  readonly port: number;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly admin: EmulatorAdmin;
  /** Stop: open connections are cut, the data file is complete. More calls wait for the first one. */
  close(): Promise<void>;
}

/** Path below which the admin answers. */
export const ADMIN_PREFIX = '/__emulator';

/** Kept open longer than clients keep idle connections, so that reuse never meets a closing one. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Start an emulator of Vonage's Application API v2: the five operations, their errors, and faults by rule. Written
 * from public documents and recorded answers only. Rejects if the port is taken or the data file is not one.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { apiKey = 'abcd1234', apiSecret = 'emulator-secret', host = '127.0.0.1', dialect = 'both' } = options;
  const { now = Date.now, random = Math.random, dataFile } = options;
  const switches = resolveSwitches(options.switches);
  const records = dataFile === undefined ? [] : await loadDataFile(dataFile);
  const file = dataFile === undefined ? undefined : new DataFile(dataFile, () => store.all());
  const saving = new SaveState(file);
  const store = new Store(records, now, () => saving.changed());
  const account = new Account(store, dialect, switches);
  const faults = new FaultBook(random);
  faults.arm((options.faults ?? []).map((rule) => faultRuleSchema.parse(rule)));
  const log = new RequestLog();
  const bucket = options.rateLimit === undefined ? undefined : new TokenBucket(options.rateLimit, now);
  const admin = emulatorAdmin({ account, store, dialect, faults, log, bucket });
  const saved = () => saving.saved();
  const { retryAfter = 'none', latencyMs = 0 } = options;
  const credentials = `${apiKey}:${apiSecret}`;
  const parts = { account, store, switches, faults, log, bucket, retryAfter, latencyMs, credentials, now, saved };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route(ADMIN_PREFIX, adminRoutes(admin, options.adminOpen ?? false, saved));
  app.all('*', (c) => handleApi(parts, c.req.raw, c.env));
  app.onError((_, c) => c.json(problemDocument({ kind: 'internal-error' }, switches).body, 500)); // a body cut short
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: { keepAliveTimeout: KEEP_ALIVE_MS } });
  const port = await listen(server, options.port ?? 0, host);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stop(server).then(saved);
    return closing;
  };
  return { url: `http://${reachable(host)}:${port}`, port, apiKey, apiSecret, admin, close };
}

/** Starts a write on each change and remembers the latest one for those who must wait for it. */
class SaveState {
  readonly #file: DataFile | undefined;
  #latest: Promise<void> = Promise.resolve();

  constructor(file: DataFile | undefined) {
    this.#file = file;
  }

  changed(): void {
    if (this.#file === undefined) return;
    this.#latest = this.#file.save();
    this.#latest.catch(() => undefined); // told to whoever awaits saved()
  }

  saved(): Promise<void> {
    return this.#latest;
  }
}

function listen(server: ServerType, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

/** An address one can call, for an address one can listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
