import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const twoAccounts = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: main, manifests: apps }
  - { name: other, manifests: others, apiKey: { env: OTHER_KEY } }
`;

async function prepare(bench: Bench): Promise<void> {
  await bench.write('apps/support.yaml', manifestYaml('Support line'));
  await bench.write('apps/two.json', '{ "apiVersion": "vonage-gitops/v1", "kind": "Application" }');
  await bench.write('others/sales.yaml', manifestYaml('Sales'));
}

const aFile = (command: string, takes: string, use: string) =>
  `it is a file, and ${command} takes ${takes}. Use ${command} ${use}. Nothing was changed`;

test.each([
  {
    title: 'a manifest for plan',
    args: ['plan', 'apps/support.yaml'],
    says: aFile('plan', 'a directory of manifests', 'apps --only "Support line"'),
  },
  {
    title: 'a manifest for apply',
    args: ['apply', 'apps/support.yaml', '--yes'],
    says: aFile('apply', 'a directory of manifests, or a plan saved with plan --out', 'apps --only "Support line"'),
  },
  {
    title: 'a JSON manifest for apply',
    args: ['apply', 'apps/two.json', '--yes'],
    says: aFile('apply', 'a directory of manifests, or a plan saved with plan --out', 'apps'),
  },
  {
    title: 'a manifest for validate',
    args: ['validate', 'apps/support.yaml'],
    says: aFile('validate', 'a directory of manifests', 'apps'),
  },
  {
    title: 'a manifest for run',
    args: ['run', 'apps/support.yaml'],
    says: aFile('run', 'a directory of manifests', 'apps'),
  },
  {
    title: 'a plan that is not there',
    args: ['apply', 'plan.json', '--yes'],
    says: 'plan.json: the manifests cannot be read: no such file or directory',
  },
  {
    title: 'a directory that is not there',
    args: ['plan', 'app'],
    says: 'app: the manifests cannot be read: no such file or directory',
  },
  { title: 'something below a file', args: ['plan', 'apps/support.yaml/x'], says: 'no such file or directory' },
])('$title is refused with what is taken, with one account, several, and none configured', ({ args, says }) =>
  withEmulator(async (bench) => {
    await prepare(bench);

    const alone = await bench.run(args);
    await bench.write('vonage-gitops.yaml', twoAccounts);
    const configured = await bench.run(args);
    const one = await bench.run([...args, '--account', 'main']);

    for (const ended of [alone, configured, one]) {
      expect(ended).toMatchObject({
        code: 5,
        stderr: expect.stringContaining(`${args[1]}: the manifests cannot be read: `),
      });
      expect(ended.stderr).toContain(says);
    }
    expect(bench.emulator.admin.requests()).toEqual([]);
  }),
);

test('what is no plan is still told as that', () =>
  withEmulator(async (bench) => {
    await bench.write('plan.json', '{ "changes": [] }');

    expect(await bench.run(['apply', 'plan.json', '--yes'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('E_PLAN_FILE_INVALID'),
    });
  }));

test('an account that is not there is told with the nearest, or that there is no configuration here', () =>
  withEmulator(async (bench) => {
    await prepare(bench);

    const without = await bench.run(['plan', '--account', 'main']);
    await bench.write('vonage-gitops.yaml', twoAccounts);
    const misspelt = await bench.run(['plan', '--account', 'mian']);

    expect(without.stderr).toContain(
      '--account main: no such account; there is no vonage-gitops.yaml here, so the one account is default. Run the command where the file is, or name it with --config FILE',
    );
    expect(misspelt.stderr).toContain(
      '--account mian: no such account (did you mean "main"?); configured accounts: main, other',
    );
  }));

test('an address that is taken is told with who has it and what to do', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const other = await startEmulator({});
    try {
      const { host } = new URL(other.url);

      const taken = await bench.run(['run', 'apps', '--listen', host]);

      expect(taken).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `Error E_LISTEN_FAILED: ${host}: the daemon cannot listen there: another process listens there. Choose another address with --listen HOST:PORT or daemon.listen (port 0 selects a free one), or free this one`,
        ),
      });
    } finally {
      await other.close();
    }
  }));

test('restore says why there is nothing to restore', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.run(['apply', 'apps', '--yes']);

    const managed = await bench.run(['restore', 'Support', '--yes']);
    const none = await bench.run(['restore', 'Sales', '--yes']);

    expect(managed.stderr).toContain('Support: it is managed and was not deleted: there is nothing to restore');
    expect(none.stderr).toContain('Sales: no deleted application is recorded');
  }));
