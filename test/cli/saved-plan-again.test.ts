import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applicationNamed, namesIn, writeAccount } from '../reliability/account.ts';
import { manifestYaml, withEmulator } from './world.ts';

test('a saved plan that was applied is already done, and a second run ends with 0', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['kept', 'old'], 'policy: sync');
    await bench.run(['apply', '--yes']);
    const old = applicationNamed(bench, 'old').id;
    await rm(join(bench.cwd, 'apps/old.yaml'));
    await bench.write('apps/new.yaml', manifestYaml('new'));
    await bench.write('apps/kept.yaml', manifestYaml('kept', '{ privacy: { improve_ai: true } }'));
    await bench.run(['plan', '--out', 'plan.json']);
    expect(await bench.run(['apply', 'plan.json', '--yes'])).toMatchObject({ code: 0 });
    const { writes } = bench.emulator.admin.counts();

    const again = await bench.run(['apply', 'plan.json', '--yes']);

    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('Already done: create "new"');
    expect(again.stdout).toContain(`Already done: update "kept" ${applicationNamed(bench, 'kept').id}`);
    expect(again.stdout).toContain(`Already done: delete "old" ${old}`);
    expect(bench.emulator.admin.counts().writes).toBe(writes);
  }));

test('a saved plan whose delete was refused can still be applied once nothing stands against it', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['kept', 'old'], 'policy: sync');
    await bench.run(['apply', '--yes']);
    await rm(join(bench.cwd, 'apps/old.yaml'));
    const broken = manifestYaml('kept', '{ nonsense: 1 }');
    const right = manifestYaml('kept');
    await bench.write('apps/kept.yaml', right);
    await bench.run(['plan', '--out', 'plan.json']);
    await bench.write('apps/kept.yaml', broken);
    const refused = await bench.run(['apply', 'plan.json', '--yes', '--keep-going']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain('Refused: delete "old"');
    await bench.write('apps/kept.yaml', right);

    expect(await bench.run(['apply', 'plan.json', '--yes'])).toMatchObject({ code: 0 });

    expect(namesIn(bench)).toEqual(['kept']);
  }));
