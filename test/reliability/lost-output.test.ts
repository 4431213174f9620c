import { expect, test } from 'vitest';
import { withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import { writeAccount } from './account.ts';
import { bundled, start } from './process.ts';

const { program } = bundled();
const twelve = Array.from({ length: 12 }, (_, index) => `app-${String(index).padStart(2, '0')}`);

test('an apply whose reader has gone finishes what it began, and its exit code is the true one', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, twelve);
    const { process, ended } = start(program(), bench, ['apply', '--yes']);
    process.stdout?.destroy();
    process.stderr?.destroy();

    const { code } = await ended;

    expect(code).toBe(0);
    expect(bench.emulator.admin.applications()).toHaveLength(12);
  }));

test('also with a disk that is full: everything is done, and the lost output is an error', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, twelve);

    const { code, stderr } = await start(program(), bench, ['apply', '--yes'], { before: 'exec >/dev/full' }).ended;

    expect(code).toBe(1);
    expect(stderr).toContain('Error: some output could not be written (ENOSPC)');
    expect(stderr).not.toContain('    at ');
    expect(bench.emulator.admin.applications()).toHaveLength(12);
  }));

test('a command that only reads ends with 141 and without a word when its reader has seen enough', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, twelve);
    const { process, ended } = start(program(), bench, ['plan']);
    process.stdout?.destroy();

    const { code, stderr } = await ended;

    expect(code).toBe(141);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  }));

test.each([
  { title: 'a plan with changes', args: ['plan', '--detailed-exitcode'], expected: 2 },
  { title: 'a plan that is saved', args: ['plan', '--out', 'plan.json'], expected: 0 },
  { title: 'a plan with a broken manifest', args: ['plan'], broken: true, expected: 5 },
])('the exit code of $title is the true one although its reader has gone', ({ args, broken, expected }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, twelve);
    if (broken) await bench.write('apps/broken.yaml', 'kind: [');
    const { process, ended } = start(program(), bench, args);
    process.stdout?.destroy();
    process.stderr?.destroy();

    const { code } = await ended;

    expect(code).toBe(expected);
  }),
);

test('status --watch ends with 141 when nobody reads it any more', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, twelve);
    const { process, ended } = start(program(), bench, ['status', '--watch']);
    process.stdout?.once('data', () => process.stdout?.destroy());

    const { code } = await ended;

    expect(code).toBe(141);
  }));

test('a daemon whose log pipe went away goes on, and ends with 0 when it is asked to', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['app-00']);
    const { process, ended } = start(program(), bench, ['run', '--listen', '127.0.0.1:0', '--log-level', 'trace']);
    process.stderr?.once('data', () => process.stderr?.destroy());
    process.stdout?.destroy();
    await eventually(() => expect(bench.emulator.admin.applications()).toHaveLength(1));

    await writeAccount(bench, ['app-00', 'app-01']);
    await eventually(() => expect(bench.emulator.admin.applications()).toHaveLength(2));
    process.kill('SIGTERM');

    expect(await ended).toMatchObject({ code: 0 });
  }));

test('an apply whose terminal is closed finishes and tells what it began, though it is told twice', () =>
  withEmulator(
    async (bench) => {
      await writeAccount(bench, twelve);
      const { process, ended } = start(program(), bench, ['apply', '--yes']);
      await eventually(() => expect(bench.emulator.admin.applications()).not.toHaveLength(0));

      process.kill('SIGHUP');
      process.kill('SIGHUP');
      const { code, stdout } = await ended;

      const created = bench.emulator.admin.applications().length;
      expect(code).toBe(4);
      expect(stdout).toContain(`${created} created`);
      expect(created).toBeLessThan(twelve.length);
    },
    { latencyMs: 200 },
  ));
