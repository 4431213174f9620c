import { describe, expect, test } from 'vitest';
import type { VonageClient } from '../../src/vonage/client.ts';
import { nocked } from './nocked.ts';
import { aClient, anId, FakeClock } from './support.ts';

const api = nocked();
const path = '/v2/applications';
const pathOf = (n: number) => `${path}/${anId(n)}`;

/** A client that is asked to stop as soon as it waits. */
function stoppedAsleep(): { readonly client: VonageClient; readonly signal: AbortSignal } {
  const stop = new AbortController();
  const clock = new FakeClock();
  const client = aClient({
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => {
        stop.abort();
        return clock.sleep(ms, signal);
      },
    },
  });
  return { client, signal: stop.signal };
}

describe('a call that is stopped while it waits to be sent again', () => {
  test.each([
    {
      title: 'as long as a 429 asks for',
      status: 429,
      retryAfter: { 'retry-after': '60' },
      shown: 'status 429, Retry-After 60 s',
    },
    {
      title: 'as long as a 503 asks for',
      status: 503,
      retryAfter: { 'retry-after': '5' },
      shown: 'status 503, Retry-After 5 s',
    },
    { title: 'after a 503', status: 503, retryAfter: {}, shown: 'status 503' },
  ])('$title says that it was stopped, and what it waited for', async ({ status, retryAfter, shown }) => {
    api().get(pathOf(1)).reply(status, '', retryAfter);
    const { client, signal } = stoppedAsleep();

    await expect(client.get(anId(1), signal)).rejects.toMatchObject({
      code: 'E_ABORTED',
      message: `stopped on request while waiting to send GET https://api.nexmo.com${pathOf(1)} again (${shown})`,
    });
  });

  test('after a lost connection says so, too', async () => {
    api()
      .get(pathOf(1))
      .replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    const { client, signal } = stoppedAsleep();

    await expect(client.get(anId(1), signal)).rejects.toMatchObject({
      code: 'E_ABORTED',
      message: expect.stringContaining('again (ECONNRESET)'),
    });
  });

  test('is a refused create after a 429: it had no effect', async () => {
    api().post(path).reply(429, '', { 'retry-after': '60' });
    const { client, signal } = stoppedAsleep();

    expect(await client.create({ name: 'x' }, signal)).toMatchObject({
      outcome: 'refused',
      error: { code: 'E_ABORTED' },
    });
  });

  test('stays what it is where it may have had an effect', async () => {
    api().put(pathOf(1)).reply(503);
    const { client, signal } = stoppedAsleep();

    await expect(client.replace(anId(1), { name: 'x' }, signal)).rejects.toMatchObject({ code: 'E_API_FAILED' });
  });
});
