import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

async function prepared({ write }: Bench): Promise<void> {
  await write('apps/a.yaml', manifestYaml('first'));
  await write('apps/b.yaml', manifestYaml('second'));
}

test('apply without a terminal says each change on a plain line, and logs nothing of them', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply', 'apps', '--yes']);

    expect(ended.code).toBe(0);
    expect(ended.stderr.replaceAll(/"(first|second)"/g, '"…"')).toBe(
      '1/2 applied create "…"\n2/2 applied create "…"\n',
    );
  }));

test('log lines between plan and report come when they are asked for', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply', 'apps', '--yes', '--log-level', 'info']);

    expect(ended.stderr).toMatch(/^\{"level":"info".*"msg":"change applied"\}$/m);
    expect(ended.stderr).toContain('2/2 applied create');
  }));

test('a change that fails is on its line and in the log', () =>
  withEmulator(
    async (bench) => {
      await prepared(bench);

      const ended = await bench.run(['apply', 'apps', '--yes']);

      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('2/2 failed create');
      expect(ended.stderr).toMatch(/^\{"level":"(warn|error)".*"msg":"change failed"/m);
    },
    { faults: [{ match: { verb: 'POST' }, action: { kind: 'status', status: 400 } }] },
  ));

test.each([{ TERM: 'dumb' }, { NO_COLOR: '1' }])(
  'a terminal with %j gets no escape sequence from plan, apply and its question',
  (environment) =>
    withEmulator(async (bench) => {
      await prepared(bench);

      const ended = await bench.run(['apply', 'apps'], { terminal: ['yes'], environment });

      expect(ended.code).toBe(0);
      expect(ended.stdout + ended.stderr).not.toContain('\u001b');
    }),
);

test('with --quiet apply prints its report alone', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply', 'apps', '--yes', '--quiet']);

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^(?:no ledger: .*\n)?(?:applied create .*\n){2}Done: 2 applied \(2 created\)\.\n$/);
  }));

test('with --quiet a plan that requires manual action is shown all the same', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    bench.emulator.admin.seed([
      { name: 'first', capabilities: {} },
      { name: 'first', capabilities: {} },
    ]);

    const ended = await bench.run(['apply', 'apps', '--yes', '--quiet']);

    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain('In conflict:');
  }));

test('with --quiet plan --out says nothing but the plan, also by the environment', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['plan', 'apps', '--out', 'plan.json'], {
      environment: { VONAGE_GITOPS_QUIET: '1' },
    });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('Plan: 2 to create');
  }));

test.each([
  { value: 'false', stderr: expect.stringContaining('Plan saved to plan.json'), code: 0 },
  { value: 'maybe', stderr: expect.stringContaining('VONAGE_GITOPS_QUIET: Expected 1, true, 0 or false'), code: 5 },
])('VONAGE_GITOPS_QUIET=$value is read as it says', ({ value, stderr, code }) =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const environment = { VONAGE_GITOPS_QUIET: value };
    const ended = await bench.run(['plan', 'apps', '--out', 'plan.json'], { environment });

    expect(ended).toMatchObject({ code, stderr });
  }),
);
