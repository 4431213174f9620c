import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ReconcilerError } from '../../../src/core/errors.ts';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';
import { type AccessOptions, gitAccess, type TokenIssuer } from '../../../src/source/git/access.ts';
import { askTip, fetchTip, type Remote } from '../../../src/source/git/fetch.ts';
import { Store } from '../../../src/source/git/store.ts';
import { eventually } from '../../eventually.ts';
import { type Authority, makeAuthority } from '../../git/authority.ts';
import { commandLines } from '../../git/command-lines.ts';
import { type GitHttpServer, startGitHttpServer } from '../../git/http-server.ts';
import { startProxyServer } from '../../git/proxy-server.ts';
import { git, never } from './a-repository.ts';

const secret = 'token-of-the-test-0123456789';
const basic = (token: string) => Buffer.from(`x-access-token:${token}`).toString('base64');
const ref = { kind: 'branch', name: 'main' } as const;
const as = 'refs/vonage-gitops/voice/tip';

let directory = '';
let tip = '';
let authority: Authority;
let stranger: Authority;
let server: GitHttpServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-access-'));
  const run = (...parameters: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...parameters], { stdio: 'pipe' });
  const work = join(directory, 'work');
  run('init', '--quiet', '--initial-branch=main', work);
  run('-C', work, 'commit', '--quiet', '--allow-empty', '--message', 'Begin');
  run('clone', '--quiet', '--bare', work, join(directory, 'served/voice.git'));
  tip = run('-C', work, 'rev-parse', 'HEAD').toString().trim();
  authority = makeAuthority(directory, 'ours');
  stranger = makeAuthority(directory, 'stranger');
  server = await startGitHttpServer(join(directory, 'served'), authority.server);
});

beforeEach(() => {
  server.fault = undefined;
  server.credentials = `x-access-token:${secret}`;
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** A store, and the server as these options reach it. */
async function aSource(options: Partial<AccessOptions>, rest: Partial<Remote> = {}) {
  const state = await mkdtemp(join(tmpdir(), 'vonage-gitops-store-'));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const address = parseRepositoryAddress(`${server.url}/voice.git`, { allowFile: false });
  if ('problem' in address) throw new Error(address.problem);
  const access = gitAccess({ address, directory: state, ca: authority.file, ...options });
  const remote: Remote = { address, ref, access, timeoutMs: 120_000, history: 'full', maxBytes: 1e9, ...rest };
  const store = new Store({ directory: state, git, leastFreeBytes: 0 });
  return {
    state,
    settings: async () => {
      const opened = await access.open(never);
      return 'failure' in opened ? [] : opened.settings;
    },
    ask: (signal = never) => askTip(store, remote, signal),
    refresh: async () => {
      const asked = await askTip(store, remote, never);
      return 'failure' in asked ? asked : ((await fetchTip(store, remote, { ...asked, as }, never)) ?? asked);
    },
  };
}

const byToken = (token: () => string) => ({ auth: { kind: 'token', token } }) as const;

/** All that the files below a directory hold. */
function everythingIn(path: string): string {
  const all = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return all.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

function expectNoSecret(text: string): void {
  for (const form of [secret, basic(secret)]) expect(text).not.toContain(form);
}

describe('a token', () => {
  test('lets us in, is read afresh each time, and is nowhere', async () => {
    let token = secret;
    const { refresh, state } = await aSource(byToken(() => token));

    expect(await refresh()).toMatchObject({ tip });
    token = 'wrong';
    expect(await refresh()).toMatchObject({ failure: 'unauthorized' });
    token = secret;
    expect(await refresh()).toMatchObject({ tip });
    expectNoSecret(everythingIn(state));
  });

  test.runIf(existsSync('/proc/self/cmdline'))('is not among the arguments of a process while it is sent', async () => {
    const { ask } = await aSource(byToken(() => secret));
    server.fault = { kind: 'hang' };
    const stop = new AbortController();
    const before = server.requests.length;

    const asked = ask(stop.signal);
    await eventually(() => expect(server.requests.length).toBeGreaterThan(before));
    const ours = commandLines().filter((line) => line.includes(server.url));
    expect(ours.some((line) => line.includes('ls-remote'))).toBe(true);
    expect(ours.some((line) => line.includes('remote-https'))).toBe(true);
    expectNoSecret(commandLines().join('\n'));
    stop.abort();

    expect(await asked).toMatchObject({ failure: 'other' });
    await eventually(() => expect(commandLines().filter((line) => line.includes(server.url))).toEqual([]));
  });

  test('that is wrong is not told', async () => {
    server.credentials = 'x-access-token:another';
    const { ask, state } = await aSource(byToken(() => secret));

    const failed = await ask();

    expect(failed).toMatchObject({ failure: 'unauthorized' });
    expectNoSecret(JSON.stringify(failed) + everythingIn(state));
  });

  test('that cannot be read is told, and nothing is asked', async () => {
    const remedy = 'it in the file /none, which cannot be read';
    const { ask } = await aSource(
      byToken(() => {
        throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'source voice', what: 'token', remedy });
      }),
    );
    const before = server.requests.length;

    const said = `source voice: no token. Set ${remedy}`;

    expect(await ask()).toEqual({ failure: 'unauthorized', said, reason: said });
    expect(server.requests).toHaveLength(before);
  });
});

describe('an issued token', () => {
  /** Gives these out, one after the other is thrown away. */
  function issuing(...tokens: readonly string[]): TokenIssuer {
    let at = 0;
    return {
      token: async () => {
        const token = tokens[at];
        return token === undefined ? { failure: 'unreachable', said: 'no token' } : { token };
      },
      forget: () => tokens[++at] !== undefined,
    };
  }

  test.each([
    { title: 'is thrown away when the server refuses it, and the next one lets us in', tokens: ['old', secret] },
    { title: 'and is wrong again is not asked for a third time', tokens: ['old', 'bad', secret], is: 'unauthorized' },
    { title: 'and is the only one', tokens: ['old'], is: 'unauthorized' },
    { title: 'and is not given', tokens: [], is: 'unreachable' },
  ])('$title', async ({ tokens, is }) => {
    const { ask } = await aSource({ auth: { kind: 'issued-token', issuer: issuing(...tokens) } });

    expect(await ask()).toMatchObject(is === undefined ? { tip } : { failure: is });
  });
});

describe('a server is who it says it is', () => {
  test.each([
    { title: 'not without its authority', options: () => ({ ca: undefined }) },
    { title: 'not by another authority', options: () => ({ ca: stranger.file }) },
    { title: 'not by a file that is not there', options: () => ({ ca: '/none.pem' }) },
    {
      title: 'not by a file of more authorities that is not there',
      options: () => ({ ca: undefined, extraAuthorities: '/none.pem' }),
    },
    {
      title: 'by `ca` alone, whatever other authorities there are',
      options: () => ({ ca: stranger.file, extraAuthorities: authority.file }),
    },
  ])('$title: tls', async ({ options }) => {
    const { ask } = await aSource({ ...byToken(() => secret), ...options() });

    expect(await ask()).toMatchObject({ failure: 'tls', said: expect.stringMatching(/certificate|SSL/) });
  });

  test('not by an authority of the machine, where others are given: its directory of them is not read', async () => {
    for (const options of [{ ca: stranger.file }, { ca: undefined, extraAuthorities: stranger.file }]) {
      const { settings } = await aSource(options);

      const directory = (await settings()).find(([name]) => name === 'http.sslCAPath')?.[1] ?? '/none';
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test('by one of the authorities that Node.js is told of', async () => {
    const { ask, state } = await aSource({
      ...byToken(() => secret),
      ca: undefined,
      extraAuthorities: authority.file,
    });

    expect(await ask()).toMatchObject({ tip });
    const written = statSync(join(state, 'authorities.pem'));
    expect(written.mode & 0o777).toBe(0o600);
    expect(await ask()).toMatchObject({ tip });
    expect(statSync(join(state, 'authorities.pem')).ino).toBe(written.ino); // not written again
  });
});

describe('a proxy', () => {
  async function aProxy() {
    const proxy = await startProxyServer('ann:password-of-the-proxy');
    onTestFinished(() => proxy.close());
    return proxy;
  }

  test('carries a request, and its password is not among the arguments of a process', async () => {
    const { host, tunnels } = await aProxy();
    const { ask } = await aSource({ ...byToken(() => secret), proxy: `http://ann:password-of-the-proxy@${host}` });

    expect(await ask()).toMatchObject({ tip });
    const target = server.url.replace('https://', '');
    expect(tunnels).toContain(`${target} ann:password-of-the-proxy`);

    server.fault = { kind: 'hang' };
    const stop = new AbortController();
    const before = server.requests.length;
    const asked = ask(stop.signal);
    await eventually(() => expect(server.requests.length).toBeGreaterThan(before));
    if (existsSync('/proc/self/cmdline')) expect(commandLines().join('\n')).not.toContain('password-of-the-proxy');
    stop.abort();
    await asked;
  });

  test('that refuses is told as one, without its password', async () => {
    const { host } = await aProxy();
    const { ask } = await aSource({ ...byToken(() => secret), proxy: `http://ann:another-password@${host}` });

    const failed = await ask();

    expect(failed).toMatchObject({ failure: 'unreachable', said: expect.stringContaining('407') });
    expect(JSON.stringify(failed)).not.toContain('another-password');
  });
});

describe('what a server does instead of answering', () => {
  test.each([
    {
      title: 'it says where the repository is now',
      to: () => `${server.url}/new/voice.git`,
      is: () => `${server.url}/new/voice.git`,
    },
    { title: 'as a path', to: () => '/new/voice.git', is: () => `${server.url}/new/voice.git` },
    { title: 'it sends a page to log in', to: () => '/log-in', tail: '', is: () => undefined },
    { title: 'it names what no source may be', to: () => 'http://example.com/voice.git', is: () => undefined },
    {
      title: 'it names a password',
      to: () => 'https://a:b@example.com/voice.git',
      is: () => 'https://example.com/voice.git',
    },
  ])('$title: moved', async ({ to, tail = '/info/refs?service=git-upload-pack', is }) => {
    server.fault = { kind: 'status', status: 301, location: `${to()}${tail}` };
    const { ask } = await aSource(byToken(() => secret));

    const failed = await ask();

    expect(failed).toMatchObject({ failure: 'moved' });
    expect('movedTo' in failed ? failed.movedTo : undefined).toBe(is());
    expectNoSecret(JSON.stringify(failed));
  });

  test.runIf(existsSync('/proc/self/cmdline'))('it hangs: timeout, and no process is left', async () => {
    server.fault = { kind: 'hang' };
    const { ask } = await aSource(
      byToken(() => secret),
      { timeoutMs: 1_000 },
    );

    expect(await ask()).toMatchObject({ failure: 'timeout' });
    await eventually(() => expect(commandLines().filter((line) => line.includes(server.url))).toEqual([]));
  });
});
