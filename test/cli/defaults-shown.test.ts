import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from './world.ts';

const spec = (method: string, timeout: number) =>
  `{ capabilities: { voice: { webhooks: { answer_url: { address: "https://example.com/answer", http_method: ${method}, connect_timeout: ${timeout} } } } } }`;

const hook = '/capabilities/voice/webhooks/answer_url';

/** Lines with single spaces. */
const words = (text: string) => text.replaceAll(/ +/g, ' ');

test('a value that equals a default is shown as itself, in text, JSON and markdown', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/base.yaml', manifestYaml('Base', spec('POST', 500)));
    await bench.run(['apply', 'apps', '--yes']);
    await bench.write('apps/base.yaml', manifestYaml('Base', spec('GET', 1000)));

    const text = words((await bench.run(['plan', 'apps'])).stdout);
    const json = JSON.parse((await bench.run(['plan', 'apps', '--format', 'json'])).stdout);
    const markdown = words((await bench.run(['plan', 'apps', '--format', 'markdown'])).stdout);
    await bench.run(['apply', 'apps', '--yes']);
    await bench.write('apps/base.yaml', manifestYaml('Base', spec('POST', 500)));
    const back = words((await bench.run(['plan', 'apps'])).stdout);

    expect(text).toContain(`~ ${hook.slice(1).replaceAll('/', '.')}.connect_timeout 500 -> 1000`);
    expect(text).toContain('.http_method "POST" -> "GET"');
    expect(text).not.toContain('(absent)');
    expect(json.changes[0].fields).toEqual([
      expect.objectContaining({ pointer: `${hook}/connect_timeout`, before: 500, after: 1000 }),
      expect.objectContaining({ pointer: `${hook}/http_method`, before: 'POST', after: 'GET' }),
    ]);
    expect(markdown).toContain('.connect_timeout 500 -&#62; 1000');
    expect(back).toContain('.connect_timeout 1000 -> 500');
    expect(back).toContain('.http_method "GET" -> "POST"');
  }));

test('a create shows every field that is sent, and a removed webhook every field that goes', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/base.yaml', manifestYaml('Base', spec('GET', 1000)));
    const create = words((await bench.run(['plan', 'apps'])).stdout);
    await bench.run(['apply', 'apps', '--yes']);
    await bench.write('apps/base.yaml', manifestYaml('Base', '{ capabilities: { voice: { webhooks: {} } } }'));
    const removal = words((await bench.run(['plan', 'apps'])).stdout);

    for (const field of ['address "https://example.com/answer"', 'http_method "GET"', 'connect_timeout 1000']) {
      expect(create).toContain(`+ capabilities.voice.webhooks.answer_url.${field}`);
      expect(removal).toContain(`- capabilities.voice.webhooks.answer_url.${field}`);
    }
  }));
