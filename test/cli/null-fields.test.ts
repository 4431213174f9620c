import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from './world.ts';

const answerUrl = { address: 'https://example.com/answer', http_method: 'GET' };

/** An application as a server shows it that writes out what is not there. */
const application = {
  id: '72b49aae-7b4d-4bfa-8979-ea39efa47319',
  name: 'Support',
  privacy: null,
  keys: { public_key: null },
  capabilities: {
    messages: null,
    rtc: { webhooks: null },
    voice: {
      region: null,
      webhooks: { answer_url: answerUrl, fallback_answer_url: null, event_url: { address: null } },
    },
  },
};

test('fields that a response shows as null are no drift, no loss of an adoption, and are not written', () =>
  withEmulator(async (bench) => {
    const methods: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      methods.push(request.method);
      const applications = [application];
      const page = { page_size: 100, page: 1, total_items: 1, total_pages: 1, _embedded: { applications } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url?.includes('?') === true ? page : application));
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const environment = { VONAGE_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const spec = JSON.stringify({ capabilities: { voice: { webhooks: { answer_url: answerUrl } } } });
    await bench.write('apps/support.yaml', manifestYaml('Support', spec));

    const planned = await bench.run(['plan', 'apps', '--format', 'json'], { environment });
    const applied = await bench.run(['apply', 'apps', '--yes'], { environment });
    const again = await bench.run(['plan', 'apps', '--detailed-exitcode'], { environment });
    await new Promise((done) => void server.close(done));

    expect(JSON.parse(planned.stdout)).toMatchObject({
      guards: [],
      changes: [{ action: 'adopt', fields: [], losses: [] }],
    });
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('1 adopted') });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes.') });
    expect(new Set(methods)).toEqual(new Set(['GET']));
  }));
