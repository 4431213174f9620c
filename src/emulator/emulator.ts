import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { type EmulatorAdmin, emulatorAdmin } from './admin.ts';
import { adminRoutes } from './admin-routes.ts';
import { handleApi } from './api.ts';
import type { ApiParts, RetryAfter } from './api-parts.ts';
import { Account } from './applications/account.ts';
import type { Dialect } from './applications/application-shape.ts';
import { problemDocument } from './applications/problem.ts';
import { Store } from './applications/store.ts';
import { resolveSwitches, type Switches } from './applications/switches.ts';
import { DataFile, loadDataFile } from './data-file.ts';
import { type FaultRule, faultRuleSchema } from './faults/fault-rule.ts';
import { FaultBook } from './faults/faults.ts';
import { NumberStore } from './numbers/number-store.ts';
import { type OwnedNumber, ownedNumbersSchema } from './numbers/owned-number.ts';
import { type RateLimit, TokenBucket } from './rate-limit.ts';
import { RequestLog } from './request-log.ts';
import { openServer } from './server.ts';

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
  /** Numbers of the account; those in the data file stay as they are there. */
  readonly numbers?: readonly OwnedNumber[];
  /** File in which applications and numbers outlive the process; default none. Private keys are never in it. */
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
const ADMIN_PREFIX = '/__emulator';

/**
 * Start an emulator of Vonage's Application API v2, the five operations, and of what the Numbers API says about linked numbers; with their
 * errors, and faults by rule. Written
 * from public documents and recorded answers only. Rejects if the port is taken or the data file is not one.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { apiKey = 'abcd1234', apiSecret = 'emulator-secret', dialect = 'both', dataFile } = options;
  const { now = Date.now, random = Math.random, retryAfter = 'none', latencyMs = 0 } = options;
  const switches = resolveSwitches(options.switches);
  const kept = await loadDataFile(dataFile);
  const file = new DataFile(dataFile, () => ({ applications: store.all(), numbers: numbers.all() }));
  const store = new Store(kept.applications, now, () => file.changed());
  const numbers = new NumberStore(kept.numbers, now, () => file.changed());
  numbers.add(ownedNumbersSchema.parse(options.numbers ?? []));
  const account = new Account(store, dialect, switches);
  const faults = new FaultBook(random);
  faults.arm((options.faults ?? []).map((rule) => faultRuleSchema.parse(rule)));
  const log = new RequestLog();
  const bucket = options.rateLimit === undefined ? undefined : new TokenBucket(options.rateLimit, now);
  const admin = emulatorAdmin({ account, store, numbers, dialect, faults, log, bucket });
  const saved = () => file.saved();
  const credentials = `${apiKey}:${apiSecret}`;
  const parts = {
    account,
    store,
    numbers,
    switches,
    faults,
    log,
    bucket,
    retryAfter,
    latencyMs,
    credentials,
    now,
    saved,
  };
  const routes = adminRoutes(admin, options.adminOpen ?? false, saved);
  const server = await openServer(emulatorApp(parts, routes), options.host ?? '127.0.0.1', options.port ?? 0);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.stop().then(saved);
    return closing;
  };
  return { url: server.url, port: server.port, apiKey, apiSecret, admin, close };
}

function emulatorApp(parts: ApiParts, routes: ReturnType<typeof adminRoutes>): ReturnType<typeof adminRoutes> {
  const app = new Hono<{ Bindings: HttpBindings }>({ router: new TrieRouter() });
  app.route(ADMIN_PREFIX, routes);
  app.all('*', (c) => handleApi(parts, c.req.raw, c.env));
  // The client left in the middle of its body: nobody reads this.
  app.onError((_, c) => c.json(problemDocument({ kind: 'internal-error' }, parts.switches).body, 500));
  return app;
}
