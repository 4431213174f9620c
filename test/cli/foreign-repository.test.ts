import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

/** The folder is a repository of somebody whose configuration names a program. */
async function aForeignRepository(bench: Bench): Promise<{ readonly marker: string; git(...all: string[]): void }> {
  const git = (...all: string[]) => void execFileSync('git', ['-C', bench.cwd, ...all], { stdio: 'pipe' });
  git('init', '--quiet');
  const marker = join(bench.cwd, 'it-was-run');
  const program = await bench.write('.git/program', `#!/bin/sh\nenv > ${marker}\n`);
  await chmod(program, 0o755);
  git('config', 'core.fsmonitor', program);
  await bench.write('apps/support.yaml', manifestYaml('Support'));
  return { marker, git };
}

test('apply and doctor run no program that the repository around them names', () =>
  withEmulator(async (bench) => {
    const { marker, git } = await aForeignRepository(bench);

    const applied = await bench.run(['apply', 'apps', '--yes']);
    const examined = await bench.run(['doctor']);

    expect([applied.code, examined.code]).toEqual([0, 0]);
    expect(existsSync(marker)).toBe(false);
    git('add', 'apps');
    expect(existsSync(marker)).toBe(true);
  }));

test('where git cannot tell whether it tracks the key directory, doctor fails and apply makes no application', () =>
  withEmulator(async (bench) => {
    await aForeignRepository(bench);
    await writeFile(join(bench.cwd, '.git/index'), 'no index');

    const examined = await bench.run(['doctor']);
    const applied = await bench.run(['apply', 'apps', '--yes']);

    expect(examined.code).toBe(1);
    expect(examined.stdout).toMatch(/fail .*key directory .*git cannot tell whether it tracks it/);
    expect(applied.code).toBe(1);
    expect(applied.stdout).toContain('Set keys.directory or --state to a directory outside it');
    expect(bench.emulator.admin.applications()).toEqual([]);
  }));
