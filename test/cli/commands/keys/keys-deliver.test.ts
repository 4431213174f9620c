import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configYaml } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, shiftedClock, withEmulator } from '../../world.ts';

const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y', VONAGE_GITOPS_ALLOW_EXEC: '1', PATH: '/usr/bin:/bin' };

async function configured(bench: Bench, targets: string): Promise<void> {
  await bench.write('vonage-gitops.yaml', configYaml({ account: `    keys: { deliver: [${targets}] }` }));
}

/** Two applications whose keys are delivered to the directory `delivered`. */
async function applied(bench: Bench): Promise<string> {
  const directory = join(bench.cwd, 'delivered');
  await mkdir(directory);
  await configured(bench, 'directory: { path: delivered }');
  for (const name of ['a', 'b']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', '--yes'], { environment });
  return directory;
}

const files = async (directory: string) => (await readdir(directory)).sort();

test('what a target has lost is there again, for one application or for all', () =>
  withEmulator(async (bench) => {
    const directory = await applied(bench);
    const before = await readFile(join(directory, 'a.pem'), 'utf8');
    for (const name of await readdir(directory)) await rm(join(directory, name));

    const one = await bench.run(['keys', 'deliver', 'a'], { environment });
    const afterOne = await files(directory);
    const all = await bench.run(['keys', 'deliver', '--all', '--format', 'json'], { environment });

    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toMatch(/^delivered "a" [0-9a-f-]{36}: directory \S+delivered\n$/);
    expect(afterOne).toEqual(['a.pem', 'applications.json']);
    expect(await readFile(join(directory, 'a.pem'), 'utf8')).toBe(before);
    expect(await files(directory)).toEqual(['a.pem', 'applications.json', 'b.pem']);
    expect(all.code).toBe(0);
    expect(JSON.parse(all.stdout)).toEqual({
      format: 'vonage-gitops.keys-deliver/1',
      account: 'main',
      deliveries: ['a', 'b'].map((application) =>
        expect.objectContaining({ application, target: `directory ${directory}`, outcome: 'delivered' }),
      ),
    });
    const { applications } = JSON.parse(await readFile(join(directory, 'applications.json'), 'utf8'));
    expect(applications).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    expect(bench.emulator.admin.counts().writes).toBe(2);
  }));

test('a target that is new gets the keys that are there, and one that fails is told with the reason', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const program = await bench.write('deliver', '#!/bin/sh\necho "no route to the vault" >&2; exit 1\n');
    await chmod(program, 0o700);
    await configured(bench, `{ directory: { path: delivered } }, { exec: { command: [${program}] } }`);

    const failed = await bench.run(['keys', 'deliver', 'a'], { environment });
    await writeFile(program, '#!/bin/sh\nexit 0\n');
    const again = await bench.run(['keys', 'deliver', 'a'], { environment });

    expect(failed.code).toBe(3);
    expect(failed.stdout).toMatch(
      /^delivered "a" .*\nnot delivered "a" \S+: exec \S+deliver: the program ended with exit code 1: no route to the vault\n$/,
    );
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^delivered .*\ndelivered .*\n$/) });
  }));

test.each([
  {
    title: 'an account without targets',
    args: ['keys', 'deliver', '--all'],
    code: 1,
    message: 'name targets in keys.deliver',
  },
  {
    title: 'an application that is not owned',
    args: ['keys', 'deliver', 'c'],
    code: 1,
    message: '"ledger show" lists',
  },
  { title: 'a command line without either', args: ['keys', 'deliver'], code: 5, message: 'or pass --all' },
])('$title is refused', ({ title, args, code, message }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    if (title.includes('without targets')) await configured(bench, '');

    const ended = await bench.run(args, { environment });

    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) });
  }),
);

test('a key pair that is not managed is nothing to deliver', () =>
  withEmulator(async (bench) => {
    await mkdir(join(bench.cwd, 'delivered'));
    await configured(bench, 'directory: { path: delivered }');
    bench.emulator.admin.seed([{ name: 'a' }]);
    await bench.write('apps/a.yaml', manifestYaml('a'));
    await bench.run(['apply', '--yes'], { environment });

    const one = await bench.run(['keys', 'deliver', 'a'], { environment });
    const all = await bench.run(['keys', 'deliver', '--all'], { environment });

    expect(one).toMatchObject({ code: 1, stderr: expect.stringContaining('its key pair is not managed') });
    expect(all).toMatchObject({ code: 0, stdout: 'No private key to deliver.\n' });
    expect(await files(join(bench.cwd, 'delivered'))).toEqual([]);
  }));

test('every rotation of all has both keys in place before it is sent, and stops where a key cannot be put in place', () =>
  withEmulator(async (bench) => {
    const directory = await applied(bench);
    const clock = shiftedClock();
    clock.advance(91 * 24 * 60 * 60 * 1000);
    await writeFile(join(directory, 'b.next.pem'), 'mine');
    const before = bench.emulator.admin.applications();

    const stopped = await bench.run(['rotate-key', '--all', '--older-than', '90d', '--yes'], { environment, clock });
    await rm(join(directory, 'b.next.pem'));
    const again = await bench.run(['rotate-key', '--all', '--older-than', '90d', '--yes'], { environment, clock });

    expect(stopped).toMatchObject({ code: 4, stdout: expect.stringMatching(/^rotated "a" [^\n]*\n$/) });
    expect(stopped.stderr).toContain('b.next.pem holds something that was not delivered there');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^rotated "b" [^\n]*\n$/) });
    expect(await files(directory)).toEqual(['a.pem', 'applications.json', 'b.pem']);
    expect(bench.emulator.admin.applications()).not.toEqual(before);
    expect((await bench.run(['keys', 'check'], { environment })).code).toBe(0);
    const { applications } = JSON.parse(await readFile(join(directory, 'applications.json'), 'utf8'));
    const live = bench.emulator.admin.applications().map(({ id }) => id);
    expect(applications.map(({ id }: { readonly id: string }) => id).sort()).toEqual(live.sort());
  }));
