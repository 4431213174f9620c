import { afterEach, expect, test } from 'vitest';
import type { ApplicationWriter } from '../../src/reconcile/ports.ts';
import { pausesResponseSchema, statusSchema } from '../../src/status/documents.ts';
import { aManifest } from '../builders.ts';
import { eventually } from '../eventually.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aConfig, aSpec, aStore, type FakeSpec } from './fakes.ts';
import { documentOf, served, stopAll } from './served.ts';

afterEach(stopAll);

const twenty = Array.from({ length: 20 }, (_, index) => `Number ${index + 10}`);

/** A daemon that is to make twenty applications, in a pass whose first four creates are answered only after `release`. */
async function inThePass() {
  const fake = new FakeAccount();
  fake.declare(...twenty.map((name) => aManifest({ name, formerly: [] })));
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const started: string[] = [];
  const spec = withCreate(aSpec(aConfig(), fake), async (body) => {
    started.push(String(body['name']));
    await released;
    return fake.create(body);
  });
  const daemon = await served({ specs: [spec] });
  await eventually(() => expect(started).toHaveLength(4));
  const made = () => fake.server.listed().map(({ name }) => name);
  const pass = async () => (await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' })).json();
  const pause = async (application?: string) => {
    const response = await daemon.ask('/api/v1/pause', { method: 'POST', body: { application, reason: 'INC-42' } });
    expect(response.status).toBe(200);
    return (await documentOf(response, pausesResponseSchema)).accounts[0];
  };
  return { ...daemon, started, made, pass, pause, release };
}

function withCreate(spec: FakeSpec, create: ApplicationWriter['create']): FakeSpec {
  const { fake, open } = spec;
  const api: ApplicationWriter = {
    list: (options) => fake.list(options),
    get: (id) => fake.get(id),
    create,
    replace: (id, body) => fake.replace(id, body),
    remove: (id) => fake.remove(id),
  };
  spec.open = async () => {
    const opened = await open();
    return { ...opened, ports: { ...opened.ports, api } };
  };
  return spec;
}

test('after a pause during a pass of 20 changes no further one starts, and the response counts those in flight', async () => {
  const { pause, release, pass, made, started, ask } = await inThePass();

  const paused = await pause();
  release();
  await pass();

  expect(paused?.inFlight).toBe(4);
  expect(started).toHaveLength(4);
  expect(made()).toHaveLength(4);
  const { accounts } = await documentOf(await ask('/api/v1/status'), statusSchema);
  expect(accounts[0]).toMatchObject({ state: 'paused', failures: 0, lastCode: 0 });
});

test('the pass that a pause cuts short is no failure, and says what it held back', async () => {
  const { pause, release, pass, daemon } = await inThePass();
  await pause('Number 29');
  release();
  await pass();

  const [first] = (await daemon.account('main')?.history.read()) ?? [];

  expect(first).toMatchObject({ pass: 1, exitCode: 0 });
  expect(first?.['results']).toContainEqual({
    action: 'create',
    name: 'Number 29',
    reason: 'new',
    outcome: 'skipped',
    message: 'paused until resumed: INC-42',
  });
});

test('a pause of one application lets its change in flight finish, and holds back no other', async () => {
  const { pause, release, pass, made, started } = await inThePass();
  const [begun = ''] = started;

  const paused = await pause(begun);
  const later = await pause('Number 29');
  release();
  await pass();

  expect([paused?.inFlight, later?.inFlight]).toEqual([1, 0]);
  expect(made().toSorted()).toEqual(twenty.filter((name) => name !== 'Number 29'));
});

test('what was held back is done after a resume', async () => {
  const { pause, release, pass, made, ask } = await inThePass();
  await pause();
  release();
  await pass();

  const resumed = await ask('/api/v1/resume', { method: 'POST', body: {} });
  await pass();

  expect(await documentOf(resumed, pausesResponseSchema)).toEqual({
    format: 'vonage-gitops.pauses/1',
    accounts: [{ account: 'main', pauses: { account: null, applications: {} } }],
  });
  expect(made().toSorted()).toEqual(twenty);
});

test('a daemon on standby keeps a pause, and does not claim to know what is in flight elsewhere', async () => {
  const store = aStore('process 7');
  const { ask } = await served({ store });

  const response = await ask('/api/v1/pause', { method: 'POST', body: {} });

  const { accounts } = await documentOf(response, pausesResponseSchema);
  expect(accounts[0]).not.toHaveProperty('inFlight');
  expect(store.saved.account).toBeDefined();
});
