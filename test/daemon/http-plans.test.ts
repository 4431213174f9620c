import { afterEach, expect, test } from 'vitest';
import { explanationSchema, plansSchema } from '../../src/status/documents.ts';
import { aManifest, aRevision } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aConfig, aSpec, type FakeSpec } from './fakes.ts';
import { settled } from './manual-clock.ts';
import { documentOf, served, stopAll } from './served.ts';

afterEach(stopAll);

/** An account whose listings wait, from `hold` on, until the test lets them go. */
function anAccountThatWaits(name = 'main') {
  const fake = new FakeAccount();
  const spec: FakeSpec = aSpec(aConfig(name), fake);
  const { open } = spec;
  let go: (() => void) | undefined;
  let gate = Promise.resolve();
  spec.open = async () => {
    const opened = await open();
    const api = {
      list: async (options: Parameters<FakeAccount['list']>[0]) => {
        const live = await fake.list(options);
        await gate;
        return live;
      },
      get: (id: Parameters<FakeAccount['get']>[0]) => fake.get(id),
      create: (body: Parameters<FakeAccount['create']>[0]) => fake.create(body),
      replace: (...all: Parameters<FakeAccount['replace']>) => fake.replace(...all),
      remove: (id: Parameters<FakeAccount['remove']>[0]) => fake.remove(id),
    };
    const { ports, ...others } = opened;
    return {
      ...others,
      get ports() {
        return { ...fake.ports, api };
      },
    };
  };
  const hold = () => {
    gate = new Promise((resolve) => {
      go = resolve;
    });
  };
  return { fake, spec, hold, go: () => go?.() };
}

const changesIn = async (answer: Response) => {
  const { plans } = await documentOf(answer, plansSchema);
  return plans.flatMap(({ changes }) => changes.map(({ name }) => name));
};

test('a hundred requests for a plan make one plan', async () => {
  const { fake, spec } = anAccountThatWaits();
  const { ask } = await served({ specs: [spec] });
  fake.declare(aManifest());
  const before = fake.requests.list;

  const answers = await Promise.all(Array.from({ length: 100 }, () => ask('/api/v1/plan', { token: 'reads' })));

  expect(fake.requests.list - before).toBe(1);
  for (const answer of answers) expect(await changesIn(answer)).toEqual(['Support']);
});

test('while a plan is being made the probe answers, and who asks then shares the plan', async () => {
  const { fake, spec, hold, go } = anAccountThatWaits();
  const { ask } = await served({ specs: [spec] });
  hold();
  const before = fake.requests.list;
  const first = ask('/api/v1/plan');
  await settled();
  const others = Array.from({ length: 99 }, () => ask('/api/v1/plan?account=main'));
  await settled();

  expect((await ask('/healthz')).status).toBe(200);
  go();
  for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200);

  expect(fake.requests.list - before).toBe(1);
});

test.each([
  {
    title: 'manifests',
    change: async ({ fake }: ReturnType<typeof anAccountThatWaits>) => {
      fake.desired = { ...fake.desired, revision: aRevision('r3'), manifests: [aManifest({ name: 'New' })] };
    },
    expected: [[], ['New']],
  },
  {
    title: 'ledger',
    change: async ({ fake }: ReturnType<typeof anAccountThatWaits>) => {
      await fake.ledger.record([{ kind: 'source', source: '/manifests', root: '/elsewhere' }], { durable: true });
    },
    expected: [[], []],
  },
  {
    title: 'pauses',
    change: async (_: unknown, ask: Awaited<ReturnType<typeof served>>['ask']) =>
      void (await ask('/api/v1/pause', { method: 'POST', body: { reason: 'INC-42' } })),
    expected: [[], []],
  },
])('who asks for a plan after its $title changed does not get the one under way', async ({ change, expected }) => {
  const account = anAccountThatWaits();
  const { fake, spec, hold, go } = account;
  const { ask } = await served({ specs: [spec] });
  hold();
  const before = fake.requests.list;
  const first = ask('/api/v1/plan');
  await settled();

  await change(account, ask);
  const second = ask('/api/v1/plan');
  await settled();
  const listed = fake.requests.list - before;
  go();

  expect(await changesIn(await first)).toEqual(expected[0]);
  expect(await changesIn(await second)).toEqual(expected[1]);
  expect(fake.requests.list - before).toBeGreaterThan(listed);
});

test('who asks for a plan after the configuration changed does not get the one under way', async () => {
  const { spec, hold, go } = anAccountThatWaits();
  const { ask, daemon } = await served({ specs: [spec] });
  hold();
  const first = ask('/api/v1/plan');
  await settled();
  const other = new FakeAccount();
  other.allow({ policy: 'create-only', onCommit: 'plan' });
  other.declare(aManifest({ name: 'Other' }));
  daemon.use([aSpec(aConfig(), other)]);
  await settled();

  const second = ask('/api/v1/plan');
  await settled();
  go();

  expect(await changesIn(await first)).toEqual([]);
  const { plans } = await documentOf(await second, plansSchema);
  expect(plans.flatMap(({ skips, changes }) => [...skips, ...changes]).map(({ name }) => name)).toEqual(['Other']);
});

test('who goes away does not take the plan from the others', async () => {
  const { spec, hold, go } = anAccountThatWaits();
  const { ask, fetch } = await served({ specs: [spec] });
  hold();
  const leaving = new AbortController();
  const request = new Request('http://localhost:8080/api/v1/plan', {
    headers: { host: 'localhost:8080', authorization: 'Bearer acts' },
    signal: leaving.signal,
  });
  const first = Promise.resolve(fetch(request)).catch(() => undefined);
  await settled();
  const second = ask('/api/v1/plan');
  await settled();

  leaving.abort();
  await settled();
  go();

  expect((await documentOf(await second, plansSchema)).errors).toEqual([]);
  await first;
});

test('plans of different accounts are made two at a time', async () => {
  const accounts = ['one', 'two', 'three', 'four'].map((name) => anAccountThatWaits(name));
  const { ask } = await served({ specs: accounts.map(({ spec }) => spec) });
  const listed = () => accounts.map(({ fake }) => fake.requests.list).reduce((sum, count) => sum + count);
  const before = listed();
  for (const { hold } of accounts) hold();

  const answer = ask('/api/v1/plan');
  await settled();
  expect(listed() - before).toBe(2);
  for (const { go } of accounts) go();

  expect((await documentOf(await answer, plansSchema)).plans).toHaveLength(4);
  expect(listed() - before).toBe(4);
});

test('who waits too long for a plan is told so', async () => {
  const { spec, hold, go } = anAccountThatWaits();
  const { ask } = await served({ specs: [spec], requestMs: 50 });
  hold();

  const { plans, errors } = await documentOf(await ask('/api/v1/plan'), plansSchema);

  expect(plans).toEqual([]);
  expect(errors).toMatchObject([{ account: 'main', code: 'E_ABORTED', message: 'stopped: it timed out' }]);
  go();
});

test('an unexpected error in the plan of one account leaves the others their plans', async () => {
  const [sick, well] = [anAccountThatWaits('sick'), anAccountThatWaits('well')];
  const { ask } = await served({ specs: [sick.spec, well.spec] });
  sick.fake.fail('list', new RangeError('hunter22'));

  const { plans, errors } = await documentOf(await ask('/api/v1/plan'), plansSchema);

  expect(plans).toMatchObject([{ account: 'well' }]);
  expect(errors).toMatchObject([{ account: 'sick', code: 'E_UNEXPECTED' }]);
});

test('a hundred requests to explain applications make one plan, and few requests for each application', async () => {
  const { fake, spec } = anAccountThatWaits();
  fake.declare(aManifest(), aManifest({ name: 'Sales' }));
  const { ask } = await served({ specs: [spec] });
  await expect.poll(() => fake.requests.create).toBe(2);
  await settled();
  const before = { ...fake.requests };
  const names = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'Support' : 'Sales'));

  const answers = await Promise.all(names.map((name) => ask(`/api/v1/accounts/main/applications/${name}`)));

  for (const [index, answer] of answers.entries())
    expect((await documentOf(answer, explanationSchema)).name).toBe(names[index]);
  expect(fake.requests.list - before.list).toBe(1);
  expect(fake.requests.get - before.get).toBeLessThanOrEqual(4);
});
