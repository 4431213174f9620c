import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';
import { gitProgram } from '../../../src/git/program.ts';
import { gitAccess } from '../../../src/source/git/access.ts';
import { askTip, fetchTip, type Remote } from '../../../src/source/git/fetch.ts';
import { Store } from '../../../src/source/git/store.ts';
import { eventually } from '../../eventually.ts';
import { startGitHttpServer } from '../../git/http-server.ts';
import { leavingsIn } from './a-source.ts';

const never = new AbortController().signal;
const git = gitProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });
const as = 'refs/vonage-gitops/voice/tip';

async function aServer(format: 'sha1' | 'sha256' = 'sha1') {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-git-'));
  const served = join(directory, 'served/voice.git');
  const work = join(directory, 'work');
  const run = (...parameters: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  run('init', '--quiet', '--bare', `--object-format=${format}`, served);
  run('init', '--quiet', '--initial-branch=main', `--object-format=${format}`, work);
  const server = await startGitHttpServer(join(directory, 'served'));
  onTestFinished(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });
  const address = parseRepositoryAddress(`${server.url}/voice.git`, { allowFile: false });
  if ('problem' in address) throw new Error(address.problem);
  const remote: Remote = {
    address,
    ref: { kind: 'branch', name: 'main' },
    access: gitAccess({ address, directory: join(directory, 'state/store') }),
    timeoutMs: 120_000,
    history: 'full',
    maxBytes: 1024 * 1024 * 1024,
  };
  const store = new Store({ directory: join(directory, 'state/store'), git, leastFreeBytes: 0 });
  const repository = join(directory, 'state/store/repository.git');
  return {
    server,
    remote,
    store,
    repository,
    directory,
    run,
    /** Commits a file, and pushes it. */
    push: async (path: string, content: string | Buffer = 'text') => {
      await writeFile(join(work, path), content);
      run('-C', work, 'add', '--all');
      run('-C', work, 'commit', '--quiet', '--message', `Add ${path}`);
      run('-C', work, 'push', '--quiet', '--force', served, 'HEAD:main');
      return run('-C', work, 'rev-parse', 'HEAD');
    },
    /** Asks for the tip and fetches it. */
    refresh: async (options: Partial<Remote> = {}, signal = never) => {
      const asked = await askTip(store, { ...remote, ...options }, signal);
      if (!('tip' in asked)) return asked;
      return (await fetchTip(store, { ...remote, ...options }, { ...asked, as }, signal)) ?? { tip: asked.tip };
    },
  };
}

describe('fetching', () => {
  test.each(['sha1', 'sha256'] as const)('brings the tip of a repository of format %s', async (format) => {
    const { push, refresh, store } = await aServer(format);
    const first = await push('a.yaml');
    expect(await refresh()).toEqual({ tip: first });
    const second = await push('b.yaml');

    expect(await refresh()).toEqual({ tip: second });
    expect(await store.refNow(as)).toBe(second);
  });

  test('without history still tells whether the history goes on', async () => {
    const { push, refresh, repository, run } = await aServer();
    await push('a.yaml');
    const first = await push('b.yaml');
    await refresh({ history: 'shallow' });
    await push('c.yaml');
    const last = await push('d.yaml');
    await refresh({ history: 'shallow' });

    expect(run('--git-dir', repository, 'rev-list', '--count', as)).toBe('3');
    expect(() => run('--git-dir', repository, 'merge-base', '--is-ancestor', first, last)).not.toThrow();
  });

  test('that is refused says so, and changes nothing', async () => {
    const { push, refresh, server, store } = await aServer();
    const first = await push('a.yaml');
    await refresh();
    await push('b.yaml');
    server.credentials = 'x:right';

    expect(await refresh()).toMatchObject({ failure: 'unauthorized' });
    expect(await store.refNow(as)).toBe(first);
  });

  test('that is cut leaves nothing behind, and the next one works', async () => {
    const { push, refresh, server, repository } = await aServer();
    await push('a.yaml');
    await refresh();
    const tip = await push('large', randomBytes(300_000));
    server.fault = { kind: 'cut', afterBytes: 50_000 };

    const failed = await refresh();
    server.fault = undefined;

    expect(failed).toMatchObject({ failure: 'unreachable' });
    expect(leavingsIn(repository)).toEqual([]);
    expect(await refresh()).toEqual({ tip });
  });

  test('that was killed left locks and half a pack: the next one removes them', async () => {
    const { push, refresh, repository } = await aServer();
    await push('a.yaml');
    await refresh();
    await writeFile(join(repository, 'shallow.lock'), '');
    await writeFile(join(repository, 'objects/pack/tmp_pack_x'), 'half');
    await mkdir(join(repository, 'objects/incoming-x'));
    const tip = await push('b.yaml');

    expect(await refresh()).toEqual({ tip });
    expect(leavingsIn(repository)).toEqual([]);
  });

  test('into a damaged store begins anew, and one damaged store is kept', async () => {
    const { push, refresh, repository } = await aServer();
    await push('a.yaml');
    await refresh();
    await writeFile(join(repository, 'config'), 'no config');
    const tip = await push('b.yaml');

    expect(await refresh()).toEqual({ tip });
    expect(existsSync(join(repository, '../damaged.git'))).toBe(true);
  });

  test('that becomes too large is ended, long before all of it is there', async () => {
    const { push, refresh, server, repository } = await aServer();
    await push('a.yaml');
    await refresh();
    await push('large', randomBytes(16_000_000));
    server.fault = { kind: 'slow', bytesPerSecond: 200_000 };

    // All of it would take longer than it may.
    const failed = await refresh({ maxBytes: 1024 * 1024, timeoutMs: 60_000 });

    expect(failed).toEqual({ failure: 'too-large', said: 'the repository takes more than 1 MiB' });
    expect(leavingsIn(repository)).toEqual([]);
  });

  test('ends when it is asked to', async () => {
    const { push, refresh, server } = await aServer();
    await push('a.yaml');
    server.fault = { kind: 'hang' };
    const stop = new AbortController();

    const asked = refresh({}, stop.signal);
    await eventually(() => expect(server.requests).toHaveLength(1));
    stop.abort();

    expect(await asked).toMatchObject({ failure: 'other' });
  });
});
