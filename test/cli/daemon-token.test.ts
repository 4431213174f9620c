import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { writeAccount } from '../reliability/account.ts';
import { withEmulator } from './world.ts';

test.each([
  {
    what: 'refuses the token',
    args: ['status'],
    status: 401,
    error: { code: 'UNAUTHORIZED', message: 'a token is required' },
    said: 'the daemon refused the token: check VONAGE_GITOPS_DAEMON_TOKEN, or the tokens of daemon in the configuration',
  },
  {
    what: 'has only a read token of ours',
    args: ['sync'],
    status: 403,
    error: { code: 'FORBIDDEN', message: 'this token may not do this: it takes daemon.token' },
    said: 'the daemon responded 403: this token may not do this: it takes daemon.token',
  },
])('a daemon that $what is not called unreachable', ({ args, status, error, said }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    const daemon = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error }));
    });
    await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(daemon.address() as AddressInfo).port}`;

    const { code, stdout, stderr } = await bench.run([...args, '--daemon', url], {
      environment: { VONAGE_GITOPS_DAEMON_TOKEN: 'a-token' },
    });

    daemon.closeAllConnections();
    daemon.close();
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`${url}: ${said}`);
    expect(stdout + stderr).not.toContain('not reachable');
  }),
);
