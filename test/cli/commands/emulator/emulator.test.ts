import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { testWorld } from '../../world.ts';

async function emulator(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stderr: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-emulator-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  for (const [file, text] of Object.entries(files)) await writeFile(join(cwd, file), text);
  const stop = new AbortController();
  const world = testWorld({ cwd, stop: stop.signal });
  stop.abort();
  const code = await runCli(['emulator', ...args], world.context);
  return { code, stderr: world.stderr() };
}

test.each([
  {
    args: ['--port', '99999'],
    message: "option '--port <port>' argument '99999' is invalid. Expected a port, 0 to 65535; 0 selects a free one",
  },
  { args: ['--port', '80a'], message: 'Expected a port, 0 to 65535' },
  {
    args: ['--fault', 'foo'],
    message: 'fault "foo": expected VERB[@PATH]:KIND[=ARGUMENT][:WHEN], such as POST:reset-after:x1',
  },
  { args: ['--fault', 'reset-after'], message: 'fault "reset-after": expected VERB[@PATH]:KIND' },
  { args: ['--fault', 'GET:html=7'], message: 'html needs a status from 400 to 599' },
  { args: ['--rate-limit', '30'], message: 'expected REQUESTS/PERIOD, for example 30/s' },
  { args: ['--switch', 'ranges=x'], message: 'switch "ranges=x": expected one of "reject"|"accept"' },
  { args: ['--seed', '-1'], message: "option '--seed <count>' argument '-1' is invalid" },
  {
    args: ['--host', '192.0.2.1'],
    message: '192.0.2.1:0: this machine has no such address. Choose another --host',
  },
  { args: ['--data', '/dev/null/x'], message: 'the emulator cannot start' },
])('emulator $args is a usage error that says what to do', async ({ args, message }) => {
  const { code, stderr } = await emulator({}, '--port', '0', ...args);

  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/options\.port|ERR_SOCKET|Invalid option| {4}at /);
  expect(code).toBe(5);
});

test('a port that is taken is said so, with the remedy', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const { code, stderr } = await emulator({}, '--port', String(port));

  expect(stderr).toContain(
    `127.0.0.1:${port}: another process listens there. Choose another --host or --port (0 selects a free one)`,
  );
  expect(code).toBe(5);
});

const numberFiles: readonly { readonly text: string; readonly messages: readonly string[] }[] = [
  { text: '[{"country":"GB"}]', messages: ['numbers.json:1:2: 0.msisdn: missing: expected text'] },
  {
    text: '{\n  "numbers": [\n    { "country": "GB", "msisdn": "+447700900001" }\n  ]\n}',
    messages: ['numbers.json:3:34: numbers.0.msisdn: expected 3 to 15 digits with the country code'],
  },
  {
    text: '[\n  { "country": "gb", "msisdn": 447700900001 }\n]',
    messages: [
      'numbers.json:2:16: 0.country: expected two capital letters, such as GB',
      'numbers.json:2:32: 0.msisdn: expected text, found a number',
    ],
  },
  {
    text: '[{ "country": "GB", "msisdn": "447700900001", "appId": "x" }]',
    messages: ['numbers.json:1:56: 0.appId: unknown field (did you mean "app_id"?)'],
  },
  {
    text: '[{ "country": "GB", "msisdn": "447700900001", "voiceCallbackType": "phone" }]',
    messages: ['numbers.json:1:68: 0.voiceCallbackType: expected one of "app", "sip", "tel"'],
  },
  {
    text: '[{ "country": "GB", "msisdn": "447700900001" },\n { "country": "GB", "msisdn": "447700900001" }]',
    messages: ['numbers.json:2:31: 1.msisdn: listed twice'],
  },
  { text: '{ "pages": 1 }', messages: ['numbers.json:1:12: pages: unknown field'] },
  { text: '"447700900001"', messages: ['numbers.json:1:1: expected an object, found text'] },
  { text: '[{ "country": "GB",', messages: ['numbers.json:1:'] },
  { text: '', messages: ['numbers.json:1:1: expected an object, found nothing'] },
];

test.each(numberFiles)('a numbers file that is invalid is told with its places: $text', async ({ text, messages }) => {
  const { code, stderr } = await emulator({ 'numbers.json': text }, '--port', '0', '--numbers', 'numbers.json');

  for (const message of messages) expect(stderr).toContain(message);
  expect(code).toBe(5);
});

test('a numbers file that does not exist is told', async () => {
  const { code, stderr } = await emulator({}, '--port', '0', '--numbers', 'numbers.json');

  expect(stderr).toContain('--numbers numbers.json: it does not exist');
  expect(code).toBe(5);
});

test.each([
  '[{ "country": "GB", "msisdn": "447700900001", "app_id": "x" }]',
  '{ "count": 1, "numbers": [{ "country": "GB", "msisdn": "447700900001", "features": ["SMS"] }] }',
  '{}',
])('a numbers file may hold a list, or a response of the API: %s', async (text) => {
  const { code } = await emulator({ 'numbers.json': text }, '--port', '0', '--numbers', 'numbers.json');

  expect(code).toBe(0);
});

test('it says with which credentials it can be called', async () => {
  const { code, stderr } = await emulator({}, '--port', '0');

  expect(stderr).toMatch(
    /export VONAGE_API_URL=http:\/\/127.0.0.1:\d+ VONAGE_API_KEY=abcd1234 VONAGE_API_SECRET=emulator-secret/,
  );
  expect(code).toBe(0);
});
