import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/core/json.ts';
import { configYaml } from '../daemon/running.ts';
import { type Bench, type Ended, manifestYaml, shiftedClock, withEmulator } from './world.ts';

const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };

interface Paused {
  readonly bench: Bench;
  run(...args: readonly string[]): Promise<Ended>;
  names(): readonly string[];
  events(): Promise<readonly unknown[]>;
}

/** "Support" is applied; "Sales" is new. */
function withTwo(work: (paused: Paused) => Promise<void>): Promise<void> {
  return withEmulator(async (bench) => {
    const run = (...args: readonly string[]) => bench.run(args, { environment });
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    const names = () => bench.emulator.admin.applications().map(({ name }) => name);
    const events = async () => {
      const text = await readFile(join(bench.state, 'main/history.jsonl'), 'utf8').catch(() => '');
      return text.split('\n').flatMap((line) => parseJson(line) ?? []);
    };
    await work({ bench, run, names, events });
  });
}

test('a paused account is planned and not written, and the code of apply says that something was held back', () =>
  withTwo(async ({ run, names, events }) => {
    await run('pause', '--reason', 'INC-42');
    const before = await events();

    const plan = await run('plan');
    expect(plan.stdout).toContain('Paused:\n  "Sales"');
    expect(plan.stdout).toContain('paused until resumed: INC-42');
    expect(plan.code).toBe(0);

    const applied = await run('apply', '--yes');
    expect(applied.code).toBe(3);
    expect(applied.stderr).toContain('1 change is held back by a pause: end it with "resume", or pass --ignore-pause.');
    expect(names()).toEqual(['Support']);
    expect(await events()).toEqual(before);

    await run('resume');
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    expect(names()).toEqual(['Support', 'Sales']);
  }));

test('a pause that holds nothing back is no reason to stop', () =>
  withTwo(async ({ run, names }) => {
    await run('pause', 'Support');

    const applied = await run('apply', '--yes');

    expect(applied.code).toBe(0);
    expect(applied.stderr).not.toContain('held back');
    expect(names()).toEqual(['Support', 'Sales']);
  }));

test('--ignore-pause overrides it, says so, and is recorded', () =>
  withTwo(async ({ run, names, events }) => {
    await run('pause', '--reason', 'INC-42');
    await run('pause', 'Sales');

    const applied = await run('apply', '--yes', '--ignore-pause');

    expect(applied.code).toBe(0);
    expect(applied.stderr).toContain('Ignoring a pause: account main is paused until resumed: INC-42.');
    expect(applied.stderr).toContain('Ignoring a pause: "Sales" is paused until resumed.');
    expect(names()).toEqual(['Support', 'Sales']);
    const ignored = { event: 'pause-ignored', command: 'apply' };
    expect(await events()).toEqual(
      expect.arrayContaining([
        { ...ignored, at: expect.any(Number), pause: 'paused until resumed: INC-42' },
        { ...ignored, at: expect.any(Number), pause: 'paused until resumed', name: 'Sales' },
      ]),
    );
  }));

test('a pause whose time is over binds nothing, though no daemon removes it', () =>
  withTwo(async ({ bench, run, names }) => {
    await run('pause', '--for', '2h');
    const clock = shiftedClock();
    clock.advance(3 * 60 * 60 * 1000);

    expect(await bench.run(['apply', '--yes'], { environment, clock })).toMatchObject({ code: 0 });

    expect(names()).toEqual(['Support', 'Sales']);
  }));

test('what was approved and is paused by now is refused with the code of a pause', () =>
  withTwo(async ({ bench, run, names }) => {
    const file = join(bench.cwd, 'plan.json');
    await run('plan', '--out', file);
    await run('pause', 'Sales');

    const applied = await run('apply', '--yes', file);

    expect(applied.stdout).toContain('Refused: create "Sales": it is now paused: paused until resumed');
    expect(applied.code).toBe(3);
    expect(names()).toEqual(['Support']);
  }));

test('a saved plan of other applications is not concerned by a pause', () =>
  withTwo(async ({ bench, run, names }) => {
    const file = join(bench.cwd, 'plan.json');
    await run('plan', '--out', file, '--only', 'Sales');
    await bench.write('apps/third.yaml', manifestYaml('Third'));
    await run('pause', 'Third');

    expect(await run('apply', '--yes', file)).toMatchObject({ code: 0 });

    expect(names()).toEqual(['Support', 'Sales']);
  }));

test.each([{ args: ['pause'] }, { args: ['pause', 'Support'] }])('$args binds rotate-key, too', ({ args }) =>
  withTwo(async ({ bench, run, events }) => {
    await run(...args);

    const refused = await run('rotate-key', 'Support', '--yes');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('Error E_PAUSED: Support: paused until resumed. Nothing was changed');
    const { writes } = bench.emulator.admin.counts();

    expect(await run('rotate-key', 'Support', '--yes', '--ignore-pause')).toMatchObject({ code: 0 });
    expect(bench.emulator.admin.counts().writes).toBe(writes + 1);
    expect(await events()).toContainEqual(expect.objectContaining({ event: 'pause-ignored', command: 'rotate-key' }));
  }),
);

test('and restore', () =>
  withTwo(async ({ bench, run, names }) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    policy: sync' }));
    await run('apply', '--yes');
    await rm(join(bench.cwd, 'apps/sales.yaml'));
    await run('apply', '--yes');
    expect(names()).toEqual(['Support']);
    await run('pause', 'Sales');

    expect(await run('restore', 'Sales', '--yes')).toMatchObject({ code: 3 });
    expect(names()).toEqual(['Support']);
    expect(await run('restore', 'Sales', '--yes', '--ignore-pause')).toMatchObject({ code: 0 });
    expect(names()).toEqual(['Support', 'Sales']);
  }));

test('run --once has the code of apply', () =>
  withTwo(async ({ run, names }) => {
    await run('pause', 'Sales');

    expect(await run('run', '--once')).toMatchObject({ code: 3 });

    expect(names()).toEqual(['Support']);
  }));
