import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Heartbeat, type Ownership } from '../../src/lock/heartbeat.ts';
import { acquireLock, type Lock, type LockRequest } from '../../src/lock/lock.ts';
import { bootId } from '../../src/lock/record.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import { eventually } from '../eventually.ts';
import { aFolder } from '../ledger/builders.ts';

const child = fileURLToPath(new URL('../ledger/lock-child.ts', import.meta.url));
const realClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** A clock on which waiting takes no time; `during` happens while somebody waits. */
function aQuickClock(during: () => Promise<void> = async () => undefined): Clock {
  let now = Date.now();
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += ms;
      await during();
    },
  };
}

/** A clock that stands still until the test moves it. */
interface SetClock extends Clock {
  /** Time passes. */
  pass(ms: number): void;
  /** The wall clock is set by so much. */
  set(byMs: number): void;
}

function aSetClock(): SetClock {
  let [now, monotonic] = [Date.now(), 0];
  return {
    ...realClock,
    now: () => now,
    monotonic: () => monotonic,
    pass: (ms) => {
      now += ms;
      monotonic += ms;
    },
    set: (byMs) => {
      now += byMs;
    },
  };
}

async function lockIn(directory: string, members: Partial<LockRequest> = {}): Promise<Lock> {
  return acquireLock({ directory, kind: 'writer', waitMs: 0, clock: realClock, ...members });
}

interface Owner {
  readonly process: ChildProcess;
  readonly words: string[];
  readonly ended: Promise<unknown>;
}

function anotherProcess(directory: string, task: 'hold' | 'work', waitMs: number): Owner {
  const started = spawn(process.execPath, [child, directory, task, String(waitMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const words: string[] = [];
  started.stdout.on('data', (text) => words.push(...String(text).trim().split('\n')));
  onTestFinished(() => void started.kill('SIGKILL'));
  return { process: started, words, ended: once(started, 'close') };
}

async function until(condition: () => boolean): Promise<void> {
  await eventually(() => expect(condition()).toBe(true));
}

async function anAccount(): Promise<string> {
  const directory = join(await aFolder(), 'main');
  await mkdir(directory);
  return directory;
}

/** A lock file as another process would have left it. */
async function aLockFile(directory: string, members: object, ageMs: number): Promise<string> {
  const path = join(directory, 'writer.lock');
  const note = {
    token: '0123456789abcdef',
    boot: 'another boot',
    pid: process.pid,
    host: 'node-7',
    started: 0,
    ...members,
  };
  await writeFile(path, JSON.stringify(note));
  const heartbeat = (Date.now() - ageMs) / 1000;
  await utimes(path, heartbeat, heartbeat);
  return path;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('in one process', () => {
  test('a lock is held until it is released, and leaves nothing behind', async () => {
    const directory = await anAccount();
    const lock = await lockIn(directory);

    const second = lockIn(directory);

    await expect(second).rejects.toMatchObject({ code: 'E_LOCK_HELD', exitCode: 6 });
    await expect(second).rejects.toThrow(`process ${process.pid} on `);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
    await (await lockIn(directory)).release();
  });

  test('the two kinds are independent of each other', async () => {
    const directory = await anAccount();

    const locks = await Promise.all([lockIn(directory), lockIn(directory, { kind: 'daemon' })]);

    expect(locks.map(({ lost }) => lost.aborted)).toEqual([false, false]);
    await Promise.all(locks.map((lock) => lock.release()));
  });

  test('who waits is told once for whom, and goes on when the lock is given back', async () => {
    const directory = await anAccount();
    const first = await lockIn(directory);
    const owners: string[] = [];
    const waiting = lockIn(directory, { waitMs: Number.POSITIVE_INFINITY, onWait: (owner) => void owners.push(owner) });
    await until(() => owners.length > 0);

    await first.release();

    await (await waiting).release();
    expect(owners).toEqual([expect.stringContaining(`process ${process.pid}`)]);
  });

  test('waiting ends when the signal aborts', async () => {
    const directory = await anAccount();
    const lock = await lockIn(directory);
    const stop = new AbortController();
    const waiting = lockIn(directory, { waitMs: 60_000, signal: stop.signal, onWait: () => stop.abort() });

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });

    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('of many at once exactly one gets it', async () => {
    const directory = await anAccount();

    const results = await Promise.allSettled(Array.from({ length: 30 }, () => lockIn(directory)));

    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await Promise.all(locks.map((lock) => lock.release()));
    expect(await readdir(directory)).toEqual([]);
  });

  test('a path too long for a socket has one all the same', async () => {
    const directory = join(await aFolder(), 'a'.repeat(120), 'b'.repeat(60), 'main');
    const lock = await lockIn(directory);

    expect(await readFile(join(directory, 'writer.lock'), 'utf8')).toContain('.sock"');
    await expect(lockIn(directory)).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('a state directory that cannot be used is an error that names it', async () => {
    const state = await aFolder();
    await writeFile(join(state, 'main'), '');

    await expect(lockIn(join(state, 'main'))).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });
});

describe('with other processes', () => {
  test('the lock of a process that was killed is taken over at once', async () => {
    const directory = await anAccount();
    const owner = anotherProcess(directory, 'hold', 0);
    await until(() => owner.words.includes('locked'));
    await expect(lockIn(directory)).rejects.toMatchObject({ code: 'E_LOCK_HELD' });

    owner.process.kill('SIGKILL');
    await owner.ended;

    const lock = await lockIn(directory);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });

  test('a stopped process still has its lock', async () => {
    const directory = await anAccount();
    const owner = anotherProcess(directory, 'hold', 0);
    await until(() => owner.words.includes('locked'));

    owner.process.kill('SIGSTOP');

    await expect(lockIn(directory)).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
  });

  test('after a kill, exactly one of many that stand by takes over, and then the next', async () => {
    const directory = await anAccount();
    const owner = anotherProcess(directory, 'hold', 0);
    await until(() => owner.words.includes('locked'));
    const standBy = [1, 2, 3].map(() => anotherProcess(directory, 'hold', 60_000));
    await until(() => standBy.every(({ words }) => words.includes('waiting')));
    const owners = (): Owner[] => standBy.filter(({ words }) => words.includes('locked'));

    owner.process.kill('SIGKILL');
    await until(() => owners().length > 0);
    await expect(lockIn(directory)).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
    expect(owners()).toHaveLength(1);

    owners()[0]?.process.kill('SIGKILL');
    await until(() => owners().length > 1);
    expect(owners()).toHaveLength(2);
  });

  test('never two at once: processes take turns while one after another is killed', async () => {
    const directory = await anAccount();
    const victims = [1, 2].map(() => anotherProcess(directory, 'hold', 60_000));
    const workers = [1, 2, 3].map(() => anotherProcess(directory, 'work', 60_000));
    const killed = new Set<Owner>();
    const locked = (): Owner | undefined => victims.find((one) => one.words.includes('locked') && !killed.has(one));
    while (killed.size < victims.length) {
      await until(() => locked() !== undefined);
      for (const victim of victims.filter((one) => one === locked())) {
        victim.process.kill('SIGKILL');
        killed.add(victim);
      }
    }

    await Promise.all(workers.map(({ ended }) => ended));

    expect(workers.map(({ words }) => words.at(-1))).toEqual(['done', 'done', 'done']);
    expect((await readdir(directory)).filter((name) => name.startsWith('done-'))).toHaveLength(15);
  });
});

describe('a lock file that was left behind', () => {
  test.each([
    { title: 'another boot, fresh heartbeat: held', members: {}, ageMs: 10_000, taken: false },
    { title: 'another boot, stale heartbeat: taken over', members: {}, ageMs: 31_000, taken: true },
    {
      title: 'another boot, heartbeat far in the future, by a clock that jumped: taken over',
      members: {},
      ageMs: -3_600_000,
      taken: true,
    },
    { title: 'nothing readable in it, fresh: held', members: { token: 7 }, ageMs: 0, taken: false },
    { title: 'nothing readable in it, stale: taken over', members: { token: 7 }, ageMs: 31_000, taken: true },
    {
      title: 'a socket outside the directory is not believed',
      members: { socket: '../other.sock' },
      ageMs: 0,
      taken: false,
    },
  ])('$title', async ({ members, ageMs, taken }) => {
    const directory = await anAccount();
    const path = await aLockFile(directory, members, ageMs);
    const before = await readFile(path, 'utf8');

    const lock = await lockIn(directory, { clock: aQuickClock() }).catch((error) => error.code);

    expect(lock === 'E_LOCK_HELD').toBe(!taken);
    expect((await readFile(path, 'utf8')) === before).toBe(!taken);
    if (taken) await lock.release();
  });

  test('of this boot with a process id that lives, but no one at its socket: taken over at once, however fresh', async () => {
    const directory = await anAccount();
    const socket = 'writer.0123456789abcdef.sock';
    const killed = spawn(process.execPath, [
      '-e',
      `net.createServer().listen(${JSON.stringify(join(directory, socket))}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await once(killed, 'close');
    await aLockFile(directory, { boot: await bootId(), socket }, 0);

    const lock = await lockIn(directory);

    await lock.release();
  });

  test('of this boot, answered at its socket by a process with any id: held, however stale', async () => {
    const directory = await anAccount();
    const socket = 'writer.0123456789abcdef.sock';
    const server = createServer().listen(join(directory, socket));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await aLockFile(directory, { boot: await bootId(), socket, pid: 1 }, 3_600_000);

    await expect(lockIn(directory)).rejects.toThrow('process 1 on node-7');
  });

  test('of this boot with a socket that is not there: only the heartbeat counts', async () => {
    const directory = await anAccount();
    await aLockFile(directory, { boot: await bootId(), socket: 'writer.0123456789abcdef.sock' }, 0);

    await expect(lockIn(directory)).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
  });

  test('a heartbeat that moves while we look twice is fresh, whatever its clock says', async () => {
    const directory = await anAccount();
    const path = await aLockFile(directory, {}, 3_600_000);
    let beats = 0;
    const clock = aQuickClock(async () => {
      beats += 1;
      await utimes(path, beats, beats);
    });

    await expect(lockIn(directory, { clock })).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
  });

  test('a contender killed in the middle of a take-over blocks nobody', async () => {
    const directory = await anAccount();
    const path = await aLockFile(directory, {}, 60_000);
    const claim = join(directory, 'writer.0123456789abcdef.claim');
    await writeFile(claim, (await readFile(path, 'utf8')).replace('0123456789abcdef', 'fedcba9876543210'));
    await utimes(claim, 1, 1);

    const lock = await lockIn(directory, { clock: aQuickClock() });

    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('a contender in the middle of a take-over is not disturbed', async () => {
    const directory = await anAccount();
    const path = await aLockFile(directory, {}, 60_000);
    await writeFile(join(directory, 'writer.0123456789abcdef.claim'), await readFile(path, 'utf8'));

    await expect(lockIn(directory, { clock: aQuickClock() })).rejects.toMatchObject({ code: 'E_LOCK_HELD' });
  });

  test('old leavings of killed contenders are swept, and nothing else', async () => {
    const directory = await anAccount();
    const names = ['writer.1.sock', '.writer.lock.2.tmp', 'writer.3.claim', 'daemon.4.sock', 'ledger.json'];
    for (const name of names) {
      await writeFile(join(directory, name), '');
      await utimes(join(directory, name), 1, 1);
    }
    await writeFile(join(directory, 'writer.5.sock'), '');

    await (await lockIn(directory)).release();

    expect((await readdir(directory)).sort()).toEqual(['daemon.4.sock', 'ledger.json', 'writer.5.sock']);
  });
});

describe('a lock that is lost', () => {
  test('says so when another has taken it over, and does not remove that one', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const directory = await anAccount();
    const lock = await lockIn(directory);
    const path = await aLockFile(directory, {}, 0);

    vi.advanceTimersByTime(5_000);

    await until(() => lock.lost.aborted);
    await lock.release();
    expect(await readFile(path, 'utf8')).toContain('node-7');
  });

  test('says so when it could not be confirmed for half of the time after which others take it over', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const directory = await anAccount();
    const clock = aSetClock();
    const lock = await lockIn(directory, { clock });
    await rm(join(directory, 'writer.lock'));
    await mkdir(join(directory, 'writer.lock'));

    clock.pass(14_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lock.lost.aborted).toBe(false);
    clock.pass(1_000);
    await vi.advanceTimersByTimeAsync(5_000);

    await until(() => lock.lost.aborted);
    expect(lock.lost.reason).toMatchObject({ code: 'E_LOCK_LOST', details: { moved: false } });
    await rm(join(directory, 'writer.lock'), { recursive: true });
    await lock.release();
  });

  test('ends what is in flight at the bound although the disk hangs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const file = { utimes: () => new Promise<void>(() => undefined), close: async () => undefined };
    let hangs = false;
    const heart = new Heartbeat({
      path: 'writer.lock',
      file: { ...file, utimes: () => (hangs ? file.utimes() : Promise.resolve()) },
      clock: aSetClock(),
      look: async () => ({ ours: true }),
    });
    await heart.start();
    hangs = true;

    await vi.advanceTimersByTimeAsync(14_900);
    expect(heart.lost.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1_200);

    expect(heart.lost.reason).toMatchObject({ code: 'E_LOCK_LOST' });
  });

  test.each([
    { title: 'removed', change: (directory: string) => rm(directory, { recursive: true }) },
    {
      title: 'replaced',
      change: async (directory: string) => {
        await rename(directory, `${directory}.old`);
        await mkdir(directory);
      },
    },
  ])('says so when its directory was $title', async ({ change }) => {
    const directory = await anAccount();
    const lock = await lockIn(directory);
    await change(directory);

    await expect(lock.confirm()).rejects.toMatchObject({ code: 'E_LOCK_LOST', details: { moved: true } });

    expect(lock.lost.aborted).toBe(true);
    await lock.release();
  });

  test('shows that it is alive while all is well', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const directory = await anAccount();
    let now = 1_000_000;
    const lock = await lockIn(directory, { clock: { ...realClock, now: () => now } });

    now = 1_005_000;
    vi.advanceTimersByTime(5_000);

    const lastSeen = async (): Promise<string> => {
      const error = await lockIn(directory).catch((thrown) => thrown);
      return String(error.message);
    };
    await eventually(async () => expect(await lastSeen()).toContain(`last seen ${new Date(now).toISOString()}`));
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });
});

test('where the kernel has no boot id each process is on its own', async () => {
  expect(await bootId('/nowhere')).not.toBe(await bootId('/nowhere'));
});

describe('before each write', () => {
  async function taken(directory: string): Promise<void> {
    await aLockFile(directory, {}, 0);
  }

  test('a young heartbeat is proof enough, and the disk is not asked', async () => {
    const directory = await anAccount();
    const clock = aSetClock();
    const lock = await lockIn(directory, { clock });
    await taken(directory);

    clock.pass(14_999);

    await expect(lock.assertHeld()).resolves.toBeUndefined();
    await lock.release();
  });

  const ages = [
    { title: 'time that passed', age: (clock: SetClock) => clock.pass(15_000) },
    {
      title: 'sleep of the machine, in which only the wall clock goes on',
      age: (clock: SetClock) => clock.set(15_000),
    },
    {
      title: 'time that passed while the wall clock was set back',
      age: (clock: SetClock) => {
        clock.pass(15_000);
        clock.set(-3_600_000);
      },
    },
  ];

  test.each(ages)('a heartbeat made old by $title is renewed first', async ({ age }) => {
    const directory = await anAccount();
    const clock = aSetClock();
    const lock = await lockIn(directory, { clock });

    age(clock);
    await lock.assertHeld();

    const { mtimeMs } = await stat(join(directory, 'writer.lock'));
    expect(Math.abs(mtimeMs - clock.now())).toBeLessThan(2);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });

  test.each(ages)('a heartbeat made old by $title: a lock that was taken over meanwhile is lost', async ({ age }) => {
    const directory = await anAccount();
    const clock = aSetClock();
    const lock = await lockIn(directory, { clock });
    await taken(directory);

    age(clock);

    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'E_LOCK_LOST', exitCode: 6 });
    expect(lock.lost.aborted).toBe(true);
    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    await lock.release();
  });

  test('a lock that was taken over and given back is lost all the same', async () => {
    const directory = await anAccount();
    const clock = aSetClock();
    const lock = await lockIn(directory, { clock });
    await rm(join(directory, 'writer.lock'));

    clock.pass(15_000);

    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'E_LOCK_LOST', details: { moved: false } });
    await lock.release();
  });

  test('a lock that is taken over between the look and the heartbeat is lost', async () => {
    const clock = aSetClock();
    const looks: Ownership[] = [{ ours: true }, { ours: false, reason: 'taken-over' }];
    const file = { utimes: async () => undefined, close: async () => undefined };
    const heart = new Heartbeat({ path: '', file, clock, look: async () => looks.shift() ?? { ours: true } });

    clock.pass(15_000);

    await expect(heart.assertHeld()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
  });

  test('a heartbeat that takes as long as the bound proves nothing', async () => {
    const clock = aSetClock();
    const file = { utimes: async () => clock.pass(20_000), close: async () => undefined };
    const heart = new Heartbeat({ path: '', file, clock, look: async () => ({ ours: true }) });

    await expect(heart.confirm()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
  });
});

test('who judges by the heartbeat waits for as long as the owner may still write, however far ahead his clock is', async () => {
  const directory = await anAccount();
  await aLockFile(directory, {}, 3_600_000);
  const waits: number[] = [];
  const clock = aQuickClock();

  const lock = await lockIn(directory, {
    clock: {
      ...clock,
      sleep: (ms, signal) => {
        waits.push(ms);
        return clock.sleep(ms, signal);
      },
    },
  });

  expect(Math.max(...waits)).toBeGreaterThan(15_000);
  await lock.release();
});
