import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../src/emulator/faults/fault-rule.ts';
import { FaultBook } from '../../../src/emulator/faults/faults.ts';
import { eventually } from '../../eventually.ts';
import { aBody, at, call, emulator, idOf, namesOf } from '../client.ts';

const onPost = { verb: 'POST' };

describe('which requests a rule strikes', () => {
  const strikes = (rule: FaultRule['match'], random: () => number = () => 0): number[] => {
    const book = new FaultBook(random);
    book.arm([{ ...(rule === undefined ? {} : { match: rule }), action: { kind: 'reset-before' } }]);
    return [1, 2, 3, 4, 5].filter(() => book.draw('GET', '/v2/applications?page=2').action !== undefined);
  };

  test.each([
    [undefined, [1, 2, 3, 4, 5]],
    [{}, [1, 2, 3, 4, 5]],
    [{ verb: 'GET' }, [1, 2, 3, 4, 5]],
    [{ verb: 'POST' }, []],
    [{ path: 'page=2$' }, [1, 2, 3, 4, 5]],
    [{ path: '^/v2/applications/' }, []],
    [{ nth: 2 }, [2]],
    [{ after: 3 }, [4, 5]],
    [{ times: 2 }, [1, 2]],
    [{ after: 1, times: 2 }, [2, 3]],
    [{ probability: 0 }, []],
    [{ probability: 1 }, [1, 2, 3, 4, 5]],
  ])('%j strikes requests %j of five', (match, expected) => {
    expect(strikes(match)).toEqual(expected);
  });

  test('a probability is decided by the random numbers given', () => {
    const numbers = [0.1, 0.9, 0.29, 0.3, 0.5];

    expect(strikes({ probability: 0.3 }, () => numbers.shift() ?? 1)).toEqual([1, 3]);
  });

  test('latencies add up, of the others the first that fires wins', () => {
    const book = new FaultBook(() => 0);
    const latency: FaultRule = { action: { kind: 'latency', ms: 5 } };
    book.arm([
      latency,
      { match: { nth: 2 }, action: { kind: 'truncate' } },
      { action: { kind: 'reset-before' } },
      latency,
    ]);

    expect(book.draw('GET', '/')).toEqual({ latencyMs: 10, action: { kind: 'reset-before' } });
    expect(book.draw('GET', '/')).toEqual({ latencyMs: 10, action: { kind: 'truncate' } });
  });
});

test('a slow index goes with a lost response: the application is there, and neither answer nor list shows it', async () => {
  const account = await emulator({
    faults: [
      { match: onPost, action: { kind: 'stale-list', requests: 1 } },
      { match: onPost, action: { kind: 'reset-after' } },
    ],
  });

  await expect(call(account, 'POST', '', { body: aBody({ name: 'slow' }) })).rejects.toThrow();

  expect(account.admin.applications().map(({ name }) => name)).toEqual(['slow']);
  expect(account.admin.requests()).toMatchObject([{ verb: 'POST', fault: 'reset-after' }]);
  expect(namesOf(await call(account, 'GET'))).toEqual([]);
  expect(namesOf(await call(account, 'GET'))).toEqual(['slow']);
});

describe('faults of a create', () => {
  const broken: readonly (readonly [FaultRule['action'], number])[] = [
    [{ kind: 'reset-before' }, 0],
    [{ kind: 'reset-after' }, 1],
    [{ kind: 'truncate' }, 1],
  ];

  test.each(broken)('%j breaks the connection; applications afterwards: %i', async (action, count) => {
    const account = await emulator({ faults: [{ match: onPost, action }] });

    await expect(call(account, 'POST', '', { body: aBody() })).rejects.toThrow();

    expect(account.admin.applications()).toHaveLength(count);
    expect(account.admin.requests()).toMatchObject([{ verb: 'POST', fault: action.kind }]);
  });

  test('timeout-after does the work and never answers', async () => {
    const account = await emulator({ faults: [{ match: onPost, action: { kind: 'timeout-after' } }] });
    const giveUp = new AbortController();

    const pending = call(account, 'POST', '', { body: aBody(), signal: giveUp.signal });
    const refused = expect(pending).rejects.toThrow('aborted');
    await eventually(() => expect(account.admin.requests()[0]?.status).toBe(201));
    giveUp.abort();

    await refused;
    expect(account.admin.applications()).toHaveLength(1);
  });

  test('a request that was never answered does not keep the emulator from closing', async () => {
    const account = await emulator({ faults: [{ action: { kind: 'timeout-after' } }] });
    const refused = expect(call(account, 'GET')).rejects.toThrow();
    await eventually(() => expect(account.admin.requests()[0]?.status).toBe(200));

    await account.close();

    await refused;
    await expect(fetch(account.url)).rejects.toThrow();
  });

  const answers: readonly (readonly [FaultRule['action'], number, string, number])[] = [
    [{ kind: 'status', status: 500 }, 500, 'Internal Error', 0],
    [{ kind: 'status', status: 503 }, 503, 'Error', 0],
    [{ kind: 'status', status: 429 }, 429, 'Rate Limit Hit', 0],
    [{ kind: 'status', status: 401 }, 401, 'Invalid credentials supplied', 0],
    [{ kind: 'status', status: 504, afterCommit: true }, 504, 'Error', 1],
  ];

  test.each(answers)('%j is answered %i "%s"; applications afterwards: %i', async (action, status, title, count) => {
    const account = await emulator({ faults: [{ match: onPost, action }] });

    const answered = await call(account, 'POST', '', { body: aBody() });

    expect([answered.status, answered.body['title']]).toEqual([status, title]);
    expect(account.admin.applications()).toHaveLength(count);
    expect(account.admin.requests()[0]?.status).toBe(status);
  });

  test.each([
    [false, 0],
    [true, 1],
  ])('a gateway page, after the commit: %s; applications afterwards: %i', async (afterCommit, count) => {
    const account = await emulator({ faults: [{ action: { kind: 'html', status: 502, afterCommit } }] });

    const answered = await call(account, 'POST', '', { body: aBody() });

    expect([answered.status, answered.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(answered.text).toContain('<h1>502 Bad Gateway</h1>');
    expect(account.admin.applications()).toHaveLength(count);
  });
});

test('an injected 404 names the id asked for', async () => {
  const account = await emulator({ faults: [{ action: { kind: 'status', status: 404 } }] });
  const [id] = account.admin.seed(1);

  const answered = await call(account, 'GET', `/${id}`);

  expect(answered.body['detail']).toBe(`ID '${id}' does not exist, or you do not have access`);
});

test.each([
  [5, '5'],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT'],
])('an injected status may say Retry-After %s', async (retryAfter, header) => {
  const account = await emulator({ faults: [{ action: { kind: 'status', status: 503, retryAfter } }] });

  expect((await call(account, 'GET')).headers.get('retry-after')).toBe(header);
});

test('a delete cut off after the commit has happened', async () => {
  const account = await emulator({ faults: [{ match: { verb: 'DELETE' }, action: { kind: 'truncate' } }] });
  const [id] = account.admin.seed(1);

  await expect(call(account, 'DELETE', `/${id}`)).rejects.toThrow();

  expect(account.admin.applications()).toEqual([]);
});

test('latency delays the response', async () => {
  const account = await emulator({ latencyMs: 15, faults: [{ action: { kind: 'latency', ms: 15 } }] });

  const before = performance.now();
  await call(account, 'GET');

  expect(performance.now() - before).toBeGreaterThanOrEqual(29);
});

describe('page-shift', () => {
  test('reading two pages misses one application although the totals agree', async () => {
    const account = await emulator({ faults: [{ match: { verb: 'GET', nth: 1 }, action: { kind: 'page-shift' } }] });
    account.admin.seed(4);

    const first = await call(account, 'GET', '?page_size=2');
    const second = await call(account, 'GET', '?page_size=2&page=2');

    expect(namesOf(first)).toEqual(['Application 1', 'Application 2']);
    expect(namesOf(second)).toEqual(['Application 4', 'Application 5']);
    expect([first.body['total_items'], second.body['total_items']]).toEqual([4, 4]);
  });

  test.each(['name', 'id'] as const)('the victim may be chosen by %s', async (by) => {
    const account = await emulator();
    const ids = account.admin.seed(3);
    const victim = by === 'id' ? String(ids[1]) : 'Application 2';
    account.admin.faults([{ match: { nth: 1 }, action: { kind: 'page-shift', victim } }]);

    await call(account, 'GET');

    expect(namesOf(await call(account, 'GET'))).toEqual(['Application 1', 'Application 3', 'Application 4']);
  });

  test('an empty list only gains one', async () => {
    const account = await emulator({ faults: [{ match: { nth: 1 }, action: { kind: 'page-shift' } }] });

    await call(account, 'GET');

    expect(namesOf(await call(account, 'GET'))).toEqual(['Application 1']);
  });
});

describe('stale-list', () => {
  test.each([
    [{ kind: 'stale-list' } as const, 3],
    [{ kind: 'stale-list', requests: 1 } as const, 1],
  ])('%j: the new application is missing from %i lists, but can be read', async (action, missing) => {
    const account = await emulator({ faults: [{ match: onPost, action }] });
    const created = await call(account, 'POST', '', { body: aBody() });

    const lists: unknown[] = [];
    for (let count = 0; count <= missing; count += 1) lists.push((await call(account, 'GET')).body['total_items']);

    expect(lists).toEqual([...Array.from({ length: missing }, () => 0), 1]);
    expect((await call(account, 'GET', `/${idOf(created.body)}`)).status).toBe(200);
  });

  test('the new application may be missing for a time', async () => {
    let now = 1000;
    const rule: FaultRule = { match: onPost, action: { kind: 'stale-list', ms: 500 } };
    const account = await emulator({ faults: [rule], now: () => now });
    account.admin.seed(1);
    await call(account, 'POST', '', { body: aBody() });

    now = 1499;
    const early = await call(account, 'GET');
    now = 1500;
    const late = await call(account, 'GET');

    expect(namesOf(early)).toEqual(['Application 1']);
    expect(namesOf(late)).toEqual(['Application 1', 'Support']);
  });
});

describe('foreign-writer', () => {
  const inbound = ['capabilities', 'messages', 'webhooks', 'inbound_url', 'address'];

  test('after a GET the application is no longer what was read', async () => {
    const account = await emulator({
      faults: [{ match: { verb: 'GET', nth: 1 }, action: { kind: 'foreign-writer' } }],
    });
    const [id] = account.admin.seed(1);

    const first = await call(account, 'GET', `/${id}`);
    const second = await call(account, 'GET', `/${id}`);

    expect(at(first.body, ...inbound)).toBeUndefined();
    expect(at(second.body, ...inbound)).toBe('https://foreign-writer.example.com/1');
    expect(second.body['name']).toBe(first.body['name']);
    expect(second.body['keys']).toEqual(first.body['keys']);
  });

  test('the change may be chosen as a merge patch', async () => {
    const patch = { name: 'Renamed', capabilities: { voice: null, vbc: {} } };
    const account = await emulator({ faults: [{ match: { nth: 1 }, action: { kind: 'foreign-writer', patch } }] });
    const [id] = account.admin.seed(1);

    await call(account, 'GET', `/${id}`);

    expect(account.admin.applications()).toMatchObject([{ name: 'Renamed', capabilities: { vbc: {} } }]);
    expect(account.admin.applications()[0]?.capabilities).not.toHaveProperty('voice');
  });

  test('before a PUT it is overwritten, for there is no concurrency control', async () => {
    const account = await emulator({ faults: [{ match: { verb: 'PUT' }, action: { kind: 'foreign-writer' } }] });
    const [id] = account.admin.seed(1);

    const replaced = await call(account, 'PUT', `/${id}`, { body: { name: 'Support', capabilities: {} } });

    expect(replaced.body['capabilities']).toEqual({});
  });

  test('before a PUT that is refused it stays', async () => {
    const account = await emulator({ faults: [{ match: { verb: 'PUT' }, action: { kind: 'foreign-writer' } }] });
    const [id] = account.admin.seed(1);

    await call(account, 'PUT', `/${id}`, { body: {} });

    expect(at(account.admin.applications()[0]?.capabilities, ...inbound.slice(1))).toBe(
      'https://foreign-writer.example.com/1',
    );
  });
});

test('a fault that does not fit the request leaves it alone', async () => {
  const account = await emulator();
  const kinds = ['page-shift', 'stale-list', 'foreign-writer'] as const;
  account.admin.faults(kinds.map((kind) => ({ match: { verb: 'DELETE' }, action: { kind } })));
  const ids = account.admin.seed(3);

  for (const id of ids) expect((await call(account, 'DELETE', `/${id}`)).status).toBe(204);

  expect(account.admin.applications()).toEqual([]);
});
