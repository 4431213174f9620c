import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pauseFile } from '../../src/app/pause-file.ts';
import { systemClock } from '../../src/app/system-clock.ts';
import { acquireLock } from '../../src/lock/lock.ts';
import type { PauseStore } from '../../src/pass/pauses.ts';
import { withoutPause, withPause } from '../../src/pass/pauses.ts';
import { configYaml, withDaemon } from '../daemon/running.ts';
import { bundled, start } from '../reliability/process.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from './world.ts';

const { program } = bundled();

const numbered = Array.from({ length: 10 }, (_, index) => `Number ${index}`);
const directoryOf = ({ state }: Bench) => join(state, 'main');

async function keptNames(bench: Bench): Promise<readonly string[]> {
  const { applications } = JSON.parse(await readFile(join(directoryOf(bench), 'PAUSE'), 'utf8'));
  return Object.keys(applications).sort();
}

/** The store as each of several processes has it: nothing is shared but the disk. */
const storeOf = (bench: Bench): PauseStore => pauseFile(directoryOf(bench), systemClock);

function childOf(bench: Bench, ...args: readonly string[]) {
  const script = fileURLToPath(new URL('pauses-child.ts', import.meta.url));
  const [task = '', prefix = ''] = args;
  return spawn(process.execPath, [script, directoryOf(bench), task, prefix], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

const pause = { reason: 'INC-42', since: 1 };

test('ten pauses that one daemon is asked for at once are all kept', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await withDaemon(bench, async ({ ask }) => {
      const answers = await Promise.all(
        numbered.map((application) => ask('/api/v1/pause', { method: 'POST', body: { application } })),
      );

      expect(answers.map(({ status }) => status)).toEqual(numbered.map(() => 200));
      expect(await keptNames(bench)).toEqual(numbered);
    });
  }));

test('the pauses of two commands at once, without a daemon, are both kept', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    const before = 'export DAEMON_TOKEN=x DAEMON_READ_TOKEN=y';

    const ended = await Promise.all(
      ['Support', 'Sales'].map((name) => start(program(), bench, ['pause', name], { before }).ended),
    );

    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(await keptNames(bench)).toEqual(['Sales', 'Support']);
  }));

test('of two processes that pause again and again at once no pause is lost', () =>
  withEmulator(async (bench) => {
    const children = ['a', 'b'].map((prefix) => childOf(bench, 'pause', prefix));

    const ended = await Promise.all(children.map((child) => once(child, 'close')));

    expect(ended.map(([code]) => code)).toEqual([0, 0]);
    expect(await keptNames(bench)).toHaveLength(20);
  }));

test('ten pauses in stores that share nothing but the disk are all kept', () =>
  withEmulator(async (bench) => {
    await Promise.all(numbered.map((name) => storeOf(bench).change((pauses) => withPause(pauses, name, pause))));

    expect(await keptNames(bench)).toEqual(numbered);
  }));

test('the lock is held from before the pauses are read until they are written', () =>
  withEmulator(async (bench) => {
    const directory = directoryOf(bench);
    const other = await acquireLock({ directory, kind: 'pauses', waitMs: 0, clock: systemClock });
    let competing: Promise<unknown> = Promise.resolve();
    let isLocked = false;
    const first = storeOf(bench).change((pauses) => {
      isLocked = existsSync(join(directory, 'pauses.lock'));
      competing = storeOf(bench).change((later) => withPause(later, 'Third', pause));
      return withPause(pauses, 'Second', pause);
    });

    await bench.write('state/main/PAUSE', JSON.stringify({ applications: { First: pause } }));
    await other.release();
    await first;
    await competing;

    expect(isLocked).toBe(true);
    expect(await keptNames(bench)).toEqual(['First', 'Second', 'Third']);
  }));

test('a pause, a resume and the end of a third at once: each has its effect', () =>
  withEmulator(async (bench) => {
    const store = storeOf(bench);
    await store.change((pauses) => withPause(pauses, 'Resumed', pause));
    const until = Date.now() - 1;
    await bench.write(
      'state/main/PAUSE',
      (await readFile(join(directoryOf(bench), 'PAUSE'), 'utf8')).replace(
        '{\n    "Resumed"',
        `{\n    "Over": ${JSON.stringify({ ...pause, until })},\n    "Resumed"`,
      ),
    );
    expect(await keptNames(bench)).toEqual(['Over', 'Resumed']);

    await Promise.all([
      storeOf(bench).change((pauses) => withPause(pauses, 'New', pause)),
      storeOf(bench).change((pauses) => withoutPause(pauses, ['Resumed'])),
      storeOf(bench).change((pauses) => pauses),
    ]);

    expect(await keptNames(bench)).toEqual(['New']);
  }));

test('a pause that the daemon cannot write is an error, and none is claimed', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await withDaemon(bench, async ({ ask }) => {
      await ask('/api/v1/sync?wait=true', { method: 'POST' });
      await bench.write('state/main/PAUSE/keep', 'a directory');

      const answer = await ask('/api/v1/pause', { method: 'POST', body: { application: 'Support' } });

      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({
        error: { code: 'E_REFUSED', message: expect.stringContaining('a directory exists where a file should be') },
      });
      expect(answer.text).not.toContain('inFlight');
      await rm(join(directoryOf(bench), 'PAUSE'), { recursive: true });
    });
  }));

test('a change that fails does not keep the next ones of its process from being made', () =>
  withEmulator(async (bench) => {
    const store = storeOf(bench);
    const failed = store.change(() => {
      throw new Error('it fails');
    });
    const next = store.change((pauses) => withPause(pauses, 'Support', pause));

    await expect(failed).rejects.toThrow('it fails');
    await next;
    expect(await keptNames(bench)).toEqual(['Support']);
    expect(await readdir(directoryOf(bench))).not.toContain('pauses.lock');
  }));

test('a process that lost the lock while it slept writes no pauses over those of another', () =>
  withEmulator(async (bench) => {
    const directory = directoryOf(bench);
    const others = JSON.stringify({ applications: { Sales: pause } });

    const changed = storeOf(bench).change((pauses) => {
      writeFileSync(join(directory, 'pauses.lock'), JSON.stringify({ token: 'another' }));
      writeFileSync(join(directory, 'PAUSE'), others);
      return withPause(pauses, 'Support', pause);
    });

    await expect(changed).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    expect(await readFile(join(directory, 'PAUSE'), 'utf8')).toBe(others);
  }));

test('while another process changes the pauses for long, a pause is an error that says so', () =>
  withEmulator(async (bench) => {
    const directory = directoryOf(bench);
    const other = await acquireLock({ directory, kind: 'pauses', waitMs: 0, clock: systemClock });
    try {
      const changed = pauseFile(directory, hurriedClock()).change((pauses) => withPause(pauses, 'Support', pause));

      await expect(changed).rejects.toMatchObject({
        code: 'E_LOCK_HELD',
        message: expect.stringMatching(/pauses\.lock.*Try again/),
      });
      expect(await readdir(directory)).not.toContain('PAUSE');
    } finally {
      await other.release();
    }
  }));

test('a process that is killed while it changes the pauses leaves them whole, and the next change waits for nothing', () =>
  withEmulator(async (bench) => {
    const directory = directoryOf(bench);
    await storeOf(bench).change((pauses) => withPause(pauses, 'Support', pause));
    const child = childOf(bench, 'hold');
    await once(child.stdout, 'data');
    await writeFile(join(directory, '.PAUSE.0123456789ab.tmp'), '{ "applications": {');
    child.kill('SIGKILL');
    await once(child, 'close');
    const waitsForNothing = { now: Date.now, monotonic: () => 0, sleep: () => Promise.reject(new Error('it waits')) };

    await pauseFile(directory, waitsForNothing).change((pauses) => withPause(pauses, 'Sales', pause));

    expect(await keptNames(bench)).toEqual(['Sales', 'Support']);
    const left = (await readdir(directory)).filter((name) => name.includes('PAUSE') || name.endsWith('.lock'));
    expect(left).toEqual(['PAUSE']);
  }));
