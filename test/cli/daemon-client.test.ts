import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { configYaml, until, withDaemon } from '../daemon/running.ts';
import { makeAuthority } from '../git/authority.ts';
import { manifestYaml, type TestWorldOptions, testWorld, withEmulator } from './world.ts';

const token = 'a-token-that-acts';

/** Runs a command in an empty directory of its own: where CI is, and no configuration file. */
async function elsewhere(args: readonly string[], options: Partial<TestWorldOptions> = {}, file?: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-elsewhere-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  if (file !== undefined) await writeFile(join(cwd, 'vonage-gitops.yaml'), file);
  await writeFile(join(cwd, 'token'), `${token}\n`);
  const { context, stdout, stderr } = testWorld({ cwd, ...options });
  const code = await runCli(args, context);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Serves this machine over http, and answers with its address. */
async function served(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('without a configuration file a named daemon is asked about its own accounts', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const environment = { VONAGE_GITOPS_DAEMON: await daemon.url(), VONAGE_GITOPS_DAEMON_TOKEN_FILE: 'token' };
      const run = (...args: readonly string[]) => elsewhere(args, { environment });

      expect(await run('status')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^main: synced\n/) });
      expect(await run('status', '--account', 'main')).toMatchObject({ code: 0 });
      expect(await run('history')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^main:\n/) });
      expect(await run('explain', 'Support')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^"Support"/) });
      expect(await run('sync')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^main: pass/) });
      expect(await run('pause', '--reason', 'INC-42')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Paused account main until/),
      });
      expect(await run('resume')).toMatchObject({ code: 0, stdout: 'Resumed account main.\n' });
      expect(await run('status', '--account', 'other')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no such account: other; accounts of this daemon: main'),
      });
    });
  }));

test.each([
  { title: 'an option', args: ['--daemon', 'http://10.0.0.5:8080'], environment: {}, named: "option '--daemon <url>'" },
  {
    title: 'a variable',
    args: [],
    environment: { VONAGE_GITOPS_DAEMON: 'http://10.0.0.5:8080' },
    named: 'VONAGE_GITOPS_DAEMON: ',
  },
])('http to another machine is refused in $title', async ({ args, environment, named }) => {
  const { code, stderr } = await elsewhere(['status', ...args], { environment });

  expect(code).toBe(5);
  expect(stderr).toContain(named);
  expect(stderr.toLowerCase()).toContain('a token is not sent over http to another machine: use https://');
});

test('http to another machine is refused in the configuration, at its place', async () => {
  const file = configYaml({ daemon: '  url: http://10.0.0.5:8080' });

  const { code, stderr } = await elsewhere(['status'], {}, file);

  expect(code).toBe(5);
  expect(stderr).toContain('vonage-gitops.yaml:13:8: daemon.url: a token is not sent over http to another machine');
});

test('a password in an address is not repeated', async () => {
  const { code, stderr } = await elsewhere(['status', '--daemon', 'https://ann:hunter22@gitops.example.com']);

  expect(code).toBe(5);
  expect(stderr).toContain('without user name, password, query or fragment');
  expect(stderr).not.toContain('hunter22');
});

test('tokens of the configuration go to no address that was only given', async () => {
  const file = configYaml({ daemon: '  url: https://gitops.example.com' });
  const args = ['sync', '--daemon', 'https://gitops.example.net'];

  const { code, stderr } = await elsewhere(args, { environment: { DAEMON_TOKEN: token } }, file);

  expect(code).toBe(5);
  expect(stderr).toContain('https://gitops.example.net: no token of the daemon. Set VONAGE_GITOPS_DAEMON_TOKEN');
  expect(stderr).toContain('Tokens of the configuration are sent only to daemon.url and to this machine');
});

test.each([
  {
    title: 'from the environment',
    environment: { VONAGE_GITOPS_DAEMON_TOKEN: 'of-ci', DAEMON_TOKEN: token },
    sent: 'of-ci',
  },
  { title: 'from its file', environment: { VONAGE_GITOPS_DAEMON_TOKEN_FILE: 'token' }, sent: token },
  {
    title: 'from the configuration: the one that does least',
    environment: { DAEMON_TOKEN: token, DAEMON_READ_TOKEN: 'reads' },
    sent: 'reads',
  },
])('a token is sent $title', async ({ environment, sent }) => {
  const seen: unknown[] = [];
  const url = await served((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'UNAUTHORIZED', message: 'no' } }));
  });

  const { code, stdout, stderr } = await elsewhere(
    ['status'],
    { environment },
    configYaml({ daemon: `  url: ${url}` }),
  );

  expect(code).toBe(1);
  expect(seen).toEqual([`Bearer ${sent}`]);
  expect(stderr).toContain(`${url}: the daemon refused the token`);
  expect(stdout + stderr).not.toContain(sent);
});

test.each([
  {
    title: 'two tokens',
    environment: { VONAGE_GITOPS_DAEMON_TOKEN: 'one', VONAGE_GITOPS_DAEMON_TOKEN_FILE: 'token' },
    code: 5,
    said: 'VONAGE_GITOPS_DAEMON_TOKEN and VONAGE_GITOPS_DAEMON_TOKEN_FILE are both set',
  },
  {
    title: 'a file of a token that is not there',
    environment: { VONAGE_GITOPS_DAEMON_TOKEN_FILE: 'none' },
    code: 5,
    said: 'no token of the daemon. Set it in the file',
  },
  { title: 'no token', environment: {}, code: 5, said: 'no token of the daemon. Set VONAGE_GITOPS_DAEMON_TOKEN' },
  {
    title: 'a daemon that is not there',
    environment: { VONAGE_GITOPS_DAEMON_TOKEN: 'one' },
    code: 1,
    said: 'http://127.0.0.1:1: the daemon is not reachable: connect ECONNREFUSED',
  },
])('$title: nothing else answers in its place', async ({ environment, code, said }) => {
  const ended = await elsewhere(['status', '--daemon', 'http://127.0.0.1:1'], { environment });

  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(said) });
});

test('a redirect is not followed: the token stays', async () => {
  let reached = 0;
  const other = await served((_, response) => {
    reached += 1;
    response.end();
  });
  const url = await served((_, response) => response.writeHead(302, { location: other }).end());

  const { code, stderr } = await elsewhere(['status', '--daemon', url], {
    environment: { VONAGE_GITOPS_DAEMON_TOKEN: token },
  });

  expect(code).toBe(1);
  expect(stderr).toContain('it redirects to another address, which is not followed');
  expect(reached).toBe(0);
});

test('a certificate of an unknown authority is an error with the setting that adds one, and gets no token', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-tls-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  let asked = 0;
  const server = createTlsServer(makeAuthority(directory, 'stranger').server, () => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());

  const { code, stderr } = await elsewhere(
    ['status', '--daemon', `https://127.0.0.1:${(server.address() as AddressInfo).port}`],
    { environment: { VONAGE_GITOPS_DAEMON_TOKEN: token } },
  );

  expect(code).toBe(1);
  expect(stderr).toContain('set NODE_EXTRA_CA_CERTS to the file of its authority');
  expect(asked).toBe(0);
});

test('a request ends when the process is asked to stop', async () => {
  const stop = new AbortController();
  const url = await served(() => stop.abort(new Error('SIGINT')));

  const { code, stderr } = await elsewhere(['history', '--daemon', url], {
    environment: { VONAGE_GITOPS_DAEMON_TOKEN: token },
    stop: stop.signal,
  });

  expect(code).toBe(1);
  expect(stderr).toContain('E_ABORTED: stopped on request');
});

test('daemon.url names the daemon, so its silence is an error; none asks no daemon', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ daemon: '  url: http://127.0.0.1:1' }));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const environment = { DAEMON_TOKEN: token };

    for (const args of [['status'], ['history'], ['explain', 'Support'], ['pause'], ['resume'], ['sync']]) {
      const ended = await bench.run(args, { environment });
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('http://127.0.0.1:1: ') });
      expect(ended.stderr).toContain('It is daemon.url; --daemon none uses the state directory here');
    }
    const paused = await bench.run(['pause', '--daemon', 'none'], { environment });
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining('recorded in the state directory') });
    const synced = await bench.run(['sync', '--daemon', 'none'], { environment });
    expect(synced.stderr).toContain('no daemon is asked (--daemon none)');
  }));

test('a daemon that listens on an address of another machine is not asked over http', async () => {
  const file = configYaml().replace('127.0.0.1:0', '192.0.2.1:8080');

  const { code, stderr } = await elsewhere(['sync'], { environment: { DAEMON_TOKEN: token } }, file);

  expect(code).toBe(1);
  expect(stderr).toContain('daemon.listen (192.0.2.1:8080) is not an address of this machine: set daemon.url');
});

test('a manifest cannot use the token of the daemon', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    environment: [VONAGE_GITOPS_DAEMON_TOKEN]' }));

    const { code, stderr } = await bench.run(['validate'], { environment: { VONAGE_GITOPS_DAEMON_TOKEN: token } });

    expect(code).toBe(5);
    expect(stderr).toContain('VONAGE_GITOPS_DAEMON_TOKEN holds a credential, which manifests must not use');
  }));
