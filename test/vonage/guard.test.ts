import { afterEach, describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { WriteGuard } from '../../src/reconcile/ports.ts';
import type { VonageClient } from '../../src/vonage/client.ts';
import { aClient, anId, FakeClock, realClock, serve, wireApp } from './support.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A lock that is ours until the test takes it away. */
class FakeGuard implements WriteGuard {
  readonly #lost = new AbortController();
  asked = 0;
  /** The process was paused after it asked, and does not know yet. */
  stale = false;
  effects = 0;

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  take(): void {
    this.#lost.abort(new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over' }));
  }

  async assertHeld(): Promise<void> {
    this.asked += 1;
    this.lost.throwIfAborted();
  }

  isFresh(): boolean {
    return !this.lost.aborted && !this.stale;
  }

  mayHaveTakenEffect(): void {
    this.effects += 1;
  }
}

async function anApi(...listener: Parameters<typeof serve>): ReturnType<typeof serve> {
  const api = await serve(...listener);
  opened.push(api);
  return api;
}

function opens(client: VonageClient): VonageClient {
  opened.push(client);
  return client;
}

const writes = [
  { verb: 'PUT', write: (client: VonageClient) => client.replace(anId(1), { name: 'app 1' }) },
  { verb: 'DELETE', write: (client: VonageClient) => client.remove(anId(1)) },
] as const;

describe('a lock that is lost', () => {
  test.each(writes)('no $verb leaves', async ({ write }) => {
    const { url, requests } = await anApi((_, response) => void response.end());
    const guard = new FakeGuard();
    const client = opens(aClient({ baseUrl: url, guard }));
    guard.take();

    await expect(write(client)).rejects.toMatchObject({ code: 'E_LOCK_LOST' });

    expect(requests).toHaveLength(0);
    expect(guard.effects).toBe(0);
  });

  test('no POST leaves, and the create was surely not sent', async () => {
    const { url, requests } = await anApi((_, response) => void response.end());
    const guard = new FakeGuard();
    const client = opens(aClient({ baseUrl: url, guard }));
    guard.take();

    expect(await client.create({ name: 'x' })).toMatchObject({ outcome: 'not-sent', error: { code: 'E_LOCK_LOST' } });
    expect(requests).toHaveLength(0);
  });

  test('while a call waits for the rate limit: its next attempt does not leave', async () => {
    const guard = new FakeGuard();
    const clock = new FakeClock();
    const { url, requests } = await anApi((_, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
    const lostMeanwhile = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms: number) => {
        if (ms >= 7_000) guard.take();
        await clock.sleep(ms);
      },
    };
    const client = opens(aClient({ baseUrl: url, guard, clock: lostMeanwhile }));

    await client.create({ name: 'x' });

    expect(requests).toHaveLength(1);
    expect(guard.asked).toBeGreaterThan(0);
  });

  test('while a create is under way: it is cut short, and unknown', async () => {
    const guard = new FakeGuard();
    const { url } = await anApi(() => guard.take());
    const client = opens(aClient({ baseUrl: url, guard, clock: realClock }));

    expect(await client.create({ name: 'x' })).toMatchObject({
      outcome: 'unknown',
      error: { code: 'E_API_NO_RESPONSE', details: { errorCode: 'ABORTED' } },
    });
    expect(guard.effects).toBe(1);
  });

  test.each(writes)('while a $verb is under way: it is cut short and not repeated', async ({ write }) => {
    const guard = new FakeGuard();
    const { url, requests } = await anApi(() => guard.take());
    const client = opens(aClient({ baseUrl: url, guard, clock: realClock }));

    await expect(write(client)).rejects.toMatchObject({ code: 'E_API_NO_RESPONSE', details: { errorCode: 'ABORTED' } });

    expect(requests).toHaveLength(1);
    expect(guard.effects).toBe(1);
  });

  test.each([
    { title: 'a connection is made', connected: false },
    { title: 'a connection is there', connected: true },
  ])(
    'after the process asked, while $title: nothing leaves, and the lock is asked for again',
    async ({ connected }) => {
      const { url, requests } = await anApi((request, response) => {
        response.setHeader('content-type', 'application/json');
        response.writeHead(request.method === 'DELETE' ? 204 : 200).end(JSON.stringify(wireApp(1)));
      });
      const guard = new FakeGuard();
      const client = opens(aClient({ baseUrl: url, guard, clock: realClock }));
      if (connected) await client.get(anId(1));
      guard.assertHeld = async () => {
        guard.asked += 1;
        guard.lost.throwIfAborted();
        if (guard.stale) guard.take();
        guard.stale = true; // paused right here
        guard.lost.throwIfAborted();
      };

      await expect(client.remove(anId(1))).rejects.toMatchObject({ code: 'E_LOCK_LOST' });

      expect(requests.filter(({ method }) => method !== 'GET')).toHaveLength(0);
      expect([guard.asked, guard.effects]).toEqual([2, 0]);
    },
  );

  test('what only reads goes on', async () => {
    const guard = new FakeGuard();
    const { url } = await anApi((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(wireApp(1)));
    });
    const client = opens(aClient({ baseUrl: url, guard }));
    guard.take();

    expect(await client.get(anId(1))).toMatchObject({ name: 'app 1' });
    expect(guard.asked).toBe(0);
  });
});

test('the lock is asked for before each attempt, not once for a call', async () => {
  const guard = new FakeGuard();
  let answered = 0;
  const { url } = await anApi((_, response) => {
    answered += 1;
    response.writeHead(answered < 3 ? 503 : 204).end();
  });
  const client = opens(aClient({ baseUrl: url, guard }));

  await client.remove(anId(1));

  expect([answered, guard.asked]).toEqual([3, 3]);
});

test('a write that was refused has had no effect', async () => {
  const guard = new FakeGuard();
  const { url } = await anApi((_, response) => void response.writeHead(400).end());
  const client = opens(aClient({ baseUrl: url, guard }));

  await client.create({ name: 'x' });

  expect(guard.effects).toBe(0);
});

test('a stop and a lost lock are told apart', async () => {
  const guard = new FakeGuard();
  const stop = new AbortController();
  stop.abort();
  const client = opens(aClient({ guard }));

  expect(await client.create({ name: 'x' }, stop.signal)).toMatchObject({ error: { code: 'E_ABORTED' } });
  guard.take();
  expect(await client.create({ name: 'x' }, stop.signal)).toMatchObject({ error: { code: 'E_LOCK_LOST' } });
});
