import { expect } from 'vitest';
import type { z } from 'zod';
import type { DaemonConfig } from '../../src/config/daemon.ts';
import type { Secret } from '../../src/config/secret.ts';
import type { WebhookConfig } from '../../src/config/source.ts';
import { apiTokens } from '../../src/config/tokens.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { scrubber } from '../../src/core/redact/scrubber.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { webhookSignature } from '../../src/forge/webhook-signature.ts';
import { httpApp } from '../../src/http/app.ts';
import type { Commits } from '../../src/http/commits.ts';
import type { HttpOptions } from '../../src/http/responses.ts';
import { Metrics } from '../../src/status/metrics.ts';
import { aLog } from './builders.ts';
import { aSpec, aStore, type FakeSpec, type FakeStore } from './fakes.ts';
import { ManualClock, settled } from './manual-clock.ts';

/** A secret with this value. */
export const secretOf = (value: string): Secret => ({
  read: () => value,
  source: 'test',
  file: undefined,
  variables: [],
});
/** A secret whose file is missing. */
export const unreadable: Secret = {
  ...secretOf(''),
  read: () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'daemon', what: 'token', remedy: 'it' });
  },
};

/** None of the daemon's tokens is configured. */
export const noTokens = { token: undefined, readToken: undefined, syncToken: undefined, approveToken: undefined };

/** A daemon that acts for one token and reads for another. */
export const locked: DaemonConfig = {
  url: undefined,
  clientToken: undefined,
  listen: { host: '127.0.0.1', port: 8080 },
  hosts: ['gitops.example.com'],
  token: secretOf('acts'),
  readToken: secretOf('reads'),
  syncToken: secretOf('syncs'),
  approveToken: secretOf('approves'),
  shutdownSeconds: 10,
  watch: { mode: 'off', quietMs: 0, pollSeconds: 1 },
  notifications: [],
};

interface Served {
  readonly daemon: Daemon;
  readonly clock: ManualClock;
  readonly specs: readonly FakeSpec[];
  readonly store: FakeStore;
  /** The log of the server. */
  readonly log: ReturnType<typeof aLog>;
  /** Sources whose servers webhooks had asked, each as often as that was. */
  readonly checked: readonly string[];
  /** Method and path of every route of the server. */
  readonly registered: readonly string[];
  ask(path: string, options?: Ask): Promise<Response>;
  fetch(request: Request): Response | Promise<Response>;
}

interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly host?: string;
  readonly body?: unknown;
  readonly accept?: string;
}

/** No account has a git source. */
const noCommits: Commits = {
  accounts: () => new Map(),
  open: async (source) => {
    throw new RangeError(`no source ${source}`);
  },
};

const running: Daemon[] = [];

/** Stops every daemon of the test. */
export async function stopAll(): Promise<void> {
  for (const daemon of running.splice(0)) await daemon.stop();
}

/** A daemon with these accounts behind its HTTP server. */
export async function served({
  specs = [aSpec()],
  store = aStore(),
  config = locked,
  sources = [{ name: 'voice', planToken: secretOf('plans') }],
  git = {},
  requestMs,
  webhooks = {},
}: {
  readonly specs?: readonly FakeSpec[];
  readonly store?: FakeStore;
  readonly config?: DaemonConfig;
  readonly sources?: Parameters<typeof apiTokens>[0]['sources'];
  /** What is known of git sources; nothing by default. */
  readonly git?: Partial<HttpOptions>;
  readonly requestMs?: number;
  readonly webhooks?: Readonly<Record<string, WebhookConfig>>;
} = {}): Promise<Served> {
  const clock = new ManualClock();
  const log = aLog();
  const checked: string[] = [];
  const metrics = new Metrics({ version: '1.0.0', node: 'v20', processMetrics: false });
  const tell: ConstructorParameters<typeof Daemon>[0]['tell'] = (event, _before, after) => metrics.count(event, after);
  const daemon = new Daemon({ clock, random: () => 0.5, log: () => aLog(), store: () => store, tell });
  running.push(daemon);
  daemon.use(specs);
  await settled();
  const app = httpApp({
    daemon,
    metrics,
    clock,
    log,
    program: '1.0.0',
    config: () => config,
    tokens: () => apiTokens({ daemon: config, sources }),
    configurationValid: () => true,
    sources: () => [],
    sourceOf: () => undefined,
    refreshSource: async () => undefined,
    webhookOf: (source) => webhooks[source],
    signatureOf: (hook) => webhookSignature({ ...hook, now: clock.now() }),
    checkSource: (source) => void checked.push(source),
    sourceNameOf: () => undefined,
    containsCommit: async () => false,
    commits: noCommits,
    ...git,
    scrub: scrubber(['hunter22']),
    ...(requestMs === undefined ? {} : { requestMs }),
  });
  const ask = async (
    path: string,
    { method = 'GET', token = 'acts', host = 'localhost:8080', body, accept }: Ask = {},
  ) => {
    const headers = {
      host,
      ...(accept === undefined ? {} : { accept }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    return app.request(path, { method, headers, ...init });
  };
  const registered = [...new Set(app.routes.map(({ method, path }) => `${method} ${path}`))];
  return { daemon, clock, log, specs, store, registered, checked, ask, fetch: (request) => app.fetch(request) };
}

/** The document of an answer, as its schema says. */
export async function documentOf<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.infer<Schema>> {
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return schema.parse(await answer.json());
}
