import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock } from '../../src/lock/lock.ts';

/**
 * A process that wants a lock. `hold`: keeps it until it is told to end by its standard input. `work`: takes it, checks that nobody else
 * has it by making a folder that must not exist, and gives it back, several times over. It says what it does on its standard output.
 */
const [directory = '', task = 'hold', waitMs = '0'] = process.argv.slice(2);
const clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }),
};
const say = (word: string): void => void process.stdout.write(`${word}\n`);

async function take(): ReturnType<typeof acquireLock> {
  return acquireLock({
    directory,
    kind: 'writer',
    waitMs: Number(waitMs),
    clock,
    onWait: () => say('waiting'),
  });
}

async function work(): Promise<void> {
  const critical = join(directory, 'critical');
  for (let round = 0; round < 5; round += 1) {
    const lock = await take();
    await mkdir(critical);
    await writeFile(join(directory, `done-${process.pid}-${round}`), '');
    await rmdir(critical);
    await lock.release();
  }
}

async function hold(): Promise<void> {
  const lock = await take();
  say('locked');
  await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  await lock.release();
}

try {
  await (task === 'work' ? work() : hold());
  say('done');
} catch (error) {
  say(error instanceof Error && 'code' in error ? String(error.code) : String(error));
}
process.stdin.destroy();
