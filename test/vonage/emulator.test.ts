import { afterEach, describe, expect, test } from 'vitest';
import { parseApplicationId } from '../../src/core/application/application.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts';
import type { VonageClient } from '../../src/vonage/client.ts';
import type { VonageClientOptions } from '../../src/vonage/client-options.ts';
import { aClient, anId, FakeClock } from './support.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function account(
  emulated: EmulatorOptions = {},
  options: Partial<VonageClientOptions> = {},
): Promise<{ emulator: Emulator; client: VonageClient; clock: FakeClock }> {
  const emulator = await startEmulator(emulated);
  const clock = new FakeClock();
  const credentials = () => ({ key: emulator.apiKey, secret: emulator.apiSecret });
  const client = aClient({ baseUrl: emulator.url, credentials, clock, ...options });
  opened.push(emulator, client);
  return { emulator, client, clock };
}

const hook = { address: 'https://example.com/answer', http_method: 'GET', connect_timeout: 500, socket_timeout: 3000 };
const body = { name: 'Support', capabilities: { voice: { webhooks: { answer_url: hook } } } };

describe('listing', () => {
  test.each([
    { count: 0, requests: 1 },
    { count: 1, requests: 1 },
    { count: 100, requests: 1 },
    { count: 101, requests: 2 },
    { count: 1000, requests: 10 },
  ])('$count applications take $requests requests', async ({ count, requests }) => {
    const { emulator, client } = await account();
    emulator.admin.seed(count);

    const live = await client.list({ confirm: [] });

    expect(live.stable).toBe(true);
    expect(new Set(live.applications.map(({ id }) => id)).size).toBe(count);
    expect(emulator.admin.counts()).toMatchObject({ GET: requests, writes: 0 });
  });

  test('an empty account of no pages at all is an empty account', async () => {
    const { client } = await account({ switches: { emptyTotalPages: 0 } });

    expect(await client.list({ confirm: [] })).toEqual({
      applications: [],
      stable: true,
      missing: new Set(),
      unconfirmed: new Set(),
      serverTime: expect.any(Number),
    });
  });

  test('an application that slid between two pages is found by asking for it', async () => {
    const { emulator, client } = await account({
      faults: [{ match: { path: 'page=1$', times: 1 }, action: { kind: 'page-shift' } }],
    });
    emulator.admin.seed(250);
    const before = emulator.admin.applications().map(({ id }) => parseApplicationId(id) ?? anId(0));
    const [victim = anId(0), ...others] = before;

    const live = await client.list({ confirm: others });

    expect(live.applications.map(({ id }) => id)).toEqual(expect.arrayContaining(others));
    expect(live.missing.size).toBe(0);
    expect(await client.get(victim)).toBeUndefined();
  });

  test('ids that no page holds are looked up one by one', async () => {
    const { emulator, client } = await account();
    const [id = ''] = emulator.admin.seed(1);
    emulator.admin.faults([{ action: { kind: 'stale-list', requests: 3 } }]);
    const made = await client.create({ name: 'late' });
    const late = made.outcome === 'created' ? made.application.id : anId(0);

    const live = await client.list({ confirm: [late, anId(7)] });

    expect(live.applications.map((application) => application.id).toSorted()).toEqual([id, late].toSorted());
    expect([...live.missing]).toEqual([anId(7)]);
  });
});

describe('writing', () => {
  test.each(['both', 'live', 'documented'] as const)(
    'a timeout survives a round trip in the %s dialect',
    async (dialect) => {
      const { client } = await account({ dialect });

      const made = await client.create(body);
      const id = made.outcome === 'created' ? made.application.id : anId(0);
      const replaced = await client.replace(id, { ...body, name: 'Support line' });
      const read = await client.get(id);

      expect(made).toMatchObject({ outcome: 'created', application: { name: 'Support', body } });
      expect(replaced.name).toBe('Support line');
      expect(read).toEqual(replaced);
    },
  );

  test('the refused spelling is tried once per account, not once per write', async () => {
    const { emulator, client } = await account({ dialect: 'documented' });

    for (let n = 0; n < 3; n += 1) await client.create(body);

    expect(emulator.admin.counts()['POST']).toBe(4);
  });

  test('a private key the server made never gets past the client', async () => {
    const { client } = await account();

    const made = await client.create({ name: 'keyless' });

    expect(JSON.stringify(made)).toContain('PUBLIC KEY');
    expect(JSON.stringify(made)).not.toContain('PRIVATE KEY');
  });

  test('the field that the API does not know is named', async () => {
    const { client } = await account();

    const made = await client.create({ name: 'x', capabilities: { voice: { colour: 'red' } } });

    expect(made).toMatchObject({
      outcome: 'refused',
      error: { code: 'E_API_REJECTED', details: { unknownMember: 'colour' } },
    });
  });

  test('an application that is gone: reading finds nothing, deleting is done, writing says so', async () => {
    const { client } = await account();

    expect(await client.get(anId(1))).toBeUndefined();
    await expect(client.remove(anId(1))).resolves.toBeUndefined();
    await expect(client.replace(anId(1), body)).rejects.toMatchObject({
      code: 'E_APPLICATION_GONE',
      details: { application: 'Support', applicationId: anId(1) },
    });
  });

  test('a create whose response was lost is unknown and is not sent again', async () => {
    const { emulator, client } = await account({ faults: [{ action: { kind: 'reset-after' } }] });

    const made = await client.create({ name: 'x' });

    expect(made).toMatchObject({ outcome: 'unknown', error: { code: 'E_API_NO_RESPONSE' } });
    expect(emulator.admin.applications()).toHaveLength(1);
  });

  test('an update and a delete whose responses were lost are sent again', async () => {
    const { emulator, client } = await account();
    const [seeded = ''] = emulator.admin.seed(1);
    const { applications } = await client.list({ confirm: [] });
    const id = applications[0]?.id ?? anId(0);
    emulator.admin.faults([{ match: { verb: 'PUT', times: 1 }, action: { kind: 'truncate' } }]);
    const replaced = await client.replace(id, { name: 'again' });
    emulator.admin.faults([{ match: { verb: 'DELETE', times: 1 }, action: { kind: 'reset-after' } }]);
    await client.remove(id);

    expect(replaced.name).toBe('again');
    expect(emulator.admin.applications().map((application) => application.id)).not.toContain(seeded);
  });
});
