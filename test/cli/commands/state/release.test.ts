import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from '../../world.ts';

test('a released application stays and is no longer owned', () =>
  withEmulator(async ({ emulator, run, write, cwd }) => {
    const file = await write('apps/support.yaml', manifestYaml('Support'));
    await write('apps/sales.yaml', manifestYaml('Sales'));
    await run(['apply', 'apps', '--yes']);
    await rm(file);

    const ended = await run(['release', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('released "Support"') });
    expect(
      emulator.admin
        .applications()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['Sales', 'Support']);
    expect((await run(['plan', join(cwd, 'apps')])).stdout).toContain('1 unmanaged');
  }));

test('an application that a manifest names is not released', () =>
  withEmulator(async ({ run, write }) => {
    await write('apps/support.yaml', manifestYaml('Support'));
    await run(['apply', 'apps', '--yes']);

    const ended = await run(['release', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('a manifest names it (support.yaml:4)') });
  }));

test('an application that a manifest names under formerly is not released', () =>
  withEmulator(async ({ run, write }) => {
    await write('apps/support.yaml', manifestYaml('Support'));
    await run(['apply', 'apps', '--yes']);
    await write('apps/support.yaml', manifestYaml('Help', '{}', '  formerly: [Support]\n'));

    const ended = await run(['release', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('names it') });
  }));

test('an application whose manifest is broken is not released', () =>
  withEmulator(async ({ run, write }) => {
    await write('apps/support.yaml', manifestYaml('Support'));
    await run(['apply', 'apps', '--yes']);
    await write('apps/support.yaml', manifestYaml('Support', '{ nonsense: 1 }'));

    const ended = await run(['release', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('fix support.yaml') });
  }));

test('nothing is released without a yes', () =>
  withEmulator(async ({ run, write, cwd }) => {
    await write('apps/support.yaml', manifestYaml('Support'));
    await run(['apply', 'apps', '--yes']);
    await rm(join(cwd, 'apps'), { recursive: true });

    const refused = await run(['release', 'Support'], { terminal: ['no'] });
    const released = await run(['release', 'Support', '--format', 'json'], { terminal: ['yes'] });

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_CONFIRMED') });
    expect(released.code).toBe(0);
    expect(JSON.parse(released.stdout)).toMatchObject({ format: 'vonage-gitops.release/1', application: 'Support' });
  }));

test('what is not owned cannot be released', () =>
  withEmulator(async ({ run }) => {
    const ended = await run(['release', 'Nobody', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_FOUND') });
  }));
