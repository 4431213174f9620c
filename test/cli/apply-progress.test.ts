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
