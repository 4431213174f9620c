import { rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, type Ended, manifestYaml, withEmulator } from '../cli/world.ts';
import { aConfig, applicationNamed, namesIn, writeAccount } from './account.ts';

type Change = (text: string) => string;

interface Front {
  /** Runs a command whose requests go through the server. */
  run(...args: readonly string[]): Promise<Ended>;
  /** What becomes of each listing from now on. */
  change: Change;
}

/** A server in front of the emulated account that may change each listing. */
async function behind({ emulator, run }: Bench, work: (front: Front) => Promise<void>): Promise<void> {
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { url = '', method = 'GET', headers } = request;
    const upstream = await fetch(`${emulator.url}${url}`, {
      method,
      headers: { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? 'text/plain' },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const text = await upstream.text();
    response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? '' });
    response.end(method === 'GET' && url.includes('page=') ? front.change(text) : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const environment = { VONAGE_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const front: Front = { change: (text) => text, run: (...args) => run(args, { environment }) };
  try {
    await work(front);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Items of a listing, one after another. */
function items(change: (item: Record<string, unknown>) => unknown): Change {
  return (text) => {
    const page = JSON.parse(text);
    const applications = page._embedded.applications.map(change);
    return JSON.stringify({ ...page, _embedded: { applications } });
  };
}

const nameless = items((item) => (item['name'] === 'odd' ? { ...item, name: null } : item));

test('an unmanaged application without a name stops no update, keeps the rest from being created, and is named', () =>
  withEmulator(async (bench) =>
    behind(bench, async (front) => {
      await writeAccount(bench, ['support']);
      await front.run('apply', '--yes');
      bench.emulator.admin.seed([{ name: 'odd' }]);
      bench.emulator.admin.put(applicationNamed(bench, 'support').id, { name: 'support', capabilities: {} });
      await bench.write('apps/new.yaml', manifestYaml('new'));
      front.change = nameless;

      const applied = await front.run('apply', '--yes');

      expect(applied).toMatchObject({ stdout: expect.stringContaining('1 updated') });
      expect(applied.code).toBe(3);
      expect(applied.stdout).toContain(`${applicationNamed(bench, 'odd').id}: "name" is null`);
      expect(namesIn(bench).toSorted()).toEqual(['odd', 'support']);
    }),
  ));

test('an owned application without a name counts as present: it is neither missing nor created again', () =>
  withEmulator(async (bench) =>
    behind(bench, async (front) => {
      await writeAccount(bench, ['odd', 'support']);
      await front.run('apply', '--yes');
      front.change = nameless;

      const applied = [await front.run('apply', '--yes'), await front.run('apply', '--yes')];

      for (const run of applied)
        expect(run).toMatchObject({
          code: 3,
          stdout: expect.stringContaining('the listing shows it, but it cannot be read'),
        });
      expect(bench.emulator.admin.counts().POST).toBe(2);
      front.change = (text) => text;
      expect(await front.run('plan', '--detailed-exitcode')).toMatchObject({ code: 0 });
    }),
  ));

test('nothing is deleted while a listing does not say how many applications there are', () =>
  withEmulator(async (bench) =>
    behind(bench, async (front) => {
      await bench.write('vonage-gitops.yaml', aConfig('policy: sync'));
      await bench.write('apps/one.yaml', manifestYaml('one'));
      await bench.write('apps/two.yaml', manifestYaml('two'));
      await front.run('apply', '--yes');
      await rm(join(bench.cwd, 'apps/two.yaml'));
      front.change = (text) => {
        const { total_items: _, ...page } = JSON.parse(text);
        return `\u{feff}${JSON.stringify(page)}`;
      };

      const applied = await front.run('apply', '--yes');

      expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('did not say how many applications') });
      expect(namesIn(bench).toSorted()).toEqual(['one', 'two']);
      front.change = (text) => text;
      expect(await front.run('apply', '--yes')).toMatchObject({ code: 0 });
      expect(namesIn(bench)).toEqual(['one']);
    }),
  ));
