import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../../src/core/application/key-fingerprint.ts';
import { objectMember } from '../../../../src/core/json.ts';
import { configYaml } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, shiftedClock, withEmulator } from '../../world.ts';

const dayMs = 24 * 60 * 60 * 1000;
const rotateOld = ['rotate-key', '--all', '--older-than', '90d', '--yes'];

async function applied(bench: Bench, ...names: readonly string[]): Promise<void> {
  for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', 'apps', '--yes']);
}

function liveKeys({ emulator }: Bench): Readonly<Record<string, string | undefined>> {
  const keys = emulator.admin.applications().map((application) => {
    const { public_key: pem } = objectMember({ ...application }, 'keys');
    return [String(application['name']), fingerprintOf(String(pem))] as const;
  });
  return Object.fromEntries(keys);
}

test('every key pair that is old enough is rotated, in the order of names and one line each', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'b', 'a');
    const before = liveKeys(bench);
    const clock = shiftedClock();
    clock.advance(91 * dayMs);

    const ended = await bench.run(rotateOld, { clock });

    const after = liveKeys(bench);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^rotated "a" [0-9a-f-]{36}: \S+\.pem\nrotated "b" [0-9a-f-]{36}: \S+\.pem\n$/);
    expect([after['a'], after['b']]).not.toEqual([before['a'], before['b']]);
    expect((await bench.run(['keys', 'check'])).code).toBe(0);
  }));

test('a key pair that was rotated since, and one made since, is too young', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'a', 'b');
    const clock = shiftedClock();
    clock.advance(60 * dayMs);
    await bench.run(['rotate-key', 'a', '--yes'], { clock });
    clock.advance(60 * dayMs);
    const before = liveKeys(bench);

    const ended = await bench.run(rotateOld, { clock });
    const again = await bench.run(rotateOld, { clock });

    const after = liveKeys(bench);
    expect(ended.stdout).toMatch(/^rotated "b" [^\n]*\n$/);
    expect(after['a']).toBe(before['a']);
    expect(again).toMatchObject({ code: 0, stdout: 'No key pair to rotate.\n' });
    expect(liveKeys(bench)).toEqual(after);
  }));

test('without an age all of them are rotated, but for those that a manifest declares and those that are paused', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'a', 'b', 'c');
    const [pem] = bench.emulator.admin.applications().map((one) => String(objectMember({ ...one }, 'keys').public_key));
    const declared = JSON.stringify({ keys: { public_key: pem } });
    await bench.write('apps/a.yaml', manifestYaml('a', declared));
    await bench.run(['pause', 'b']);
    const before = liveKeys(bench);

    const ended = await bench.run(['rotate-key', '--all', '--yes']);

    const after = liveKeys(bench);
    expect(ended.code).toBe(3);
    expect(ended.stdout).toMatch(/^left alone "a" \S+: its manifest declares the key \(a\.yaml:\d+\)/m);
    expect(ended.stdout).toMatch(/^left alone "b" \S+: .*paused/m);
    expect([after['a'], after['b']]).toEqual([before['a'], before['b']]);
    expect(after['c']).not.toBe(before['c']);
  }));

test('the first that fails is the last that is tried, and a later run goes on with the rest', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'a', 'b', 'c');
    const before = liveKeys(bench);
    const clock = shiftedClock();
    clock.advance(91 * dayMs);
    bench.emulator.admin.faults([{ match: { verb: 'PUT', nth: 2 }, action: { kind: 'status', status: 400 } }]);

    const ended = await bench.run([...rotateOld, '--format', 'json'], { clock });
    const stopped = liveKeys(bench);
    const again = await bench.run(rotateOld, { clock });

    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      format: 'vonage-gitops.key-rotations/1',
      rotations: [{ application: 'a', key: { fingerprint: stopped['a'] }, previous: { fingerprint: before['a'] } }],
      leftAlone: [],
      failed: { application: 'b', code: 'E_API_REJECTED' },
    });
    expect(ended.stderr).toMatch(/Stopped at "b" \S+: 1 of 3 key pairs rotated\.\n$/);
    expect([stopped['b'], stopped['c']]).toEqual([before['b'], before['c']]);
    expect(again.stdout).toMatch(/^rotated "b" [^\n]*\nrotated "c" [^\n]*\n$/);
    expect(liveKeys(bench)['a']).toBe(stopped['a']);
    expect((await bench.run(['keys', 'check'])).code).toBe(0);
  }));

test('who is asked sees every application first, and may say no', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'a', 'b');
    const before = liveKeys(bench);

    const ended = await bench.run(['rotate-key', '--all'], { terminal: ['no'] });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/ {2}"a" \S+\n {2}"b" \S+\n.*Give 2 applications a new key pair\?/s);
    expect(liveKeys(bench)).toEqual(before);
  }));

test.each([
  { args: ['rotate-key'], message: 'name an application, or pass --all' },
  { args: ['rotate-key', 'a', '--all'], message: 'not both' },
  { args: ['rotate-key', 'a', '--older-than', '90d'], message: 'pass --all, too' },
])('$args is a usage error', ({ args, message }) =>
  withEmulator(async (bench) => {
    const ended = await bench.run([...args, '--yes']);

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(message) });
  }),
);

test('doctor warns of key pairs that are older than the configuration allows, and nothing rotates them', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    keys: { rotateAfterDays: 90 }' }));
    const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };
    for (const name of ['a', 'b']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
    await bench.run(['apply', '--yes'], { environment });
    const clock = shiftedClock();
    const young = await bench.run(['doctor'], { environment, clock });
    clock.advance(91 * dayMs);
    const before = liveKeys(bench);

    const old = await bench.run(['doctor'], { environment, clock });
    await bench.run(['apply', '--yes'], { environment, clock });

    expect(young.stdout).not.toContain('rotateAfterDays');
    expect(old.stdout).toMatch(
      /^warn +main: keys +2 key pairs are older than keys\.rotateAfterDays allows: "a" \(91 d\), "b" \(91 d\): run "vonage-gitops rotate-key --all --older-than 90d"$/m,
    );
    expect(old.code).toBe(0);
    expect(liveKeys(bench)).toEqual(before);
  }));
