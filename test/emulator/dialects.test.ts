import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aBody, at, call, emulator, fixture, idOf, withAnswerUrl } from './client.ts';

const verdict = z.strictObject({ accepted: z.boolean(), why: z.string(), names: z.array(z.string()).optional() });
const perDialect = z.strictObject({ both: verdict, live: verdict, documented: verdict });
const expectedFile = z.record(z.string(), z.strictObject({ create: perDialect, update: perDialect }));

const expected = expectedFile.parse(
  JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')),
);

const rows = Object.entries(expected).flatMap(([file, operations]) =>
  (['create', 'update'] as const).flatMap((operation) =>
    (['both', 'live', 'documented'] as const).map((dialect) => ({
      file,
      operation,
      dialect,
      ...operations[operation][dialect],
    })),
  ),
);

test.each(rows)('$operation of $file, dialect $dialect: accepted $accepted, $why', async (row) => {
  const account = await emulator({ dialect: row.dialect });
  const [id] = account.admin.seed(1);

  const [verb, path] = row.operation === 'create' ? ['POST', ''] : ['PUT', `/${id}`];
  const answered = await call(account, verb, path, { body: fixture(row.file) });

  const invalid = answered.body['invalid_parameters'];
  const names = Array.isArray(invalid) ? invalid.map((one) => at(one, 'name')) : undefined;
  expect(answered.status < 300).toBe(row.accepted);
  expect(names).toEqual(row.names);
  if (!row.accepted && row.names === undefined) expect(answered.body['detail']).toContain(row.why);
});

test('every request fixture has its verdicts', () => {
  const files = readdirSync(new URL('../fixtures/api', import.meta.url)).filter((file) =>
    file.endsWith('.request.json'),
  );

  expect(Object.keys(expected).sort()).toEqual(files.sort());
});

test('every fixture has a public source', () => {
  const index = z
    .array(z.looseObject({ file: z.string(), source: z.string().regex(/^(https:|github:|inferred:)/) }))
    .parse(JSON.parse(readFileSync(new URL('../fixtures/api/index.json', import.meta.url), 'utf8')));

  const files = readdirSync(new URL('../fixtures/api', import.meta.url)).filter((file) => file !== 'index.json');

  expect(index.map(({ file }) => file).sort()).toEqual(files.sort());
});

const hookPath = ['capabilities', 'voice', 'webhooks', 'answer_url'];
const address = 'https://example.com';

describe('spelling of the connect timeout', () => {
  test('each application is answered in the spelling it was last written in', async () => {
    const account = await emulator();
    const one = await call(account, 'POST', '', { body: withAnswerUrl({ address, connect_timeout: 400 }) });
    const other = await call(account, 'POST', '', { body: withAnswerUrl({ address, connection_timeout: 500 }) });

    expect(at(one.body, ...hookPath)).toMatchObject({ connect_timeout: 400 });
    expect(at(other.body, ...hookPath)).toMatchObject({ connection_timeout: 500 });

    const body = withAnswerUrl({ address, connection_timeout: 600 });
    const rewritten = await call(account, 'PUT', `/${idOf(one.body)}`, { body });

    expect(at(rewritten.body, ...hookPath)).toMatchObject({ connection_timeout: 600 });
    expect(at(rewritten.body, ...hookPath, 'connect_timeout')).toBeUndefined();
  });

  test('a PUT without connect timeouts keeps the spelling for the ones filled in', async () => {
    const account = await emulator();
    const created = await call(account, 'POST', '', { body: withAnswerUrl({ address, connection_timeout: 500 }) });

    const replaced = await call(account, 'PUT', `/${idOf(created.body)}`, { body: withAnswerUrl({ address }) });

    expect(at(replaced.body, ...hookPath)).toMatchObject({ connection_timeout: 1000 });
  });

  test.each([
    ['both', 'connect_timeout'],
    ['live', 'connect_timeout'],
    ['documented', 'connection_timeout'],
  ] as const)('dialect %s fills in %s, in answers and in lists', async (dialect, spelling) => {
    const account = await emulator({ dialect });

    const created = await call(account, 'POST', '', { body: withAnswerUrl({ address }) });
    const list = await call(account, 'GET');

    const hook = { address, http_method: 'GET', socket_timeout: 5000, [spelling]: 1000 };
    expect(at(created.body, ...hookPath)).toEqual(hook);
    expect(at(list.body, '_embedded', 'applications', 0, ...hookPath)).toEqual(hook);
    expect(at(account.admin.applications()[0]?.capabilities, ...hookPath.slice(1))).toEqual(hook);
  });

  test.each([
    ['live', 'connection_timeout', 'connect_timeout'],
    ['documented', 'connect_timeout', 'connection_timeout'],
  ] as const)('dialect %s refuses %s and names %s', async (dialect, refused, known) => {
    const account = await emulator({ dialect });

    const answered = await call(account, 'POST', '', { body: withAnswerUrl({ address, [refused]: 500 }) });

    const properties = `4 known properties: "http_method", "address", "socket_timeout", "${known}"`;
    expect(answered.status).toBe(400);
    expect(answered.body['detail']).toContain(`${refused} is not a known json property (${properties}`);
  });

  test('a body may use one spelling here and the other there; the last one names the application', async () => {
    const account = await emulator();
    const webhooks = {
      answer_url: { address, connect_timeout: 400 },
      event_url: { address, connection_timeout: 500 },
    };

    const created = await call(account, 'POST', '', { body: aBody({ capabilities: { voice: { webhooks } } }) });

    expect(at(created.body, ...hookPath)).toMatchObject({ connection_timeout: 400 });
  });
});
