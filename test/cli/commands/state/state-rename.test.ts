import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/app/system-clock.ts';
import { acquireLock } from '../../../../src/lock/lock.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const names = ['Support', 'Sales', 'Service'];

/** Three applications applied as account `default`, without a configuration file. */
async function appliedAsDefault(bench: Bench): Promise<void> {
  for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', 'apps', '--yes']);
}

/** The configuration that the documentation shows first: its account is called `main`. */
async function configureAs(bench: Bench, ...accounts: readonly string[]): Promise<void> {
  const entries = accounts.map((lines) => `  - ${lines}\n`).join('');
  await bench.write('vonage-gitops.yaml', `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${entries}`);
}

const asMain = (bench: Bench) => configureAs(bench, 'name: main\n    manifests: apps');
const writes = ({ emulator }: Bench) => emulator.admin.counts().writes;

describe('an account that was renamed in the configuration', () => {
  test('is told by plan and validate, and no command writes', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await asMain(bench);
      const before = writes(bench);
      const said = /account main has no ledger, but \S+\/state\/default is one of the same API key and host/;
      const remedy = `"vonage-gitops state rename default main --state ${bench.state}"`;

      const planned = await bench.run(['plan']);
      const markdown = await bench.run(['plan', '--format', 'markdown']);
      const json = JSON.parse((await bench.run(['plan', '--format', 'json'])).stdout);
      const validated = await bench.run(['validate']);
      const looked = await bench.run(['status']);
      const doctor = await bench.run(['doctor']);
      const refused = [
        await bench.run(['apply', '--yes']),
        await bench.run(['run', '--once']),
        await bench.run(['rotate-key', 'Support', '--yes']),
        await bench.run(['ledger', 'rebuild', '--yes']),
        await bench.run(['pause']),
      ];

      expect(planned).toMatchObject({ code: 0, stdout: expect.stringMatching(said) });
      expect(markdown.stdout).toContain('state rename default main');
      expect(json.notices).toContainEqual({ kind: 'other-ledger', message: expect.stringMatching(said) });
      expect(validated).toMatchObject({ code: 0, stderr: expect.stringMatching(said) });
      expect(looked.stdout.replaceAll(/\s+/g, ' ')).toMatch(said);
      expect(doctor.code).toBe(1);
      expect(doctor.stdout).toMatch(/^fail +main: ledger +account main has no ledger, but /m);
      expect(doctor.stdout.match(/main: ledger /g)).toHaveLength(1);
      for (const { code, stderr } of refused) {
        expect(code).toBe(1);
        expect(stderr).toContain('E_LEDGER_SECOND');
        expect(stderr).toContain(remedy);
      }
      expect(writes(bench)).toBe(before);
      expect(existsSync(join(bench.state, 'main'))).toBe(false);
    }));

  test('has its ledger, keys, pauses, history and last good forms back after state rename', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await bench.run(['pause', 'Sales', '--reason', 'INC-42']);
      await bench.run(['run', '--once', 'apps']);
      const before = await readdir(join(bench.state, 'default'), { recursive: true });
      await asMain(bench);

      const renamed = await bench.run(['state', 'rename', 'default', 'main', '--yes']);
      const planned = await bench.run(['plan']);
      const checked = await bench.run(['keys', 'check']);

      expect(renamed).toMatchObject({ code: 0, stderr: '' });
      expect(renamed.stdout).toContain(join(bench.state, 'main'));
      expect(planned.stdout).toContain('No changes.');
      expect(checked).toMatchObject({ code: 0 });
      expect(existsSync(join(bench.state, 'default'))).toBe(false);
      const after = await readdir(join(bench.state, 'main'), { recursive: true });
      expect(after).toEqual(expect.arrayContaining(['history.jsonl', 'PAUSE', 'last-good', ...before]));
      expect(after.filter((name) => /lock|sock|tmp/.test(name))).toEqual([]);
      expect(await readFile(join(bench.state, 'main/history.jsonl'), 'utf8')).toMatch(
        /"event":"state-renamed","from":"default","to":"main"\}\n$/,
      );
    }));

  test('is deleted from as before: the delete still works after it', () =>
    withEmulator(async (bench) => {
      await configureAs(bench, 'name: first\n    manifests: apps\n    policy: sync');
      await appliedAsDefault(bench);
      await bench.run(['apply', '--yes']);
      await configureAs(bench, 'name: second\n    manifests: apps\n    policy: sync');
      await bench.run(['state', 'rename', 'first', 'second', '--yes']);
      await rm(join(bench.cwd, 'apps/Sales.yaml'));

      const ended = await bench.run(['apply', '--yes']);

      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted') });
      expect(bench.emulator.admin.applications()).toHaveLength(2);
    }));
});

describe('two ledgers of one API key', () => {
  test('that exist both are told with both paths, and nothing is written', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await bench.run(['state', 'rename', 'default', 'main', '--yes']);
      await bench.run(['apply', 'apps', '--yes', '--state', join(bench.cwd, 'other')]);
      await bench.run(['state', 'rename', 'default', 'copy', '--yes', '--state', join(bench.cwd, 'other')]);
      await mkdir(join(bench.state, 'default'));
      await writeFile(
        join(bench.state, 'default/ledger.json'),
        await readFile(join(bench.cwd, 'other/copy/ledger.json'), 'utf8'),
      );

      const ended = await bench.run(['apply', 'apps', '--yes']);

      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/\/default and \S+\/main are two ledgers of one API key and host/);
    }));

  test('are as they should be where both accounts are configured with scopes that do not overlap', () =>
    withEmulator(async (bench) => {
      for (const name of ['a-one', 'b-one']) await bench.write(`${name[0]}/${name}.yaml`, manifestYaml(name));
      await configureAs(
        bench,
        'name: one\n    manifests: a\n    scope: { names: ["a-*"] }',
        'name: two\n    manifests: b\n    scope: { names: ["b-*"] }',
      );

      const applied = await bench.run(['apply', '--yes']);
      const again = await bench.run(['apply', '--yes']);

      expect(applied.code).toBe(0);
      expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining('ledger') });
    }));

  test.each([
    { title: 'in the default directory', place: '.vonage-gitops', environment: {} },
    { title: 'where the image has it', place: 'var', environment: { VONAGE_GITOPS_DEFAULT_STATE: 'var' } },
  ])('$title, where there is none in the chosen one, are told with the way to it', ({ place, environment }) =>
    withEmulator(async (bench) => {
      await bench.write('apps/line.yaml', manifestYaml('Line'));
      await bench.run(['apply', 'apps', '--yes', '--state', place]);

      const ended = await bench.run(['plan', 'apps', '--state', 'forgotten'], { environment });

      expect(ended.stdout).toContain(`but one of this API key and host in ${join(bench.cwd, place, 'default')}`);
    }),
  );
});

describe('state rename is refused', () => {
  test.each([
    { why: 'a name leads elsewhere', args: ['../default', 'main'], code: 5, said: 'lower-case letters' },
    { why: 'there is no such account', args: ['defalt', 'main'], code: 1, said: 'there are: default' },
    { why: 'both names are one', args: ['default', 'default'], code: 5, said: 'the new name is the old one' },
  ])('when $why', ({ args, code, said }) =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);

      const ended = await bench.run(['state', 'rename', ...args, '--yes']);

      expect(ended).toMatchObject({ code, stderr: expect.stringContaining(said) });
      expect(existsSync(join(bench.state, 'default/ledger.json'))).toBe(true);
    }),
  );

  test.each(['ledger.json', 'ledger.json.bak', 'PAUSE', `keys/${'a'.repeat(64)}.pem`, 'bodies/x.json'])(
    'when the new name has a %s, and nothing is overwritten',
    (file) =>
      withEmulator(async (bench) => {
        await appliedAsDefault(bench);
        await bench.write(`state/main/${file}`, 'precious');

        const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes']);

        expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`holds state already (${file})`) });
        expect(await readFile(join(bench.state, 'main', file), 'utf8')).toBe('precious');
        expect(existsSync(join(bench.state, 'default/ledger.json'))).toBe(true);
      }),
  );

  test.each(['daemon', 'writer'] as const)('while another process holds the %s lock', (kind) =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      const lock = await acquireLock({ directory: join(bench.state, 'default'), kind, waitMs: 0, clock: systemClock });

      const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes', '--lock-timeout', '0']);
      await lock.release();

      expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining('E_LOCK_HELD') });
      expect(existsSync(join(bench.state, 'main'))).toBe(false);
    }),
  );

  test('while a daemon works under the new name', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      const directory = join(bench.state, 'main');
      const lock = await acquireLock({ directory, kind: 'daemon', waitMs: 0, clock: systemClock });

      const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes']);
      await lock.release();

      expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining('Stop the daemon first') });
      expect(existsSync(join(bench.state, 'default/ledger.json'))).toBe(true);
    }));

  test('when the new name is that of an account with another API key', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await configureAs(bench, 'name: main\n    manifests: apps\n    apiKey: { env: OTHER_KEY }');

      const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes'], {
        environment: { OTHER_KEY: 'another1' },
      });

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('its ledger is of another API key') });
    }));

  test('when keys.directory leads into the old directory', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await configureAs(bench, 'name: main\n    manifests: apps\n    keys: { directory: default/keys }');

      const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes']);

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('keys.directory of account main') });
    }));

  test('through a link', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);
      await bench.write('elsewhere/.keep', '');
      await symlink(join(bench.cwd, 'elsewhere'), join(bench.state, 'main'));

      const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes']);

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_STATE_UNUSABLE') });
    }));

  test('without a yes', () =>
    withEmulator(async (bench) => {
      await appliedAsDefault(bench);

      const ended = await bench.run(['state', 'rename', 'default', 'main'], { terminal: ['no'] });

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Make the state of account "default"') });
      expect(existsSync(join(bench.state, 'default/ledger.json'))).toBe(true);
    }));
});

test('what a refused daemon left under the new name is kept aside, and told', () =>
  withEmulator(async (bench) => {
    await appliedAsDefault(bench);
    await bench.write('state/main/passes.jsonl', '{"at":1}\n');

    const ended = await bench.run(['state', 'rename', 'default', 'main', '--yes', '--format', 'json']);

    const { aside, ...document } = JSON.parse(ended.stdout);
    expect(document).toEqual({
      format: 'vonage-gitops.state-rename/1',
      from: 'default',
      to: 'main',
      directory: join(bench.state, 'main'),
    });
    expect(await readdir(aside)).toEqual(['passes.jsonl']);
  }));

test('a ledger of the emulator in the way of the real account is named with the way out, which works', () =>
  withEmulator(async (bench) => {
    await appliedAsDefault(bench);
    const environment = { VONAGE_API_URL: '' };

    const refused = await bench.run(['plan', 'apps'], { environment });
    const [, command = ''] = /"vonage-gitops (state rename [\w -]+)"/.exec(refused.stderr) ?? [];
    const renamed = await bench.run([...command.split(' '), '--yes'], { environment });
    const shown = await bench.run(['ledger', 'show'], { environment });

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E_LEDGER_OTHER_ACCOUNT') });
    expect(command).toBe('state rename default default-old');
    expect(renamed.code).toBe(0);
    expect(shown).toMatchObject({ code: 0, stdout: 'no ledger: ownership and deletes unknown\n' });
  }));
