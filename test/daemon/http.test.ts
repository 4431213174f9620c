import { afterEach, expect, test } from 'vitest';
import type { z } from 'zod';
import type { DaemonConfig } from '../../src/config/daemon.ts';
import type { Secret } from '../../src/config/secret.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import {
  accountSchema,
  errorSchema,
  explanationSchema,
  historySchema,
  pausesAnswerSchema,
  plansSchema,
  statusSchema,
  syncSchema,
} from '../../src/daemon/documents.ts';
import { httpApp } from '../../src/daemon/http.ts';
import { openHttpServer } from '../../src/daemon/http-server.ts';
import { Metrics } from '../../src/daemon/metrics.ts';
import { aManifest, anId } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aLog, aProblem } from './builders.ts';
import { aConfig, aSpec, aStore, type FakeSpec, type FakeStore } from './fakes.ts';
import { ManualClock, settled } from './manual-clock.ts';

const secretOf = (value: string): Secret => ({ read: () => value, source: 'test', file: undefined, variables: [] });
const unreadable: Secret = {
  ...secretOf(''),
  read: () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'daemon', what: 'token', remedy: 'it' });
  },
};

const locked: DaemonConfig = {
  listen: { host: '127.0.0.1', port: 8080 },
  hosts: ['gitops.example.com'],
  token: secretOf('acts'),
  readToken: secretOf('reads'),
  shutdownSeconds: 10,
  watch: { mode: 'off', quietMs: 0, pollSeconds: 1 },
  notifications: [],
};

interface Served {
  readonly daemon: Daemon;
  readonly clock: ManualClock;
  readonly specs: readonly FakeSpec[];
  readonly store: FakeStore;
  ask(path: string, options?: Ask): Promise<Response>;
  fetch(request: Request): Response | Promise<Response>;
}

interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly host?: string;
  readonly body?: unknown;
}

const running: Daemon[] = [];
afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.stop();
});

async function served({
  specs = [aSpec()],
  store = aStore(),
  config = locked,
  requestMs,
}: {
  readonly specs?: readonly FakeSpec[];
  readonly store?: FakeStore;
  readonly config?: DaemonConfig;
  readonly requestMs?: number;
} = {}): Promise<Served> {
  const clock = new ManualClock();
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
    log: aLog(),
    program: '1.0.0',
    config: () => config,
    configurationValid: () => true,
    scrub: (text) => text.replaceAll('hunter22', '(secret)'),
    ...(requestMs === undefined ? {} : { requestMs }),
  });
  const ask = async (path: string, { method = 'GET', token = 'acts', host = 'localhost:8080', body }: Ask = {}) => {
    const headers = { host, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    return app.request(path, { method, headers, ...init });
  };
  return { daemon, clock, specs, store, ask, fetch: (request) => app.fetch(request) };
}

async function documentOf<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.infer<Schema>> {
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return schema.parse(await answer.json());
}

test.each([
  { title: 'nobody without a token', token: null, path: '/api/v1/status', method: 'GET', status: 401 },
  { title: 'nobody with a wrong one', token: 'guessed', path: '/api/v1/status', method: 'GET', status: 401 },
  { title: 'the reading token to read', token: 'reads', path: '/api/v1/status', method: 'GET', status: 200 },
  { title: 'the reading token not to act', token: 'reads', path: '/api/v1/sync', method: 'POST', status: 403 },
  { title: 'the acting token to act', token: 'acts', path: '/api/v1/sync', method: 'POST', status: 202 },
  { title: 'everybody to the probe', token: null, path: '/healthz', method: 'GET', status: 200 },
  { title: 'everybody to readiness', token: null, path: '/readyz', method: 'GET', status: 200 },
  { title: 'everybody to the metrics', token: null, path: '/metrics', method: 'GET', status: 200 },
  { title: 'nobody to what is not there', token: 'acts', path: '/api/v1/nothing', method: 'GET', status: 404 },
])('the server lets in $title', async ({ token, path, method, status }) => {
  const { ask } = await served();

  const answer = await ask(path, { token, method });

  expect(answer.status).toBe(status);
  if (status >= 400) errorSchema.parse(await answer.json());
});

test('without a configured token the API does not exist', async () => {
  const { ask } = await served({ config: { ...locked, token: undefined, readToken: undefined } });

  expect((await ask('/api/v1/status')).status).toBe(404);
  expect((await ask('/api/v1/sync', { method: 'POST' })).status).toBe(404);
});

test('a token that cannot be read lets nobody in', async () => {
  const { ask } = await served({ config: { ...locked, token: unreadable, readToken: undefined } });

  expect((await ask('/api/v1/status', { token: '' })).status).toBe(401);
});

test.each([
  { host: 'localhost:8080', status: 200 },
  { host: '127.0.0.1:9999', status: 200 },
  { host: '10.1.2.3:8080', status: 200 },
  { host: '[::1]:8080', status: 200 },
  { host: 'GitOps.example.com', status: 200 },
  { host: 'evil.example.com', status: 403 },
])('a request for the host $host gets $status', async ({ host, status }) => {
  const { ask } = await served();

  expect((await ask('/healthz', { host })).status).toBe(status);
});

test('the status is as its schema says', async () => {
  const { ask } = await served();

  const { accounts } = await documentOf(await ask('/api/v1/status'), statusSchema);

  expect(accounts).toMatchObject([{ account: 'main', state: 'synced', pass: 1, ready: true }]);
});

test('an account shows its applications, and one that is not there is an error', async () => {
  const fake = new FakeAccount();
  fake.declare(aManifest());
  const { ask } = await served({ specs: [aSpec(aConfig(), fake)] });

  const { applications } = await documentOf(await ask('/api/v1/accounts/main'), accountSchema);

  expect(applications).toMatchObject([
    { name: 'Support', state: 'synced', lastChange: { action: 'create', outcome: 'applied' } },
  ]);
  expect((await ask('/api/v1/accounts/other')).status).toBe(404);
});

test('an explanation says everything, by name or by id, and no secret', async () => {
  const fake = new FakeAccount();
  const spec = { capabilities: { messages: { secret: 'hunter22' } }, note: 'with hunter22 inside' };
  fake.declare(aManifest({ spec }));
  const { ask } = await served({ specs: [aSpec(aConfig(), fake)] });

  const answer = await ask('/api/v1/accounts/main/applications/Support');
  const text = await answer.clone().text();
  const explanation = await documentOf(answer, explanationSchema);

  expect(explanation).toMatchObject({
    decision: 'unchanged',
    manifest: { place: { file: 'Support.yaml' } },
    ledger: { origin: 'created' },
  });
  expect(explanation.events).toHaveLength(1);
  expect(text).not.toContain('hunter22');
  expect((await ask(`/api/v1/accounts/main/applications/${explanation.id}`)).status).toBe(200);
  expect((await ask('/api/v1/accounts/main/applications/Nobody')).status).toBe(404);
  expect((await ask(`/api/v1/accounts/main/applications/${anId(99)}`)).status).toBe(404);
});

test('a plan is fresh, and an account that cannot be planned is named', async () => {
  const fake = new FakeAccount();
  const broken = aSpec(aConfig('broken'));
  broken.open = async () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'broken', what: 'API key', remedy: 'it' });
  };
  const { ask } = await served({ specs: [aSpec(aConfig(), fake), broken] });
  fake.declare(aManifest());

  const { plans, errors } = await documentOf(await ask('/api/v1/plan'), plansSchema);

  expect(plans).toMatchObject([{ account: 'main', changes: [{ action: 'create', name: 'Support' }] }]);
  expect(errors).toMatchObject([{ account: 'broken', code: 'NOT_OPEN' }]);
  expect(fake.requests.create).toBe(0);
});

test('a plan that the API fails is an error of that account', async () => {
  const fake = new FakeAccount();
  const { ask } = await served({ specs: [aSpec(aConfig(), fake)] });
  fake.fail('list', new ReconcilerError('E_API_UNREACHABLE', { url: 'https://x', reason: 'hunter22' }));

  const { errors } = await documentOf(await ask('/api/v1/plan?account=main'), plansSchema);

  expect(errors).toMatchObject([{ code: 'E_API_UNREACHABLE', message: expect.stringContaining('(secret)') }]);
});

test('the history folds passes that were like the one before', async () => {
  const { ask, clock } = await served();
  await clock.advance(100_000);
  await clock.advance(100_000);

  const { accounts } = await documentOf(await ask('/api/v1/history'), historySchema);

  expect(accounts).toMatchObject([
    {
      account: 'main',
      events: [
        { event: 'pass', pass: 1 },
        { event: 'same', passes: 2 },
      ],
    },
  ]);
});

test('sync that waits answers with the pass that began after it', async () => {
  const fake = new FakeAccount();
  const { ask } = await served({ specs: [aSpec(aConfig(), fake)] });
  fake.declare(aManifest());

  const answer = await ask('/api/v1/sync?wait=true', { method: 'POST' });

  expect(answer.status).toBe(200);
  expect(await documentOf(answer, syncSchema)).toMatchObject({
    waited: true,
    exitCode: 0,
    results: [{ pass: 2, results: [{ action: 'create', name: 'Support', outcome: 'applied' }] }],
  });
});

test.each([
  {
    title: 'of an invalid revision is a conflict',
    spoil: (fake: FakeAccount) => {
      fake.desired = { ...fake.desired, problems: [aProblem], complete: false };
    },
    status: 409,
    exitCode: 5,
  },
  {
    title: 'that the API failed says so',
    spoil: (fake: FakeAccount) =>
      fake.fail('list', new ReconcilerError('E_API_UNREACHABLE', { url: 'x', reason: 'y' })),
    status: 502,
    exitCode: 1,
  },
])('the answer to a sync $title', async ({ spoil, status, exitCode }) => {
  const fake = new FakeAccount();
  const { ask } = await served({ specs: [aSpec(aConfig(), fake)] });
  spoil(fake);

  const answer = await ask('/api/v1/sync?wait=true', { method: 'POST' });

  expect(answer.status).toBe(status);
  expect((await documentOf(answer, syncSchema)).exitCode).toBe(exitCode);
});

test('a sync where another daemon has the account is a conflict', async () => {
  const { ask } = await served({ store: aStore('process 7') });

  const answer = await ask('/api/v1/sync?wait=true&account=main', { method: 'POST' });

  expect(answer.status).toBe(409);
  expect((await documentOf(answer, syncSchema)).exitCode).toBe(6);
});

test('a sync that takes too long is answered before it ends', async () => {
  const spec = aSpec();
  const { open } = spec;
  let first = true;
  spec.open = async () => ({
    ...(await open()),
    ports: spec.fake.ports,
    whileWriting: async (signal, work) => {
      if (!first) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      first = false;
      return work(signal);
    },
  });
  const { ask } = await served({ specs: [spec], requestMs: 50 });

  const answer = await ask('/api/v1/sync?wait=true', { method: 'POST' });

  expect(answer.status).toBe(202);
  expect((await documentOf(answer, syncSchema)).exitCode).toBeNull();
});

test('a pause is kept with its end, shown, and ended', async () => {
  const { ask, store, clock } = await served();

  const paused = await ask('/api/v1/pause', {
    method: 'POST',
    body: { application: 'Support', reason: 'INC-42', seconds: 60 },
  });
  expect(await documentOf(paused, pausesAnswerSchema)).toMatchObject({
    accounts: [{ account: 'main', pauses: { account: null, applications: { Support: { reason: 'INC-42' } } } }],
  });
  expect(store.saved.applications['Support']?.until).toBe(clock.now() + 60_000);
  await settled();
  const { accounts } = await documentOf(await ask('/api/v1/status'), statusSchema);
  expect(accounts[0]?.conditions.join()).toContain('INC-42');

  await ask('/api/v1/resume', { method: 'POST', body: {} });
  expect(store.saved).toEqual({ applications: {} });
});

test('with several accounts a pause says which', async () => {
  const { ask } = await served({ specs: [aSpec(), aSpec(aConfig('second'))] });

  expect((await ask('/api/v1/pause', { method: 'POST', body: {} })).status).toBe(400);
  expect((await ask('/api/v1/pause', { method: 'POST', body: { account: 'second' } })).status).toBe(200);
});

test.each([
  { title: 'no JSON', body: 'hello', status: 400 },
  { title: 'an unknown member', body: { applikation: 'Support' }, status: 400 },
  { title: 'a time that is none', body: { seconds: -1 }, status: 400 },
  { title: 'more than anybody needs', body: { reason: 'x'.repeat(70_000) }, status: 413 },
])('a body with $title is refused', async ({ body, status }) => {
  const { ask, store } = await served();

  const answer = await ask('/api/v1/pause', { method: 'POST', body });

  expect(answer.status).toBe(status);
  errorSchema.parse(await answer.json());
  expect(store.saved).toEqual({ applications: {} });
});

test('an account that has not been seen yet is not ready, one that another daemon has is', async () => {
  const fake = new FakeAccount();
  fake.fail('list', new ReconcilerError('E_API_UNREACHABLE', { url: 'x', reason: 'y' }));
  const unseen = await served({ specs: [aSpec(aConfig(), fake)] });
  expect((await unseen.ask('/readyz')).status).toBe(503);
  await unseen.clock.advance(10_000);
  expect((await unseen.ask('/readyz')).status).toBe(200);

  const standby = await served({ store: aStore('process 7') });
  expect((await standby.ask('/readyz')).status).toBe(200);
});

test('a pass without any sign of life fails the probe; an answer of the API is a sign', async () => {
  const spec = aSpec();
  const { open } = spec;
  spec.open = async () => ({
    ...(await open()),
    ports: spec.fake.ports,
    whileWriting: (signal, work) =>
      new Promise((resolve, reject) => signal.addEventListener('abort', () => work(signal).then(resolve, reject))),
  });
  const { ask, clock, daemon } = await served({ specs: [spec] });
  await clock.advance(299_000);
  expect((await ask('/healthz')).status).toBe(200);
  daemon.signOfLife('main');
  await clock.advance(299_000);
  expect((await ask('/healthz')).status).toBe(200);

  await clock.advance(2_000);

  const answer = await ask('/healthz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ alive: false, stuck: ['main'] });
});

test('a failure nobody expected is an answer, not the end', async () => {
  const store = aStore();
  const { ask } = await served({ store });
  store.pauses.load = async () => {
    throw new TypeError('a bug');
  };

  const answer = await ask('/api/v1/plan');

  expect(answer.status).toBe(500);
  expect((await errorSchema.parseAsync(await answer.json())).error.code).toBe('UNEXPECTED');
});

test('the real server listens, answers, and closes', async () => {
  const { fetch: handle } = await served();
  const server = await openHttpServer(handle, { host: '127.0.0.1', port: 0 });
  try {
    const answer = await fetch(`${server.url}/healthz`);
    expect(answer.status).toBe(200);
    const taken = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
    await expect(openHttpServer(handle, taken)).rejects.toThrow('cannot listen there');
  } finally {
    await server.close();
  }
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
