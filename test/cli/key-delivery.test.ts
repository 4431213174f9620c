import { access, chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { objectMember } from '../../src/core/json.ts';
import { publicHalf } from '../../src/keys/key-pairs.ts';
import { configYaml } from '../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y', VONAGE_GITOPS_ALLOW_EXEC: '1', PATH: '/usr/bin:/bin' };

/** An account whose keys are delivered to the directory `delivered` and to a program that writes down what it is told in `told`. */
async function configured(bench: Bench, script = ''): Promise<void> {
  await mkdir(join(bench.cwd, 'delivered'));
  const program = await bench.write('deliver', `#!/bin/sh\ncat >> ${join(bench.cwd, 'told')}\n${script}\n`);
  await chmod(program, 0o700);
  const targets = `[{ directory: { path: delivered } }, { exec: { command: [${program}] } }]`;
  await bench.write('vonage-gitops.yaml', configYaml({ account: `    keys: { deliver: ${targets} }` }));
  await bench.write('apps/support.yaml', manifestYaml('Support line', '{}', '  labels: { team: voice }\n'));
}

async function told(bench: Bench): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(join(bench.cwd, 'told'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
}

function live({ emulator }: Bench) {
  const [application] = emulator.admin.applications();
  const { public_key: pem } = objectMember({ ...application }, 'keys');
  return { id: application?.id, fingerprint: fingerprintOf(String(pem)) };
}

async function delivered(bench: Bench) {
  const directory = join(bench.cwd, 'delivered');
  const key = publicHalf(await readFile(join(directory, 'support-line.pem'), 'utf8'));
  const { applications } = JSON.parse(await readFile(join(directory, 'applications.json'), 'utf8'));
  return { files: await readdir(directory), fingerprint: key?.fingerprint, applications };
}

test('the key of a new application is where it is used before the application is created, and its id afterwards', () =>
  withEmulator(async (bench) => {
    await configured(bench);

    const ended = await bench.run(['apply', '--yes'], { environment });

    const { id, fingerprint } = live(bench);
    const file = 'support-line.pem';
    expect(ended.code).toBe(0);
    expect(await delivered(bench)).toEqual({
      files: ['applications.json', file],
      fingerprint,
      applications: [{ name: 'Support line', id, fingerprint, file }],
    });
    const shared = { account: 'main', name: 'Support line', labels: { team: 'voice' }, fingerprint };
    const privateKeyFile = join(bench.state, 'main', 'keys', `${fingerprint}.pem`);
    expect(await told(bench)).toEqual([
      { ...shared, privateKeyFile, phase: 'prepared' },
      { ...shared, id, phase: 'active' },
    ]);
  }));

test('nothing is created while a program fails to take the key, and the next run delivers that very key', () =>
  withEmulator(async (bench) => {
    const broken = join(bench.cwd, 'broken');
    await writeFile(broken, '');
    await configured(bench, `[ ! -e ${broken} ] || { echo "no route to the vault" >&2; exit 1; }`);

    const failed = await bench.run(['apply', '--yes'], { environment });
    const created = bench.emulator.admin.counts().writes;
    await bench.run(['apply', '--yes'], { environment });
    await writeFile(join(bench.cwd, 'deliver'), `#!/bin/sh\ncat >> ${join(bench.cwd, 'told')}\n`);
    const again = await bench.run(['apply', '--yes'], { environment });

    expect(failed.code).toBe(3);
    expect(`${failed.stdout}${failed.stderr}`).toContain('no route to the vault');
    expect(created).toBe(0);
    expect(again.code).toBe(0);
    const fingerprints = new Set((await told(bench)).map((one) => one['fingerprint']));
    expect([...fingerprints]).toEqual([live(bench).fingerprint]);
    expect(await delivered(bench)).toMatchObject({ fingerprint: live(bench).fingerprint });
  }));

test('no program is started by commands that only look', () =>
  withEmulator(async (bench) => {
    await configured(bench);
    const looking = [['plan'], ['validate'], ['doctor'], ['keys', 'list'], ['status'], ['ledger', 'show']];

    for (const args of looking) await bench.run(args, { environment });
    await bench.run(['apply', '--yes'], { environment });
    const before = await told(bench);
    for (const args of [...looking, ['keys', 'check'], ['explain', 'Support line']])
      await bench.run(args, { environment });

    expect(before).toHaveLength(2);
    expect(await told(bench)).toEqual(before);
  }));

test('no command goes on with a program in the configuration that the environment does not allow', () =>
  withEmulator(async (bench) => {
    await configured(bench);
    const { VONAGE_GITOPS_ALLOW_EXEC: _allow, ...without } = environment;

    const ended = await bench.run(['apply', '--yes'], { environment: without });

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('VONAGE_GITOPS_ALLOW_EXEC=1') });
    await expect(access(join(bench.cwd, 'told'))).rejects.toThrow();
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));

test('doctor says of each target whether a key could be delivered there', () =>
  withEmulator(async (bench) => {
    await configured(bench);
    const lines = async () =>
      (await bench.run(['doctor'], { environment })).stdout.split('\n').filter((line) => line.includes('key delivery'));
    const fine = await lines();
    await rm(join(bench.cwd, 'delivered'), { recursive: true });
    await chmod(join(bench.cwd, 'deliver'), 0o600);

    const broken = await lines();

    expect(fine.map((line) => line.slice(0, 4))).toEqual(['ok  ', 'ok  ']);
    expect(broken).toEqual([
      expect.stringMatching(/^fail .*delivered is not a directory: create it$/),
      expect.stringMatching(/^fail .*deliver is not a program that this user may run: check keys\.deliver$/),
    ]);
    expect(await told(bench)).toEqual([]);
  }));
