import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { testWorld } from '../../world.ts';

async function emulator(...args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-emulator-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'notes.txt'), 'not a data file');
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
  const { code, stderr } = await emulator('--port', '0', ...args);

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

  const { code, stderr } = await emulator('--port', String(port));

  expect(stderr).toContain(
    `127.0.0.1:${port}: another process listens there. Choose another --host or --port (0 selects a free one)`,
  );
  expect(code).toBe(5);
});

test('it says with which credentials it can be called', async () => {
  const { code, stderr } = await emulator('--port', '0');

  expect(stderr).toMatch(
    /export VONAGE_API_URL=http:\/\/127.0.0.1:\d+ VONAGE_API_KEY=abcd1234 VONAGE_API_SECRET=emulator-secret/,
  );
  expect(code).toBe(0);
});
