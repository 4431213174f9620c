import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from '../cli/world.ts';
import { answering, applicationNamed, writeAccount } from './account.ts';

test('a value from the environment is not shown once its manifest is gone or does without it', () =>
  withEmulator(async (bench) => {
    const environment = { HOOK_TOKEN: 'tok-SuperSecret-12345' };
    const address = 'https://hooks.example.com/?t=${HOOK_TOKEN}';
    await writeAccount(bench, ['keeps'], 'policy: sync', 'environment: [HOOK_TOKEN]');
    await bench.write('apps/goes.yaml', manifestYaml('goes', answering(address)));
    await bench.write('apps/drops.yaml', manifestYaml('drops', answering(address)));
    expect(await bench.run(['apply', '--yes'], { environment })).toMatchObject({ code: 0 });
    expect(JSON.stringify(applicationNamed(bench, 'goes'))).toContain(environment.HOOK_TOKEN);

    await rm(join(bench.cwd, 'apps/goes.yaml'));
    await bench.write('apps/drops.yaml', manifestYaml('drops', answering('https://hooks.example.com/')));

    for (const args of [
      ['plan'],
      ['plan', '--format', 'json', '--out', 'saved.json'],
      ['plan', '--format', 'markdown'],
      ['explain', 'goes'],
      ['explain', 'drops', '--format', 'json'],
      ['apply', '--yes', '--format', 'json'],
    ]) {
      const { stdout, stderr } = await bench.run(args, { environment });
      expect(stdout).toMatch(/goes|drops/);
      expect(stdout + stderr).not.toContain(environment.HOOK_TOKEN);
    }
  }));
