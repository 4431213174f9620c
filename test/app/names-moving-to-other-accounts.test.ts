import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { configYaml, until, withDaemon } from '../daemon/running.ts';

const names = ({ emulator }: Bench) => emulator.admin.applications().map(({ name }) => name);

test('while a neighbor’s manifests cannot be read nothing is deleted: it may have moved there', () =>
  withEmulator(async (bench) => {
    const policy = '    policy: sync\n    deletes: { max: 3, maxPercent: 100 }\n    scope: { names: [Keep, Moving] }';
    const second = '  - name: second\n    manifests: second\n    scope: { names: [Other] }';
    await bench.write('vonage-gitops.yaml', configYaml({ account: `${policy}\n${second}` }));
    await bench.write('apps/keep.yaml', manifestYaml('Keep'));
    await bench.write('apps/moving.yaml', manifestYaml('Moving'));
    await bench.write('second/other.yaml', manifestYaml('Other'));
    await withDaemon(bench, async (daemon) => {
      const sync = () => daemon.ask('/api/v1/sync?wait=true&account=main', { method: 'POST' });
      await until(() => names(bench).length === 3);
      await rename(join(bench.cwd, 'second'), join(bench.cwd, 'away'));
      await rm(join(bench.cwd, 'apps/moving.yaml'));

      const answer = await sync();
      expect(answer.json).toHaveProperty(['results', 0, 'exitCode'], 3);
      expect(names(bench)).toContain('Moving');
      const metrics = await daemon.ask('/metrics');
      expect(metrics.text).toContain('vonage_gitops_guard_blocked_changes{account="main",guard="moved"} 1');

      await rename(join(bench.cwd, 'away'), join(bench.cwd, 'second'));
      await sync();
      expect(names(bench)).not.toContain('Moving');
    });
  }));

test('what is new in a neighbor’s manifests is deleted here only once the neighbor has it', () =>
  withEmulator(async (bench) => {
    const policy = '    policy: sync\n    deletes: { max: 3, maxPercent: 100 }\n    scope: { names: [Keep, Moving] }';
    const second = '  - name: second\n    manifests: second\n    scope: { names: [Other] }';
    await bench.write('vonage-gitops.yaml', configYaml({ account: `${policy}\n${second}` }));
    await bench.write('apps/keep.yaml', manifestYaml('Keep'));
    await bench.write('apps/moving.yaml', manifestYaml('Moving'));
    await bench.write('second/other.yaml', manifestYaml('Other'));
    await withDaemon(bench, async (daemon) => {
      await until(() => names(bench).length === 3);
      await rename(join(bench.cwd, 'apps/moving.yaml'), join(bench.cwd, 'second/moving.yaml'));

      await daemon.ask('/api/v1/sync?wait=true&account=main', { method: 'POST' });

      expect(names(bench)).toContain('Moving');
    });
  }));
