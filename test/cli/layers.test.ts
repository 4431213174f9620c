import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configYaml, until, withDaemon } from '../daemon/running.ts';
import { git } from '../git-checkout.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const region = (name: string) => `{ capabilities: { voice: { region: ${name} } } }`;
const patchOf = (name: string, spec: string) =>
  `apiVersion: vonage-gitops/v1\nkind: ApplicationPatch\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

/** Two layers with one application, and what lies at Vonage. */
async function prepared(bench: Bench, manifests = '[base, overlays/prod]'): Promise<void> {
  await configure(bench, manifests);
  await bench.write('base/support.yaml', manifestYaml('Support', region('eu-west')));
  await bench.write('overlays/prod/support.yaml', patchOf('Support', region('na-east')));
}

const configure = (bench: Bench, manifests: string) =>
  bench.write('vonage-gitops.yaml', configYaml().replace('manifests: apps', `manifests: ${manifests}`));

const live = ({ emulator }: Bench) =>
  emulator.admin.applications().map((one) => `${one.name} ${JSON.stringify(one).match(/"region":"([\w-]+)"/)?.[1]}`);

test('what is applied is the base with its patches, and a second apply changes nothing', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const first = await bench.run(['apply', '--yes']);
    const second = await bench.run(['plan', '--detailed-exitcode']);

    expect(first.code).toBe(0);
    expect(live(bench)).toEqual(['Support na-east']);
    expect([second.code, second.stdout]).toEqual([0, expect.stringContaining('No changes.')]);
  }));

test('an apply without a layer changes and deletes nothing', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.run(['apply', '--yes']);
    await rm(join(bench.cwd, 'overlays'), { recursive: true });

    const { code, stdout, stderr } = await bench.run(['apply', '--yes']);

    expect(code).toBe(5);
    expect(`${stdout}${stderr}`).toContain('overlays/prod:1:1: error: this file cannot be read: the layer is missing');
    expect(live(bench)).toEqual(['Support na-east']);
  }));

test('DIR does not select a part of layers', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stderr } = await bench.run(['plan', 'overlays/prod']);

    expect(code).toBe(5);
    expect(stderr).toContain('come from several (base, overlays/prod): select applications with --only');
  }));

test('problems are shown with the files they are in, from where the command is run', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('overlays/prod/support.yaml', patchOf('Suport', region('na-east')));

    const { code, stdout } = await bench.run(['validate']);

    expect(code).toBe(5);
    expect(stdout).toContain('overlays/prod/support.yaml:3:19: error: metadata.name: no earlier layer has');
  }));

test('plan --against compares what comes of the layers', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await git(bench.cwd, 'init', '-q');
    await git(bench.cwd, 'add', 'base', 'overlays');
    await git(bench.cwd, 'commit', '-q', '-m', 'First');
    await bench.write('overlays/prod/support.yaml', patchOf('Support', region('na-west')));
    const before = await bench.run(['plan', '--against', 'HEAD']);
    await git(bench.cwd, 'add', 'overlays');
    await git(bench.cwd, 'rm', '-r', '-q', '--cached', 'base');
    await git(bench.cwd, 'commit', '-q', '-m', 'Without a base');

    const without = await bench.run(['plan', '--against', 'HEAD']);

    expect(before.stdout).toContain('capabilities.voice.region  "na-east" -> "na-west"');
    expect(before.stdout).toContain('base/support.yaml:4');
    expect(without.code).toBe(0);
    expect(without.stdout).not.toContain('changed "Support"');
  }));

test('the identity is that of the last layer: another overlay is another source', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.run(['apply', '--yes']);
    await bench.write('overlays/next/support.yaml', patchOf('Support', region('na-east')));
    await bench.write('core/support.yaml', manifestYaml('Support', region('eu-west')));
    await configure(bench, '[core, overlays/prod]');
    const otherBase = await bench.run(['plan']);
    await configure(bench, '[base, overlays/next]');

    const otherOverlay = await bench.run(['plan']);
    const moved = await bench.run(['state', 'move', '--yes']);

    expect(otherBase.stdout).not.toContain('manifests moved');
    expect(otherOverlay.stdout).toContain(
      `manifests moved from ${join(bench.cwd, 'overlays/prod')} to ${join(bench.cwd, 'overlays/next')}`,
    );
    expect(moved.stdout).toContain(`to ${join(bench.cwd, 'overlays/next')}`);
    expect((await bench.run(['plan'])).stdout).not.toContain('manifests moved');
  }));

test('the daemon applies a change of any layer, and enforces what was valid while one is broken', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    await withDaemon(bench, async (daemon) => {
      await until(() => live(bench).includes('Support na-east'));
      await bench.write('overlays/prod/support.yaml', patchOf('Support', region('na-west')));
      await until(() => live(bench).includes('Support na-west'));
      await bench.write('base/sales.yaml', manifestYaml('Sales', region('eu-east')));
      await until(() => live(bench).includes('Sales eu-east'));

      await bench.write('overlays/prod/support.yaml', 'kind: [');
      const synced = await until(async () => {
        const answer = await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
        return answer.status === 409 && answer;
      });

      expect(synced.json).toHaveProperty(['results', 0, 'problems', 0, 'place', 'file'], 'overlays/prod/support.yaml');
      expect(live(bench).sort()).toEqual(['Sales eu-east', 'Support na-west']);
    });
  }));
