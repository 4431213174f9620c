import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';
import { gitAccess } from '../../../src/source/git/access.ts';
import { askTip, fetchTip, type Remote } from '../../../src/source/git/fetch.ts';
import { Store } from '../../../src/source/git/store.ts';
import { eventually } from '../../eventually.ts';
import { commandLines } from '../../git/command-lines.ts';
import { hasSshd, makeSshKey, type SshKey, type SshServer, startSshServer } from '../../git/ssh-server.ts';
import { git, never } from './a-repository.ts';

/** A name that a shell, and ssh after it, would make something else of. */
const strange = `it's "50%d" $HOME \\ é #x`;

let directory = '';
/** Where keys and known hosts are. */
let keys = '';
let tip = '';
let user: SshKey;
let host: SshKey;
let otherHost: SshKey;
let server: SshServer;

describe.runIf(hasSshd)('over ssh, where OpenSSH’s server (sshd) is installed', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-ssh-'));
    keys = join(directory, strange);
    mkdirSync(keys);
    user = makeSshKey(join(keys, 'user key'));
    host = makeSshKey(join(directory, 'host'));
    otherHost = makeSshKey(join(directory, 'other-host'));
    const run = (...parameters: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...parameters], {
        stdio: 'pipe',
      });
    const work = join(directory, 'work');
    run('init', '--quiet', '--initial-branch=main', work);
    run('-C', work, 'commit', '--quiet', '--allow-empty', '--message', 'Begin');
    run('clone', '--quiet', '--bare', work, join(directory, 'voice.git'));
    tip = run('-C', work, 'rev-parse', 'HEAD').toString().trim();
    server = await startSshServer(directory, user, host);
  });

  beforeEach(() => {
    server.hostKey = host;
    server.isSilent = false;
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Asks and fetches with this key, when hosts with these keys are known. */
  async function refresh(
    { key = user.file, known = [host] as readonly SshKey[] | string, name = 'voice.git' } = {},
    rest: Partial<Remote> = {},
  ) {
    const state = await mkdtemp(join(tmpdir(), 'vonage-gitops-store-'));
    onTestFinished(() => rm(state, { recursive: true, force: true }));
    const knownHosts = typeof known === 'string' ? known : join(keys, 'known hosts');
    const lines =
      typeof known === 'string' ? '' : known.map(({ line }) => `[127.0.0.1]:${server.port} ${line}\n`).join('');
    if (typeof known !== 'string') writeFileSync(knownHosts, lines);
    const address = parseRepositoryAddress(`${server.url}${directory}/${name}`, { allowFile: false });
    if ('problem' in address) throw new Error(address.problem);
    const access = gitAccess({ address, directory: state, auth: { kind: 'ssh-key', file: key, knownHosts } });
    const remote: Remote = {
      address,
      ref: { kind: 'branch', name: 'main' },
      access,
      timeoutMs: 120_000,
      history: 'full',
      maxBytes: 1e9,
      ...rest,
    };
    const store = new Store({ directory: state, git, leastFreeBytes: 0 });
    const asked = await askTip(store, remote, never);
    const as = 'refs/vonage-gitops/voice/tip';
    const failed = 'failure' in asked ? asked : await fetchTip(store, remote, { ...asked, as }, never);
    if (typeof known !== 'string') expect(readFileSync(knownHosts, 'utf8')).toBe(lines); // never written
    return failed ?? { tip: await store.refNow(as) };
  }

  test('a key lets us in, whatever its path is called', async () => {
    expect(await refresh()).toEqual({ tip });
  });

  test('of several keys of a host each counts', async () => {
    expect(await refresh({ known: [otherHost, host] })).toEqual({ tip });
  });

  test('a key that the server does not know: unauthorized', async () => {
    const { file } = makeSshKey(join(keys, 'stranger'));

    expect(await refresh({ key: file })).toMatchObject({
      failure: 'unauthorized',
      said: expect.stringContaining('Permission denied (publickey)'),
    });
  });

  test('a key that is not there: unauthorized, and why', async () => {
    expect(await refresh({ key: join(keys, 'none') })).toMatchObject({
      failure: 'unauthorized',
      said: expect.stringContaining('No such file'),
    });
  });

  test('a key that others may read: unauthorized, and why', async () => {
    const open = join(keys, 'open');
    cpSync(user.file, open);
    chmodSync(open, 0o644);

    expect(await refresh({ key: open })).toMatchObject({
      failure: 'unauthorized',
      said: expect.stringContaining('bad permissions'),
    });
  });

  test('a path that ssh would read as another one is not tried', async () => {
    const before = server.connections();

    expect(await refresh({ key: '/a/${HOME}/key' })).toMatchObject({ failure: 'unauthorized' });
    expect(await refresh({ known: '/a\nb' })).toMatchObject({
      failure: 'unauthorized',
      said: '/a\\nb: its path contains a line break or a control character',
    });
    expect(server.connections()).toBe(before);
  });

  test.each([
    { title: 'none is known', known: [] },
    { title: 'the file is not there', known: '/none' },
  ])('a host that is not known, as $title: host-key-unknown', async ({ known }) => {
    expect(await refresh({ known })).toMatchObject({ failure: 'host-key-unknown' });
  });

  test('a host with another key: host-key-changed, with both fingerprints and the place of the known one', async () => {
    server.hostKey = otherHost;

    expect(await refresh()).toMatchObject({
      failure: 'host-key-changed',
      hostKey: { sent: otherHost.fingerprint, known: host.fingerprint, file: join(keys, 'known hosts'), line: 1 },
    });
  });

  test('a repository that is not there: not-found', async () => {
    expect(await refresh({ name: 'none.git' })).toMatchObject({ failure: 'not-found' });
  });

  test('a server that says nothing: timeout, and no process is left', async () => {
    server.isSilent = true;

    expect(await refresh({}, { timeoutMs: 1_000 })).toMatchObject({ failure: 'timeout' });
    await eventually(() => expect(commandLines().filter((line) => line.includes(`-p ${server.port}`))).toEqual([]));
  });
});
