import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { hurriedClock, testWorld } from './world.ts';

/** Runs `plan --commit` against a daemon that has too much to do so many times. */
async function planWhileBusy(times: number, retryAfter: string | undefined) {
  let left = times;
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    const isBusy = left-- > 0;
    const busy = { error: { code: 'TOO_MANY_PLANS', message: '11 plans of source voice are asked for already' } };
    if (isBusy) response.writeHead(429, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    else response.writeHead(200, { 'vonage-gitops-exit-code': '0' });
    response.end(isBusy ? JSON.stringify(busy) : 'the plan\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clock = hurriedClock();
  const world = testWorld({ cwd: '/', environment: { VONAGE_GITOPS_DAEMON_TOKEN: 'plans' }, clock });
  const args = ['plan', '--commit', 'a'.repeat(40), '--daemon', `http://127.0.0.1:${port}`];
  const code = await runCli(args, world.context);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { code, asked, stdout: world.stdout(), stderr: world.stderr() };
}

test('plan --commit asks a busy daemon again when that says so', async () => {
  const ended = await planWhileBusy(2, '10');

  expect(ended).toMatchObject({ code: 0, asked: 3, stdout: 'the plan\n' });
  expect(ended.stderr).toContain('asking again in 10 s');
});

test.each([
  { title: 'and does not say for how long', times: 1, retryAfter: undefined, asked: 1 },
  { title: 'for an hour', times: 1, retryAfter: '3600', asked: 1 },
  { title: 'for no time at all', times: 1, retryAfter: '0', asked: 1 },
])('plan --commit gives up where the daemon is busy $title', async ({ times, retryAfter, asked }) => {
  const ended = await planWhileBusy(times, retryAfter);

  expect(ended).toMatchObject({ code: 1, asked, stdout: '' });
  expect(ended.stderr).toContain('the daemon responded 429: 11 plans of source voice are asked for already');
});

test('plan --commit gives up after five minutes', async () => {
  const ended = await planWhileBusy(1000, '100');

  expect(ended).toMatchObject({ code: 1, asked: 3 });
});
