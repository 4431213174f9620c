import { spawn } from 'node:child_process';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Bench, type Ended, hurriedClock, manifestYaml, withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import { answering, namesIn, writeAccount } from './account.ts';
import { outcomeOf } from './process.ts';

const child = fileURLToPath(new URL('hurried-child.ts', import.meta.url));
/** How many times as fast time passes in the process that is paused. */
const speed = 60;
/** Another process waits as long before it takes over, in that process's time. */
const takeOverMs = 30_000 / speed;
/** Requests that a writer has under way at a time. */
const inFlight = 4;
/** The path of one application. */
const one = '/[0-9a-f-]{36}$';

interface Paused {
  /** Lets the process go on, and answers with how it ended. */
  wake(): Promise<Ended>;
}

/**
 * Starts a command in a process of its own and stops it (SIGSTOP) once as many requests of this verb have arrived as it has under way
 * at a time: what else it would send then waits for one of them.
 */
async function pausedDuring(
  bench: Bench,
  verb: 'GET' | 'PUT' | 'POST' | 'DELETE',
  args: readonly string[],
): Promise<Paused> {
  const { admin } = bench.emulator;
  const started = spawn(process.execPath, [child, `${speed}`, ...args, '--state', bench.state], {
    cwd: bench.cwd,
    env: { ...bench.environment, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  const ended = outcomeOf(started);
  const path = new RegExp(verb === 'POST' ? '' : one);
  const arrived = () => admin.requests().filter((request) => request.verb === verb && path.test(request.path));
  await eventually(() => expect(arrived()).toHaveLength(verb === 'POST' ? 1 : inFlight));
  started.kill('SIGSTOP');
  const pausedAt = performance.now();
  return {
    wake: async () => {
      await eventually(() => expect(performance.now() - pausedAt).toBeGreaterThan(takeOverMs));
      started.kill('SIGCONT');
      return ended;
    },
  };
}

/** Makes the lock look as that of another machine which has shown no life for an hour: its heartbeat alone is judged. */
async function judgedByHeartbeat({ state }: Bench): Promise<void> {
  const path = join(state, 'main/writer.lock');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), boot: 'another boot' }));
  await utimes(path, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
}

const names = Array.from({ length: 8 }, (_, nth) => `app-${nth}`);

async function revision(bench: Bench, word: string): Promise<void> {
  for (const name of names)
    await bench.write(`apps/${name}.yaml`, manifestYaml(name, answering(`https://${word}.example.com/`)));
}

const writesIn = ({ emulator }: Bench) => emulator.admin.requests().filter(({ verb }) => verb !== 'GET');

const addressesIn = ({ emulator }: Bench) =>
  new Set(
    emulator.admin.applications().map(({ capabilities }) => JSON.stringify(capabilities).match(/https:[^"]+/)?.[0]),
  );

/** How many applications show the older revision. */
const updated = ({ emulator }: Bench) =>
  emulator.admin.applications().filter((application) => JSON.stringify(application).includes('https://old.')).length;

const latency = (verb: string) => [{ match: { verb, path: one }, action: { kind: 'latency', ms: 2_000 } } as const];

test('a writer that is paused and wakes up after its lock was taken sends nothing more, and writes no ledger', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, names);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
    await revision(bench, 'old');
    bench.emulator.admin.clearRequests();
    bench.emulator.admin.faults(latency('GET'));
    const paused = await pausedDuring(bench, 'GET', ['apply', '--yes']);
    bench.emulator.admin.faults([]);
    await judgedByHeartbeat(bench);
    await revision(bench, 'new');
    expect(await bench.run(['apply', '--yes'], { clock: hurriedClock() })).toMatchObject({ code: 0 });
    const ledger = await readFile(join(bench.state, 'main/ledger.json'), 'utf8');
    const before = writesIn(bench).length;

    const { code, stdout, stderr } = await paused.wake();

    expect({ code, said: stdout + stderr }).toMatchObject({ code: 6, said: expect.stringContaining('E_LOCK_LOST') });
    expect(stdout).toContain('Ended: 0 applied');
    expect(stderr).toContain('it was taken over by another process');
    expect(writesIn(bench)).toHaveLength(before);
    expect(addressesIn(bench)).toEqual(new Set(['https://new.example.com/']));
    expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toBe(ledger);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
  }));

test('a writer that is paused with updates under way says what it did, and writes no ledger', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, names);
    expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
    await revision(bench, 'old');
    bench.emulator.admin.clearRequests();
    bench.emulator.admin.faults(latency('PUT'));
    const paused = await pausedDuring(bench, 'PUT', ['apply', '--yes']);
    await eventually(() => expect(updated(bench)).toBe(inFlight));
    bench.emulator.admin.faults([]);
    await judgedByHeartbeat(bench);
    await revision(bench, 'new');
    expect(await bench.run(['apply', '--yes'], { clock: hurriedClock() })).toMatchObject({ code: 0 });
    const ledger = await readFile(join(bench.state, 'main/ledger.json'), 'utf8');
    const before = writesIn(bench).length;

    const { code, stdout, stderr } = await paused.wake();

    expect({ code, said: stdout + stderr }).toMatchObject({ code: 4, said: expect.stringContaining('E_LOCK_LOST') });
    expect(stdout).toContain('app-0');
    expect(writesIn(bench)).toHaveLength(before);
    expect(addressesIn(bench)).toEqual(new Set(['https://new.example.com/']));
    expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toBe(ledger);
  }));

test('a writer that is paused during a create and wakes up after its lock was taken leaves one application', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'latency', ms: 2_000 } }]);
    const paused = await pausedDuring(bench, 'POST', ['apply', '--yes']);
    await eventually(() => expect(namesIn(bench)).toEqual(['support']));
    await judgedByHeartbeat(bench);
    expect(await bench.run(['apply', '--yes'], { clock: hurriedClock() })).toMatchObject({ code: 0 });
    const ledger = await readFile(join(bench.state, 'main/ledger.json'), 'utf8');

    const { code, stderr } = await paused.wake();

    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('E_LOCK_LOST') });
    expect(bench.emulator.admin.counts().POST).toBe(1);
    expect(namesIn(bench)).toEqual(['support']);
    expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toBe(ledger);
  }));

test.each([
  { title: 'before its first update', verb: 'GET', code: 6, said: 'E_LOCK_LOST' },
  { title: 'with updates under way', verb: 'PUT', code: 4, said: 'pass ended' },
] as const)(
  'a pass of the daemon that is paused $title ends, and sends and records nothing more',
  ({ verb, code, said }) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, names);
      expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
      await revision(bench, 'old');
      bench.emulator.admin.clearRequests();
      bench.emulator.admin.faults(latency(verb));
      const paused = await pausedDuring(bench, verb, ['run', '--once']);
      if (verb === 'PUT') await eventually(() => expect(updated(bench)).toBe(inFlight));
      bench.emulator.admin.faults([]);
      await judgedByHeartbeat(bench);
      await revision(bench, 'new');
      expect(await bench.run(['apply', '--yes'], { clock: hurriedClock() })).toMatchObject({ code: 0 });
      const ledger = await readFile(join(bench.state, 'main/ledger.json'), 'utf8');
      const before = writesIn(bench).length;

      const ended = await paused.wake();

      expect(ended).toMatchObject({ code, stderr: expect.stringContaining(said) });
      expect(writesIn(bench)).toHaveLength(before);
      expect(addressesIn(bench)).toEqual(new Set(['https://new.example.com/']));
      expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toBe(ledger);
    }),
);
