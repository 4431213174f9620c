import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.ts';
import type { FaultAction, FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import { FaultBook } from '../../src/emulator/faults/faults.ts';
import { type Oversize, sendOversize } from '../../src/emulator/faults/oversize.ts';
import { eventually } from '../eventually.ts';
import { at, authorization, call, emulator, namesOf } from './client.ts';

const MIB = 2 ** 20;
const always = (action: FaultAction): FaultRule[] => [{ action }];

/** The response to a list as it is on the wire, without a reader yet. */
async function open(account: Emulator): Promise<IncomingMessage> {
  const request = get(`${account.url}/v2/applications`, { headers: { authorization: authorization(account) } });
  onTestFinished(() => void request.destroy());
  const [response] = await once(request, 'response');
  return response;
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const chunk of response) length += chunk.length;
  return length;
}

describe('huge', () => {
  test('the body is as long as said, and true', async () => {
    const account = await emulator({ faults: always({ kind: 'huge', mib: 2 }) });
    account.admin.seed(3);

    const listed = await call(account, 'GET');

    expect([listed.status, listed.text.length]).toEqual([200, 2 * MIB]);
    expect(namesOf(listed)).toEqual(['Application 1', 'Application 2', 'Application 3']);
  });

  test('it has 64 MiB if the rule does not say', async () => {
    const account = await emulator({ faults: always({ kind: 'huge' }) });

    expect(await lengthOf(await open(account))).toBe(64 * MIB);
  });

  test('a delete that has no body is given one', async () => {
    const account = await emulator({ faults: always({ kind: 'huge', mib: 1 }) });
    const [id] = account.admin.seed(1);

    const removed = await call(account, 'DELETE', `/${id}`);

    expect([removed.status, removed.text.length, removed.body]).toEqual([200, MIB, {}]);
    expect(account.admin.requests()[0]?.status).toBe(200);
    expect(account.admin.applications()).toEqual([]);
  });
});

describe('endless', () => {
  test('the body goes on until the client leaves', async () => {
    const account = await emulator({ faults: always({ kind: 'endless' }) });
    const response = await open(account);

    let length = 0;
    for await (const chunk of response) {
      length += chunk.length;
      if (length > 70 * MIB) break;
    }

    expect(length).toBeGreaterThan(70 * MIB);
  });

  test('it does not keep the emulator from closing', async () => {
    const account = await emulator({ faults: always({ kind: 'endless' }) });
    const response = await open(account);
    const broken = expect(lengthOf(response)).rejects.toThrow('aborted');

    await account.close();

    await broken;
  });
});

describe('gzip-bomb', () => {
  test('a small body inflates to the length said, and is true', async () => {
    const account = await emulator({ faults: always({ kind: 'gzip-bomb', mib: 3 }) });
    account.admin.seed(1);
    const response = await open(account);

    const wire = Buffer.concat(await response.toArray());

    const inflated = gunzipSync(wire).toString();
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(wire.length).toBeLessThan(MIB / 32);
    expect(inflated).toHaveLength(3 * MIB);
    expect(JSON.parse(inflated)).toMatchObject({ total_items: 1 });
  });
});

describe('how a body that is too long is sent', () => {
  /** A server that sends nothing else, and how its one response fares. */
  async function serve(
    fault: Oversize,
  ): Promise<{ url: string; sending: Promise<[ServerResponse, Promise<unknown>]> }> {
    const server = createServer();
    const sending = new Promise<[ServerResponse, Promise<unknown>]>((resolve) => {
      server.once('request', (incoming, outgoing) => {
        const reply = { status: 200, headers: {}, body: '{}' };
        resolve([outgoing, sendOversize({ incoming, outgoing }, reply, fault)]);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sending };
  }

  test.each([{ kind: 'endless' }, { kind: 'huge', mib: 1024 }] as const)(
    '$kind: only as the client reads',
    async (fault) => {
      const { url, sending } = await serve(fault);
      const request = get(url);
      onTestFinished(() => void request.destroy());
      const [[response], [outgoing]] = await Promise.all([once(request, 'response'), sending]);
      response.pause();

      await eventually(() => expect(outgoing.writableNeedDrain).toBe(true));

      expect(outgoing.writableLength).toBeLessThan(MIB);
      expect(outgoing.writableFinished).toBe(false);
    },
  );

  test.each([{ kind: 'endless' }, { kind: 'huge' }, { kind: 'gzip-bomb' }] as const)(
    '$kind: it ends when the client leaves',
    async (fault) => {
      const { url, sending } = await serve(fault);
      const request = get(url);
      const [[response], [outgoing, sent]] = await Promise.all([once(request, 'response'), sending]);

      await once(response, 'data');
      response.destroy();

      await sent;
      expect([outgoing.destroyed, outgoing.writableFinished]).toEqual([true, false]);
    },
  );
});

describe('deep', () => {
  const depthOf = (text: string): number => {
    let [depth, deepest] = [0, 0];
    for (const character of text) {
      if (character === '[' || character === '{') depth += 1;
      if (character === ']' || character === '}') depth -= 1;
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };

  test.each([
    [{ kind: 'deep' } as const, 6000],
    [{ kind: 'deep', levels: 65 } as const, 65],
  ])('%j: the body is valid and nested %i deep', async (action, depth) => {
    const account = await emulator({ faults: always(action) });
    account.admin.seed(1);

    const listed = await call(account, 'GET');

    expect(depthOf(listed.text)).toBe(depth);
    expect(namesOf(listed)).toEqual(['Application 1']);
  });

  test('a delete is answered so as well', async () => {
    const account = await emulator({ faults: always({ kind: 'deep', levels: 3 }) });
    const [id] = account.admin.seed(1);

    const removed = await call(account, 'DELETE', `/${id}`);

    expect([removed.status, removed.body]).toEqual([200, { nested: [[]] }]);
    expect(account.admin.applications()).toEqual([]);
  });
});

describe('date', () => {
  const now = () => Date.UTC(2026, 0, 2);

  test.each([
    [-7_200_000, 'Thu, 01 Jan 2026 22:00:00 GMT'],
    [86_400_000, 'Sat, 03 Jan 2026 00:00:00 GMT'],
  ])('a clock off by %i ms says %s', async (offsetMs, date) => {
    const account = await emulator({ now, faults: always({ kind: 'date', offsetMs }) });

    const listed = await call(account, 'GET');

    expect([listed.status, listed.headers.get('date')]).toEqual([200, date]);
    expect(account.admin.requests()[0]?.fault).toBe('date');
  });

  test('there may be no date', async () => {
    const account = await emulator({ faults: always({ kind: 'date' }) });

    const listed = await call(account, 'GET');

    expect([listed.status, listed.headers.get('date')]).toEqual([200, null]);
  });

  test('a wrong clock goes with any other fault, and of two the first wins', async () => {
    const date = { kind: 'date', offsetMs: 0 } as const;
    const account = await emulator({
      now,
      faults: [{ action: date }, { action: { kind: 'date' } }, { action: { kind: 'status', status: 503 } }],
    });

    const listed = await call(account, 'GET');

    expect([listed.status, listed.headers.get('date')]).toEqual([503, 'Fri, 02 Jan 2026 00:00:00 GMT']);
    expect(at(listed.body, 'title')).toBe('Error');
  });

  test('without a rule the clock is right', () => {
    expect(new FaultBook(() => 0).draw('GET', '/').date).toBeUndefined();
  });
});
