import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acquireLock } from '../../../src/lock/lock.ts';
import { sizeOf } from '../../../src/source/git/store-disk.ts';
import { git, never } from './a-repository.ts';
import { aSource, leavingsIn } from './a-source.ts';

const child = fileURLToPath(new URL('refresh-child.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Whether every user may search the directories that a file is in. */
function isOpenToAll(path: string): boolean {
  const directory = dirname(path);
  return (statSync(directory).mode & 0o001) !== 0 && (directory === path || isOpenToAll(directory));
}
const clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }),
};
const dayMs = 24 * 60 * 60 * 1000;

/** Another process that refreshes the source. */
function refreshElsewhere(
  url: string,
  directory: string,
  options: { readonly commit?: string; readonly uid?: number } = {},
) {
  const { commit = '', ...how } = options;
  const started = spawn(process.execPath, [child, url, directory, commit], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...how,
  });
  const words: string[] = [];
  const fetching = new Promise<void>((resolve) => {
    started.stdout.setEncoding('utf8').on('data', (text: string) => {
      words.push(...text.trim().split('\n'));
      if (words.includes('fetching')) resolve();
    });
  });
  const ended = new Promise<readonly string[]>((resolve) => void started.once('close', () => resolve(words)));
  return { started, words, fetching: Promise.race([fetching, ended]), ended };
}

/** Kills the process groups of all fetches into a stored repository. */
function killFetches(repository: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${repository}\0fetch\0`))
        process.kill(-Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or leads no group.
    }
  }
}

describe('a fetch that is killed', () => {
  test.runIf(process.platform === 'linux')(
    'with the process that began it, at any moment, costs nothing: the next one works',
    async () => {
      const { commit, directory, push, served, source } = await aSource();
      for (let n = 0; n < 6; n++) await commit(`${n}.bin`, randomBytes(700_000));
      const id = await commit('a.yaml');
      push();
      execFileSync('git', ['clone', '--quiet', '--bare', `file://${served}`, join(directory, 'clone')]);
      const ofOneClone = await sizeOf(join(directory, 'clone'));
      const first = refreshElsewhere(`file://${served}`, join(directory, 'state/.git-sources/whole'));
      await first.fetching;
      const began = performance.now();
      expect(await first.ended).toContain(`accepted ${id}`);
      const takesMs = performance.now() - began;

      let killed = 0;
      for (let moment = 0; moment < 20; moment++) {
        const place = join(directory, `state/.git-sources/${moment}`);
        const repository = join(place, 'repository.git');
        const { started, fetching, ended } = refreshElsewhere(`file://${served}`, place);
        await fetching;
        await sleep((takesMs * moment) / 20);
        started.kill('SIGKILL');
        killFetches(repository);
        if (!(await ended).some((word) => word.startsWith('accepted'))) killed++;
        await rm(join(place, 'critical'), { recursive: true, force: true });

        const lock = () => acquireLock({ directory: place, kind: 'writer', waitMs: 0, clock });
        expect(await source({ directory: place, lock }).refresh(never)).toMatchObject({
          result: 'accepted',
          commit: { id },
        });
        expect(leavingsIn(repository)).toEqual([]);
        expect(await sizeOf(repository)).toBeLessThan(1.2 * ofOneClone);
        expect(await source({ directory: place }).accepted()).toMatchObject({ id });
        await rm(place, { recursive: true });
      }
      expect(killed).toBeGreaterThan(5);
    },
  );
});

describe('two processes', () => {
  test('fetch into one store one after the other', async () => {
    const { commit, directory, push, served } = await aSource();
    const id = await commit('a.bin', randomBytes(2_000_000));
    push();
    const place = join(directory, 'state/.git-sources/voice');

    const both = [0, 1, 2].map(() => refreshElsewhere(`file://${served}`, place).ended);
    const words = (await Promise.all(both)).flat();

    expect(words.filter((word) => word === `accepted ${id}`)).toHaveLength(3);
    expect(words).not.toContain('beside another');
    expect(words.filter((word) => word === 'fetching')).toHaveLength(1);
  });
});

describe('the disk', () => {
  test.runIf(isRoot)('that is full is told, nothing is left on it, and what was accepted stays', async () => {
    const place = await mkdtemp(join(tmpdir(), 'vonage-gitops-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'vonage-gitops', place]);
    onTestFinished(async () => {
      execFileSync('umount', [place]);
      await rm(place, { recursive: true });
    });
    const { commit, push, run, source } = await aSource();
    const first = await commit('a.yaml');
    push();
    const repository = source({ directory: join(place, 'store') });
    await repository.refresh(never);
    const before = await sizeOf(place);
    await commit('large.bin', randomBytes(12_000_000));
    push();

    expect(await repository.refresh(never)).toMatchObject({ result: 'failed', failure: 'disk-full' });
    expect(leavingsIn(join(place, 'store/repository.git'))).toEqual([]);
    expect(await sizeOf(place)).toBeLessThan(before + 10_000);
    expect(await repository.accepted()).toMatchObject({ id: first });
    run('reset', '--quiet', '--hard', first);
    const small = await commit('b.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: small } });
  });
  test.skipIf(isRoot)('that is full is not tested: only root may mount a small one', () => undefined);

  test('with too little room is not fetched to', async () => {
    const { commit, directory, push, source } = await aSource();
    await commit('a.yaml');
    push();

    const refreshed = await source({ leastFreeBytes: 2 ** 60 }).refresh(never);

    const place = join(directory, 'state/.git-sources/voice');
    const said = new RegExp(`^\\d+ MiB are free on the disk of ${place}, and a fetch needs 1099511627776 MiB$`);
    expect(refreshed).toMatchObject({ result: 'failed', failure: 'disk-full', said: expect.stringMatching(said) });
  });

  // Root is let in everywhere, so another user tries: who must be able to start Node.js.
  test.skipIf(isRoot && !isOpenToAll(process.execPath))('that is closed to us is told with its directory', async () => {
    const { directory, served } = await aSource();
    const state = join(directory, 'state');
    await mkdir(state);
    await chmod(directory, 0o755);
    await chmod(state, 0o555);
    const place = join(state, '.git-sources/voice');

    const other = isRoot ? { uid: 65_534 } : {};
    const { ended } = refreshElsewhere(`file://${served}`, place, { commit: '1'.repeat(40), ...other });

    expect((await ended).join()).toMatch(
      /^\S+\.git-sources\S*: the state directory cannot be used: permission denied \(EACCES\)/,
    );
    await chmod(state, 0o700);
  });

  test('does not get a repository that is larger than the limit: nothing of it stays, and refs do not move', async () => {
    const { commit, push, stored, run, source } = await aSource();
    const first = await commit('a.yaml');
    push();
    const repository = source({ remote: { maxBytes: 1024 * 1024 } });
    await repository.refresh(never);
    await commit('large.bin', randomBytes(3_000_000));
    push();

    const tooLarge = { result: 'failed', failure: 'too-large', said: 'the repository takes more than 1 MiB' };
    expect(await repository.refresh(never)).toEqual(tooLarge);
    expect(await sizeOf(stored)).toBeLessThan(200_000);
    expect(await repository.accepted()).toMatchObject({ id: first });
    expect(await repository.refresh(never)).toEqual(tooLarge);

    run('reset', '--quiet', '--hard', first);
    const small = await commit('b.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: small } });
  });
});

describe('once a day', () => {
  test('what nothing needs is removed when it is old enough, and what is pinned stays', async () => {
    const { commit, push, run, stored, source } = await aSource();
    const gone = await commit('apps/gone.yaml', 'gone');
    push();
    await source().refresh(never);
    run('checkout', '--quiet', '--orphan', 'other');
    run('rm', '--quiet', '-r', '--cached', '.');
    run('tag', '--annotate', '--message', 'One', 'v1', gone);
    const kept = await commit('apps/kept.yaml', 'kept');
    push();
    await source().refresh(never);
    await commit('apps/more.yaml');
    push();
    const later = source({ now: () => Date.now() + 2 * dayMs });
    const has = async (id: string) => {
      const end = await git(['--git-dir', stored, 'cat-file', '-e', id], { timeoutMs: 60_000 });
      return end.ended === 'exit' && end.code === 0;
    };

    await later.refresh(never);
    expect(await has(gone)).toBe(true);

    for (const entry of await readdir(join(stored, 'objects'), { recursive: true, withFileTypes: true })) {
      const old = (Date.now() - 3 * dayMs) / 1000;
      if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), old, old);
    }
    const last = await commit('apps/last.yaml');
    push();
    await source({ now: () => Date.now() + 4 * dayMs }).refresh(never);
    expect(await has(gone)).toBe(false);
    expect(await has(kept)).toBe(true);
    expect(await later.accepted()).toMatchObject({ id: last });
    expect((await later.snapshot(kept, 'apps', never)).entries.size).toBe(2);
  });
});

test('a repository of the SHA-256 format, and a server that changes its format', async () => {
  const { commit, push, served, run, work, source } = await aSource('sha256');
  const first = await commit('apps/a.yaml');
  push();
  const repository = source();

  expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: first } });
  expect((await repository.snapshot(first, 'apps', never)).content).toHaveLength(64);
  await rm(served, { recursive: true });
  await rm(join(work, '.git'), { recursive: true });
  execFileSync('git', ['init', '--quiet', '--bare', served]);
  run('init', '--quiet', '--initial-branch=main');
  const second = await commit('apps/a.yaml');
  push();

  expect(second).toHaveLength(40);
  expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: second } });
});

describe('a shallow history', () => {
  test('tells a step back behind what was fetched, and becomes whole when it is asked for', async () => {
    const { commit, push, run, stored, source } = await aSource();
    const oldest = await commit('a.yaml');
    await commit('b.yaml');
    await commit('c.yaml');
    push();
    const shallow = source({ remote: { history: 'shallow' } });
    const count = () => execFileSync('git', ['--git-dir', stored, 'rev-list', '--count', '--all']).toString().trim();
    await shallow.refresh(never);
    expect(count()).toBe('1');

    push(`${oldest}:refs/heads/main`);
    const back = await shallow.refresh(never);
    expect(back).toMatchObject({ result: 'accepted', commit: { id: oldest } });
    expect(['rewound', 'unrelated']).toContain('history' in back && back.history);

    push();
    await shallow.refresh(never);
    await source({ name: 'whole' }).refresh(never);
    expect(count()).toBe(run('rev-list', '--count', 'HEAD'));
    await source({ name: 'third', remote: { history: 'shallow' } }).refresh(never);
    expect(count()).toBe('3');
  });
});
