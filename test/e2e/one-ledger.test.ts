import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHere } from '../cli/elsewhere.ts';
import { manifestYaml, withEmulator } from '../cli/world.ts';

const names = Array.from({ length: 35 }, (_, index) => `Line ${index + 1}`);

const configuration = (account: string, state = '') =>
  `apiVersion: vonage-gitops/v1\nkind: Config\n${state}accounts:\n  - name: ${account}\n    manifests: apps\n    policy: sync\n`;

test('an account made elsewhere, adopted without a write, has one ledger whatever moves, and one delete that works', () =>
  withEmulator(async (bench) => {
    const first = join(bench.cwd, 'first');
    const second = join(bench.cwd, 'second');
    const volume = join(bench.cwd, 'volume');
    bench.emulator.admin.seed(names.map((name) => ({ name })));
    await mkdir(join(first, '.git'), { recursive: true });
    await bench.write('first/.git/config', '[remote "origin"]\n\turl = https://git.example.com/team/telephony.git\n');
    for (const [index, name] of names.entries())
      await bench.write(`first/apps/${index}.yaml`, manifestYaml(name, '{}', '  deletionPolicy: delete\n'));
    const byVariable = { VONAGE_GITOPS_STATE: volume };

    const adopted = await runHere({ ...bench, cwd: first }, ['apply', 'apps', '--yes'], { environment: byVariable });
    expect(adopted.code).toBe(0);
    expect(bench.emulator.admin.counts().writes).toBe(0);

    await cp(first, second, { recursive: true });
    await rename(first, join(bench.cwd, 'gone'));
    await bench.write('second/vonage-gitops.yaml', configuration('main', `state: ${volume}\n`));
    const renamed = await runHere({ ...bench, cwd: second }, ['state', 'rename', 'default', 'main', '--yes']);
    expect(renamed.code).toBe(0);

    const byFile = await runHere({ ...bench, cwd: second }, ['plan']);
    const byOption = await runHere({ ...bench, cwd: second }, ['plan', '--state', volume]);
    await bench.write('second/vonage-gitops.yaml', configuration('main'));
    const ofImage = { VONAGE_GITOPS_CONFIG: join(second, 'vonage-gitops.yaml'), VONAGE_GITOPS_DEFAULT_STATE: volume };
    const byExec = await runHere(bench, ['plan'], { environment: ofImage });
    for (const plan of [byFile, byOption, byExec]) {
      expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes.') });
      expect(plan.stdout).toContain('35 unchanged');
    }

    await runHere(bench, ['apply', '--yes'], { environment: ofImage });
    await rm(join(second, 'apps/0.yaml'));
    const deleted = await runHere(bench, ['apply', '--yes'], { environment: ofImage });

    expect(deleted.code).toBe(0);
    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(names.slice(1));
    expect(bench.emulator.admin.counts().writes).toBe(1);
    expect((await readdir(volume)).filter((name) => !name.startsWith('.'))).toEqual(['main']);
    for (const directory of [bench.cwd, second, join(bench.cwd, 'gone')])
      expect(
        existsSync(join(directory, '.vonage-gitops')) || existsSync(join(directory, '.vonage-gitops-emulator')),
      ).toBe(false);
  }));
