import { existsSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { elsewhere, runHere } from './elsewhere.ts';
import { manifestYaml, testWorld, withEmulator } from './world.ts';

const file = (state: string) =>
  `apiVersion: vonage-gitops/v1\nkind: Config\n${state}accounts:\n  - name: main\n    manifests: apps\n`;

describe('a state directory', () => {
  test.each([
    { by: 'the configuration file', state: 'state: chosen\n', args: [] as string[], environment: {} },
    { by: 'the file, as an object', state: 'state: { directory: chosen }\n', args: [], environment: {} },
    { by: 'a variable', state: '', args: [], environment: { VONAGE_GITOPS_STATE: 'chosen' } },
    { by: 'an option', state: '', args: ['--state', 'chosen'], environment: {} },
  ])('named by $by holds the ledger, and may be trusted with keys off a terminal', ({ state, args, environment }) =>
    withEmulator(async (bench) => {
      await bench.write('vonage-gitops.yaml', file(state));
      await bench.write('apps/support.yaml', manifestYaml('Support'));

      const applied = await runHere(bench, ['apply', '--yes', ...args], { environment });
      const rotated = await runHere(bench, ['rotate-key', 'Support', '--yes', ...args], { environment });

      expect(applied.code).toBe(0);
      expect(rotated).toMatchObject({ code: 0, stderr: '' });
      expect(existsSync(join(bench.cwd, 'chosen/main/ledger.json'))).toBe(true);
    }),
  );

  test('that is only the default of the image is found by all commands, and is no choice', () =>
    withEmulator(async (bench) => {
      const environment = { VONAGE_GITOPS_DEFAULT_STATE: join(bench.cwd, 'volume') };
      await bench.write('vonage-gitops.yaml', file(''));
      await bench.write('apps/support.yaml', manifestYaml('Support'));

      await elsewhere(bench, async (run) => {
        const blocked = await run(['apply', '--yes'], { environment });
        await run(['apply'], { environment, terminal: ['yes'] });
        const shown = await run(['ledger', 'show'], { environment });

        expect(blocked).toMatchObject({ code: 3, stdout: expect.stringContaining('was not chosen') });
        expect(shown.stdout).toContain('1 owned');
        expect(existsSync(join(bench.cwd, 'volume/main/ledger.json'))).toBe(true);
      });
    }));

  test('that another source names as well is one line of warning, unless both are one', () =>
    withEmulator(async (bench) => {
      await bench.write('vonage-gitops.yaml', file('state: filed\n'));
      await bench.write('used/.keep', '');
      await symlink(join(bench.cwd, 'used'), join(bench.cwd, 'link'));
      const environment = { VONAGE_GITOPS_STATE: 'link' };

      const differing = await runHere(bench, ['ledger', 'show', '--state', 'used'], { environment });
      const explained = await runHere(bench, ['ledger', 'show', '--state', 'filed'], {
        environment: { VONAGE_GITOPS_STATE: join(bench.cwd, 'filed') },
      });

      expect(differing.stderr.match(/two different state directories/g)).toHaveLength(1);
      expect(differing.stderr).toContain(`"unusedFrom":"state in ${join(bench.cwd, 'vonage-gitops.yaml')}"`);
      expect(explained.stderr).toBe('');
    }));

  test('that is empty text is refused: the working directory is not meant', () =>
    withEmulator(async (bench) => {
      const ended = await runHere(bench, ['plan', '--state', '']);

      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('Expected a value, found an empty one') });
    }));
});

describe('emulated accounts', () => {
  test('have a state directory of their own where nobody chose one', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/support.yaml', manifestYaml('Support'));

      await runHere(bench, ['apply', 'apps'], { terminal: ['yes'] });
      const real = await runHere(bench, ['ledger', 'show'], { environment: { VONAGE_API_URL: '' } });

      expect(existsSync(join(bench.cwd, '.vonage-gitops-emulator/default/ledger.json'))).toBe(true);
      expect(real).toMatchObject({ code: 0, stdout: 'no ledger: ownership and deletes unknown\n' });
    }));

  test('keep the ledger that they have beside the real ones', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/support.yaml', manifestYaml('Support'));
      await runHere(bench, ['apply', 'apps', '--yes', '--state', '.vonage-gitops']);

      const shown = await runHere(bench, ['ledger', 'show']);
      const real = await runHere(bench, ['plan', 'apps'], { environment: { VONAGE_API_URL: '' } });

      expect(shown.stdout).toContain('1 owned');
      expect(real).toMatchObject({ code: 1, stderr: expect.stringContaining('E_LEDGER_OTHER_ACCOUNT') });
    }));
});

test('a default directory that cannot be read stops nobody who named another, nor who only validates', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await symlink('.vonage-gitops', join(bench.cwd, '.vonage-gitops'));

    const planned = await runHere(bench, ['plan', 'apps', '--state', 'chosen']);
    const validated = await runHere(bench, ['validate', 'apps']);
    const refused = await runHere(bench, ['ledger', 'show']);

    expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan: 1 to create') });
    expect(validated).toMatchObject({ code: 0, stdout: '1 manifest is valid.\n' });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E_STATE_UNUSABLE') });
  }));

describe('environment variables of the common options', () => {
  test('are taken where the option is not given, and an empty one is none', () =>
    withEmulator(async (bench) => {
      await bench.write('deploy/v.yaml', file('state: st\n').replace('name: main', 'name: main\n    policy: sync'));
      await bench.write('deploy/apps/support.yaml', manifestYaml('Support'));
      const environment = {
        VONAGE_GITOPS_CONFIG: 'deploy/v.yaml',
        VONAGE_GITOPS_ACCOUNT: 'other',
        VONAGE_GITOPS_COLOR: 'always',
        VONAGE_GITOPS_LOG_LEVEL: '',
      };

      const refused = await runHere(bench, ['plan'], { environment });
      const taken = await runHere(bench, ['plan', '--account', 'main'], { environment });
      const plain = await runHere(bench, ['plan', '--account', 'main', '--color', 'never'], { environment });

      expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--account other: no such account') });
      expect(taken.stdout).toContain('\u001b[');
      expect(plain).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan: 1 to create') });
      expect(plain.stdout).not.toContain('\u001b[');
    }));

  test.each([
    { name: 'VONAGE_GITOPS_LOG_LEVEL', value: 'loud', said: 'Allowed choices are trace, debug' },
    { name: 'VONAGE_GITOPS_COLOR', value: 'blue', said: 'Allowed choices are auto, always, never' },
    { name: 'VONAGE_GITOPS_STATE', value: ' ', said: 'Expected a value, found an empty one' },
  ])('are refused by name when the option would be: $name', ({ name, value, said }) =>
    withEmulator(async (bench) => {
      const ended = await runHere(bench, ['plan'], { environment: { [name]: value } });

      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(`${name}: ${said}`) });
    }),
  );

  test('are all in --help', () =>
    withEmulator(async (bench) => {
      const names = ['CONFIG', 'STATE', 'ACCOUNT', 'LOG_LEVEL', 'QUIET', 'COLOR'].map(
        (name) => `VONAGE_GITOPS_${name}`,
      );

      const general = await runHere(bench, ['--help']);
      const ofPlan = await runHere(bench, ['plan', '--help']);

      for (const name of names) {
        expect(general.stdout).toContain(name);
        expect(ofPlan.stdout.replaceAll(/\s+/g, ' ')).toContain(`[env: ${name}]`);
      }
    }));
});

test('a daemon keeps its state directory when the configuration names another one, and says so', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', `${file('state: first\n')}daemon: { listen: "127.0.0.1:0" }\n`);
    await cp(join(import.meta.dirname, '../../examples/quickstart'), join(bench.cwd, 'apps'), { recursive: true });
    const stop = new AbortController();
    const world = testWorld({ cwd: bench.cwd, environment: bench.environment, stop: stop.signal });
    const ended = runCli(['run'], world.context);
    const owned = () => bench.emulator.admin.applications().length;

    await expect.poll(owned, { timeout: 30_000 }).toBe(6);
    await bench.write('vonage-gitops.yaml', `${file('state: second\n')}daemon: { listen: "127.0.0.1:0" }\n`);
    world.reload();
    await expect.poll(() => world.stderr(), { timeout: 30_000 }).toContain('requires a restart');
    stop.abort();

    expect(await ended).toBe(0);
    expect(existsSync(join(bench.cwd, 'second'))).toBe(false);
  }));
