import { afterEach, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import {
  accountSchema,
  errorSchema,
  explanationSchema,
  historySchema,
  plansSchema,
  statusSchema,
} from '../../src/status/documents.ts';
import { aManifest, anId } from '../builders.ts';
import { aConfig, aSpec } from '../daemon/fakes.ts';
import { documentOf, locked, noTokens, served, stopAll, unreadable } from '../daemon/served.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

afterEach(stopAll);

test.each([
  { title: 'no one without a token', token: null, path: '/api/v1/status', method: 'GET', status: 401 },
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

test.each([
  { what: 'none', token: null, said: 'a bearer token is required' },
  { what: 'a wrong one', token: 'guessed', said: 'this token is not valid' },
])('who gives $what instead of a token is told so', async ({ token, said }) => {
  const { ask } = await served();

  const answer = await ask('/api/v1/status', { token });

  expect(errorSchema.parse(await answer.json()).error).toEqual({ code: 'UNAUTHORIZED', message: said });
});

test('without a configured token the API does not exist', async () => {
  const { ask } = await served({ config: { ...locked, ...noTokens }, sources: [] });

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
  expect(explanation.events).toEqual([expect.objectContaining({ at: expect.stringMatching(/^\d{4}-.*Z$/) })]);
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

  expect(errors).toMatchObject([{ code: 'E_API_UNREACHABLE', message: expect.stringContaining('(sensitive)') }]);
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
