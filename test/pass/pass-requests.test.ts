import { expect, test } from 'vitest';
import { PassRequests } from '../../src/pass/pass-requests.ts';
import type { ApplicationWriter } from '../../src/reconcile/ports.ts';
import { anId } from '../builders.ts';
import { settled } from '../daemon/manual-clock.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

/** An API whose calls hang until they are ended; reads end by themselves when their signal aborts. */
function aSlowApi() {
  const calls: string[] = [];
  const ends: (() => void)[] = [];
  const call = <Result>(name: string, result: Result, signal?: AbortSignal): Promise<Result> =>
    new Promise((resolve, reject) => {
      calls.push(name);
      ends.push(() => resolve(result));
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  const application = { id: anId(1), name: 'Support', body: { name: 'Support' } };
  const api: ApplicationWriter = {
    list: ({ signal }) =>
      call('list', { applications: [], stable: true, missing: new Set(), unconfirmed: new Set() }, signal),
    get: (_id, signal) => call('get', application, signal),
    create: () => call('create', { outcome: 'created', application } as const),
    replace: () => call('replace', application),
    remove: () => call('remove', undefined),
  };
  return { api, calls, end: () => ends.forEach((end) => void end()) };
}

test('a failed pass aborts its reads, and ends only when its writes have ended', async () => {
  const { api, calls, end } = aSlowApi();
  const requests = new PassRequests(api);
  const writes = [requests.create({}), requests.replace(anId(1), {}), requests.remove(anId(1))];
  const reads = Promise.allSettled([requests.get(anId(1)), requests.list({ confirm: [] })]);
  let ended = false;

  const pass = requests
    .during(async () => {
      throw new TypeError('a bug');
    })
    .finally(() => {
      ended = true;
    });
  const failure = expect(pass).rejects.toThrow('a bug');
  expect((await reads).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await settled();
  expect(ended).toBe(false);
  end();
  await failure;

  expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'));
  expect(calls).toHaveLength(5);
});

test('after a failure of the pass nothing further is sent', async () => {
  const { api, calls } = aSlowApi();
  const requests = new PassRequests(api);
  await expect(requests.during(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');

  const sent = [
    () => requests.list({ confirm: [] }),
    () => requests.get(anId(1)),
    () => requests.replace(anId(1), {}),
    () => requests.remove(anId(1)),
  ];

  for (const send of sent) await expect(send()).rejects.toMatchObject({ code: 'E_ABORTED' });
  expect(await requests.create({})).toMatchObject({ outcome: 'not-sent', error: { code: 'E_ABORTED' } });
  expect(calls).toEqual([]);
});

test('a read is aborted by its own signal too', async () => {
  const { api } = aSlowApi();
  const stop = new AbortController();
  const read = new PassRequests(api).get(anId(1), stop.signal);

  stop.abort(new Error('stop requested'));

  await expect(read).rejects.toThrow('stop requested');
});

test('a pass that succeeds ends with its result', async () => {
  const fake = new FakeAccount();
  const requests = new PassRequests(fake);

  const live = await requests.during(() => requests.list({ confirm: [] }));

  expect(live.applications).toEqual([]);
});
