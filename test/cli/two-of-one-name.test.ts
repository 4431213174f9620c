import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, type Ended, manifestYaml, withEmulator } from './world.ts';

const first = '11111111-1111-1111-1111-111111111111';
const second = '22222222-2222-2222-2222-222222222222';
const withAi = '{ privacy: { improve_ai: true } }';
const withoutAi = '{ privacy: { improve_ai: false } }';

interface Twins {
  readonly bench: Bench;
  run(...args: readonly string[]): Promise<Ended>;
  write(file: string, id: string, spec?: string): Promise<string>;
  /** Whether Vonage may learn from each of them, by id. */
  learned(): Readonly<Record<string, unknown>>;
}

/** Two applications named "Line", each managed by a manifest that pins its id. */
function withTwins(work: (twins: Twins) => Promise<void>): Promise<void> {
  return withEmulator(async (bench) => {
    await bench.write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    policy: sync
    deletes: { max: 9, maxPercent: 100 }
    creates: { settleSeconds: 1 }
    apiUrl: ${bench.environment['VONAGE_API_URL']}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
`,
    );
    bench.emulator.admin.seed([first, second].map((id) => ({ id, name: 'Line', capabilities: {} })));
    const write = (file: string, id: string, spec = withoutAi) =>
      bench.write(`apps/${file}.yaml`, manifestYaml('Line', spec, `  id: ${id}\n  deletionPolicy: delete\n`));
    await write('a', first);
    await write('b', second);
    const run = (...args: readonly string[]) => bench.run(args);
    const learned = () =>
      Object.fromEntries(
        bench.emulator.admin
          .applications()
          .map(({ id, privacy }) => [id, (privacy as { improve_ai?: boolean } | undefined)?.improve_ai]),
      );
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    await work({ bench, run, write, learned });
  });
}

test('two applications of one name are managed where both manifests pin their ids', () =>
  withTwins(async ({ bench, run, write, learned }) => {
    expect(bench.emulator.admin.applications()).toHaveLength(2);
    expect(await run('plan', '--detailed-exitcode')).toMatchObject({ code: 0 });

    await write('b', second, withAi);
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });

    expect(learned()).toEqual({ [first]: false, [second]: true });
  }));

test('commands that take a name refuse it with both ids, and take an id', () =>
  withTwins(async ({ run }) => {
    for (const command of [['explain'], ['rotate-key', '--yes'], ['keys', 'path'], ['release', '--yes']]) {
      const [verb = '', ...options] = command;
      const args = verb === 'keys' ? ['keys', 'path', 'Line'] : [verb, 'Line', ...options];
      const refused = await run(...args);
      expect(refused, args.join(' ')).toMatchObject({ code: 5, stdout: '' });
      expect(refused.stderr).toContain(
        `Error E_NAME_AMBIGUOUS: Line: several applications have that name; use the id: ${first}, ${second}`,
      );
    }

    const explained = await run('explain', second, '--format', 'json');
    expect(JSON.parse(explained.stdout)).toMatchObject({ id: second, manifest: { place: { file: 'b.yaml' } } });
    expect(explained.stdout).not.toContain(first);
    expect(await run('rotate-key', first, '--yes')).toMatchObject({ code: 0 });
    expect(await run('keys', 'path', first)).toMatchObject({ code: 0 });
  }));

test('a pause by name binds both, one by id the one', () =>
  withTwins(async ({ run, write, learned }) => {
    await write('a', first, withAi);
    await write('b', second, withAi);
    await run('pause', 'Line');
    expect(await run('apply', '--yes')).toMatchObject({ code: 3 });
    expect(learned()).toEqual({ [first]: false, [second]: false });

    await run('resume', 'Line');
    await run('pause', first);
    expect(await run('apply', '--yes')).toMatchObject({ code: 3 });
    expect(learned()).toEqual({ [first]: false, [second]: true });
  }));

test('--only takes the id of the one', () =>
  withTwins(async ({ run, write, learned }) => {
    await write('a', first, withAi);
    await write('b', second, withAi);

    expect(await run('apply', '--yes', '--only', second)).toMatchObject({ code: 0 });

    expect(learned()).toEqual({ [first]: false, [second]: true });
  }));

test('a manifest of two that goes deletes its application and not the other', () =>
  withTwins(async ({ bench, run, learned }) => {
    await rm(join(bench.cwd, 'apps/a.yaml'));

    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });

    expect(learned()).toEqual({ [second]: false });
  }));

test('an application that a pin replaces by another of its name is not deleted', () =>
  withTwins(async ({ bench, run, write, learned }) => {
    const third = '33333333-3333-3333-3333-333333333333';
    bench.emulator.admin.seed([{ id: third, name: 'Line', capabilities: {} }]);
    await rm(join(bench.cwd, 'apps/b.yaml'));
    await run('release', second, '--yes');
    await write('a', third);

    await run('apply', '--yes');
    const again = await run('apply', '--yes');

    expect(again.stdout).toContain(`release "Line" to stop managing it`);
    expect(Object.keys(learned()).sort()).toEqual([first, second, third]);
  }));

test('one that is deleted outside is not created again, in its own place or that of the other', () =>
  withTwins(async ({ bench, run }) => {
    bench.emulator.admin.remove(first);

    for (const _again of [1, 2]) expect((await run('apply', '--yes', '--allow-creates', '9')).code).toBe(3);

    expect(bench.emulator.admin.applications().map(({ id }) => id)).toEqual([second]);
  }));

test('a broken manifest of the one leaves the other in force', () =>
  withTwins(async ({ run, write, learned }) => {
    await write('a', first, '{ privacy: 1 }');
    await write('b', second, withAi);

    await run('apply', '--yes', '--keep-going');

    expect(learned()).toEqual({ [first]: false, [second]: true });
  }));

test('the last good form of each is kept, and the broken one stays enforced', () =>
  withTwins(async ({ bench, run, write, learned }) => {
    await run('run', '--once');
    await write('a', first, '{ privacy: 1 }');
    await write('b', second, withAi);
    bench.emulator.admin.put(first, { name: 'Line', capabilities: {}, privacy: { improve_ai: true } });

    await run('run', '--once');

    expect(learned()).toEqual({ [first]: false, [second]: true });
  }));
