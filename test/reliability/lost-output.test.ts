import { expect, test } from 'vitest';
import { withEmulator } from '../cli/world.ts';
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
