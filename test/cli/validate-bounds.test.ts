import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from './world.ts';

const wrong = (count: number) => `{ ${Array.from({ length: count }, (_, index) => `f${index}: 1`).join(', ')} }`;
const config = 'apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n  - name: main\n    manifests: apps\n';

test('validate says how many problems it does not show, in every format', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support', wrong(20_000)));

    const text = await bench.run(['validate', 'apps']);
    const json = await bench.run(['validate', 'apps', '--format', 'json']);
    const github = await bench.run(['validate', 'apps', '--format', 'github']);

    expect(text.stdout).toContain('and 19,900 more\n\n20000 errors, 0 warnings.\n');
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, errors: 20_000, notShown: 19_900 });
    expect(JSON.parse(json.stdout).problems.length).toBe(100);
    expect(github.stdout).toContain('::and 19,900 more\n');
    expect([text, json, github].map(({ code }) => code)).toEqual([5, 5, 5]);
    expect(Math.max(...[text, json, github].map(({ stdout }) => stdout.length))).toBeLessThan(100_000);
  }));

test('apply and plan count problems that they do not show', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support', wrong(20_000)));

    const applied = await bench.run(['apply', 'apps', '--yes']);
    const planned = await bench.run(['plan', 'apps', '--format', 'json']);

    expect(applied.code).toBe(5);
    expect(applied.stderr).toContain('20000 problems in the manifests');
    expect(JSON.parse(planned.stdout).problems.length).toBe(101);
    expect(planned.stdout.length + planned.stderr.length).toBeLessThan(200_000);
  }));

test('an error in a directory is an error of that directory, however many others there are before it', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', config);
    for (let index = 0; index < 11; index++)
      await bench.write(`apps/a/f${index}.yaml`, manifestYaml(`A${index}`, wrong(100)));
    await bench.write('apps/b/x.yaml', manifestYaml('B', wrong(2)));
    await bench.write('apps/c/x.yaml', manifestYaml('C'));

    const broken = await bench.run(['validate', 'apps/b']);
    const sound = await bench.run(['validate', 'apps/c']);

    expect([broken.code, sound.code]).toEqual([5, 0]);
    expect(broken.stdout).toContain('apps/b/x.yaml:5:9: error: and 2 more\n\n2 errors, 0 warnings.\n');
  }));

test('validate ends when it is asked to, in the middle of a hostile manifest', () =>
  withEmulator(async (bench) => {
    for (let index = 0; index < 30; index++)
      await bench.write(`apps/f${index}.yaml`, manifestYaml(`A${index}`, wrong(60_000)));
    const stop = new AbortController();

    const ending = bench.run(['validate', 'apps'], { stop: stop.signal });
    await pause(100);
    stop.abort();
    const { code, stderr } = await ending;

    expect(code).toBe(1);
    expect(stderr).toContain('stopped');
  }));

test('validate does not say that there are no problems in manifests that it could not read', () =>
  withEmulator(async (bench) => {
    const { code, stdout, stderr } = await bench.run(['validate', 'nowhere']);

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('E_SOURCE_UNREADABLE');
  }));
