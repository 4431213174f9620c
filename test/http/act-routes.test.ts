import { afterEach, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { openHttpServer } from '../../src/http/server.ts';
import {
  errorSchema,
  pausesResponseSchema,
  plansSchema,
  statusSchema,
  syncSchema,
} from '../../src/status/documents.ts';
import { aManifest } from '../builders.ts';
import { aProblem } from '../daemon/builders.ts';
import { aConfig, aSpec, aStore } from '../daemon/fakes.ts';
import { settled } from '../daemon/manual-clock.ts';
import { documentOf, served, stopAll } from '../daemon/served.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

afterEach(stopAll);

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
])('the response to a sync $title', async ({ spoil, status, exitCode }) => {
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

test('a pause or its end for a name that nothing has is refused, with what may be meant', async () => {
  const fake = new FakeAccount();
  fake.declare(aManifest());
  const { ask, store } = await served({ specs: [aSpec(aConfig(), fake)] });

  for (const path of ['/api/v1/pause', '/api/v1/resume']) {
    const refused = await ask(path, { method: 'POST', body: { application: 'Suport' } });

    expect(refused.status).toBe(404);
    expect((await documentOf(refused, errorSchema)).error).toEqual({
      code: 'UNKNOWN_APPLICATION',
      message: '"Suport": no manifest and no managed application has that name or id (did you mean "Support"?)',
    });
  }
  expect(store.saved.applications).toEqual({});
});

test('a pause is not refused while a manifest cannot be read', async () => {
  const fake = new FakeAccount();
  const { ask, store } = await served({ specs: [aSpec(aConfig(), fake)] });
  fake.desired = { ...fake.desired, broken: [{ place: { file: 'a.yaml', line: 1, column: 1 } }], complete: false };

  const paused = await ask('/api/v1/pause', { method: 'POST', body: { application: 'Anything' } });

  expect(paused.status).toBe(200);
  expect(Object.keys(store.saved.applications)).toEqual(['Anything']);
});

test('a pause is kept with its end, shown, and ended', async () => {
  const fake = new FakeAccount();
  fake.declare(aManifest());
  const { ask, store, clock } = await served({ specs: [aSpec(aConfig(), fake)] });

  const paused = await ask('/api/v1/pause', {
    method: 'POST',
    body: { application: 'Support', reason: 'INC-42', seconds: 60 },
  });
  expect(await documentOf(paused, pausesResponseSchema)).toMatchObject({
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
  { title: 'an unknown field', body: { applikation: 'Support' }, status: 400 },
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
  const { plans, errors } = await documentOf(await standby.ask('/api/v1/plan'), plansSchema);
  expect(plans).toEqual([]);
  expect(errors).toEqual([
    { account: 'main', code: 'NOT_OPEN', message: 'account main is on standby here: ask the daemon that has it' },
  ]);
});

test('a pass without any sign of life fails the probe; a response of the API is a sign', async () => {
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

test.each([
  { title: 'ahead', setBy: 86_400_000 },
  { title: 'back', setBy: -86_400_000 },
])('a daemon that waits is alive when the clock is set $title', async ({ setBy }) => {
  const { ask, clock } = await served();

  clock.set(setBy);
  await clock.advance(50_000);

  expect((await ask('/healthz')).status).toBe(200);
});

const down = new ReconcilerError('E_API_UNREACHABLE', { url: 'x', reason: 'y' });

test('a pass that hangs fails the probe although the clock was set back', async () => {
  const spec = aSpec();
  spec.fake.list = ({ signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(down)));
  const { ask, clock } = await served({ specs: [spec] });

  clock.set(-86_400_000);
  await clock.advance(301_000);

  expect((await ask('/healthz')).status).toBe(503);
});

test('a failure nobody expected is a response, not the end', async () => {
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
    await expect(openHttpServer(handle, taken)).rejects.toThrow('another vonage-gitops daemon listens there');
    const elsewhere = openHttpServer(handle, { host: 'nowhere.invalid', port: 0 });
    await expect(elsewhere).rejects.toThrow('there is no host of that name');
  } finally {
    await server.close();
  }
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
