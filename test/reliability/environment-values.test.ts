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

test('of an application whose manifest is filled from the environment only its name is shown', () =>
  withEmulator(async (bench) => {
    const environment = {
      LEAD: 'lead-007',
      TEAM: 'team-SuperSecret',
      PATH_TO_IGNORE: '/capabilities/voice/region',
      REGION: 'eu-east',
    };
    await writeAccount(bench, [], 'environment: [LEAD, TEAM, PATH_TO_IGNORE, REGION]');
    const metadata = '  labels: { team: "${TEAM}" }\n  ignore: ["${PATH_TO_IGNORE}"]\n';
    await bench.write(
      'apps/lead.yaml',
      manifestYaml('"${LEAD}"', '{ capabilities: { voice: { region: "${REGION}" } } }', metadata),
    );

    const planned = await bench.run(['plan'], { environment });
    await bench.run(['apply', '--yes'], { environment });
    const explained = await bench.run(['explain', 'lead-007', '--format', 'yaml'], { environment });
    const selected = await bench.run(['plan', '--selector', 'team=team-SuperSecret', '--verbose'], { environment });

    expect(planned.stdout).toContain('+ create "lead-007"');
    expect(planned.stdout).toMatch(/\+ name +"lead-007"/);
    expect(planned.stdout).toMatch(/\.region +"\$\{REGION\}"/);
    expect(explained.stdout).toContain('team: ${TEAM}');
    expect(explained.stdout).toContain('- ${PATH_TO_IGNORE}');
    expect(explained.stdout).toContain('name: lead-007');
    expect(selected.stdout).toContain('"lead-007"');
    for (const { stdout, stderr } of [planned, explained, selected])
      expect(stdout + stderr).not.toMatch(/SuperSecret|voice\/region|eu-east/);
  }));

test('no message tells the value of an ignore pointer from the environment', () =>
  withEmulator(async (bench) => {
    const environment = { POINTER: '/capabilities/SuperSecret' };
    await writeAccount(bench, [], 'environment: [POINTER]');
    await bench.write('apps/a.yaml', manifestYaml('a', '{}', '  ignore: ["${POINTER}"]\n'));

    const { code, stdout } = await bench.run(['validate'], { environment });

    expect(code).toBe(5);
    expect(stdout).toContain('its value from the environment (not shown) is not a JSON pointer');
    expect(stdout).not.toContain('SuperSecret');
  }));
