import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

function withLine(work: (bench: Bench) => Promise<void>): Promise<void> {
  return withEmulator(async (bench) => {
    await bench.write('apps/line.yaml', manifestYaml('Line', '{}', '  labels: { team: voice }\n'));
    await bench.write('apps/sales.yaml', manifestYaml('Sales', '{}', '  labels: { team: chat }\n'));
    await work(bench);
  });
}

const where = 'no manifest and no managed application of account default';

test.each([
  { args: ['--only', 'Lime'], expected: `--only "Lime" matches ${where} (did you mean "Line"?)` },
  { args: ['--only', 'line'], expected: `--only "line" matches ${where} (did you mean "Line"?)` },
  { args: ['--only', 'Line', '--only', 'Salse'], expected: `--only "Salse" matches ${where} (did you mean "Sales"?)` },
  { args: ['--only', 'x*'], expected: `--only "x*" matches ${where}` },
  { args: ['--selector', 'team=zzz'], expected: `--selector "team=zzz" matches ${where}` },
  {
    args: ['--selector', 'team=vioce'],
    expected: `--selector "team=vioce" matches ${where} (did you mean "team=voice"?)`,
  },
  {
    args: ['--selector', 'team=voice', '--only', 'Sales'],
    expected: `--only and --selector together match ${where}`,
  },
])('$args is refused by plan and apply, and nothing is done', ({ args, expected }) =>
  withLine(async (bench) => {
    const planned = await bench.run(['plan', 'apps', ...args]);
    const applied = await bench.run(['apply', 'apps', '--yes', ...args]);

    expect(planned).toMatchObject({ code: 5, stdout: '', stderr: `Error E_USAGE: ${expected}\n` });
    expect(applied).toMatchObject({ code: 5, stdout: '', stderr: `Error E_USAGE: ${expected}\n` });
    expect(bench.emulator.admin.applications()).toEqual([]);
  }),
);

test.each([
  { args: ['--only', 'L*'], expected: ['Line'] },
  { args: ['--selector', 'team=chat'], expected: ['Sales'] },
  { args: ['--only', '*', '--selector', 'team=chat'], expected: ['Sales'] },
])('$args is carried out', ({ args, expected }) =>
  withLine(async (bench) => {
    expect(await bench.run(['apply', 'apps', '--yes', ...args])).toMatchObject({ code: 0 });

    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(expected);
  }),
);

test('an id selects like a name, a managed application without a manifest counts, and so does a broken manifest', () =>
  withLine(async (bench) => {
    await bench.run(['apply', 'apps', '--yes']);
    const { id = '' } = bench.emulator.admin.applications().find(({ name }) => name === 'Line') ?? {};
    await bench.write('apps/line.yaml', manifestYaml('Line', '{ privacy: { improve_ai: true } }'));
    await bench.write('apps/sales.yaml', manifestYaml('Sales', '{ privacy: 1 }'));

    const byId = await bench.run(['plan', 'apps', '--only', id.replaceAll('-', '')]);
    expect(byId.stdout).toContain('1 to update');
    for (const args of [
      ['--only', 'Sales'],
      ['--selector', 'team=any'],
    ]) {
      expect((await bench.run(['plan', 'apps', ...args])).stderr).not.toContain('E_USAGE');
    }
  }));

test('a label that comes from the environment is never suggested', () =>
  withEmulator(async (bench) => {
    await bench.write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: one, manifests: apps, environment: [TEAM] }
`,
    );
    await bench.write('apps/line.yaml', manifestYaml('Line', '{}', '  labels: { team: "${TEAM}", tier: gold }\n'));

    const environment = { TEAM: 'undisclosed' };
    const typo = await bench.run(['plan', '--selector', 'team=undisclose'], { environment });
    const other = await bench.run(['plan', '--selector', 'tier=glod'], { environment });

    expect(typo).toMatchObject({ code: 5, stdout: '' });
    expect(typo.stderr).not.toContain('undisclosed');
    expect(other.stderr).toContain('(did you mean "tier=gold"?)');
  }));

const two = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: one, manifests: apps, apiKey: { env: VONAGE_API_KEY }, apiSecret: { env: VONAGE_API_SECRET }, scope: { names: [Line, Sales] } }
  - { name: two, manifests: more, apiKey: { env: VONAGE_API_KEY }, apiSecret: { env: VONAGE_API_SECRET }, scope: { names: [More] } }
`;

test('of several accounts one is enough, and all are named where none matches', () =>
  withLine(async (bench) => {
    await bench.write('vonage-gitops.yaml', two);
    await bench.write('more/more.yaml', manifestYaml('More'));

    expect((await bench.run(['plan', '--only', 'More'])).stderr).not.toContain('E_USAGE');
    const none = await bench.run(['plan', '--only', 'Moer']);
    expect(none.code).toBe(5);
    expect(none.stderr).toContain('no managed application of accounts one, two (did you mean "More"?)');
  }));

test('validate of nothing is not green, unless that is meant', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/README.md', 'nothing yet');

    const nothing = await bench.run(['validate', 'apps']);
    expect(nothing).toMatchObject({ code: 5, stdout: '' });
    expect(nothing.stderr).toContain('Error E_NO_MANIFESTS: apps: no manifests.');
    const json = await bench.run(['validate', 'apps', '--format', 'json']);
    expect(json.code).toBe(5);
    expect(await bench.run(['validate', 'apps', '--allow-empty'])).toMatchObject({
      code: 0,
      stdout: '0 manifests are valid.\n',
      stderr: '',
    });
  }));

test('validate with one account of several that cannot be read, or is empty, does not say that all is well', () =>
  withLine(async (bench) => {
    await bench.write('vonage-gitops.yaml', two);

    const missing = await bench.run(['validate']);
    expect(missing.code).toBe(5);
    expect(missing.stdout).toBe('No problems in what could be read; not checked: two.\n');
    const json = await bench.run(['validate', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, unread: ['two'] });

    await bench.write('more/README.md', '');
    const empty = await bench.run(['validate']);
    expect(empty).toMatchObject({ code: 0, stderr: 'Account two: no manifests in more.\n' });
  }));
