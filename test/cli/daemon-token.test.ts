import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { writeAccount } from '../reliability/account.ts';
import { withEmulator } from './world.ts';

test('a daemon that refuses the token is not called unreachable', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    const daemon = createServer((_, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'UNAUTHORIZED', message: 'a token is required' } }));
    });
    await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(daemon.address() as AddressInfo).port}`;

    const { code, stdout, stderr } = await bench.run(['status', '--url', url]);

    daemon.closeAllConnections();
    daemon.close();
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`${url}: the daemon refused the token: check daemon.token or daemon.readToken`);
    expect(stdout + stderr).not.toContain('not reachable');
  }));
