import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { objectMember } from '../../src/core/json.ts';
import { publicHalf } from '../../src/keys/key-pairs.ts';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import { applicationNamed, first, writeAccount } from './account.ts';
import { bundled, start } from './process.ts';

const { program } = bundled();

/** Takes keys as files named by phase, fails in the phase that the file `fail` names, and kills who started it in the phase that the file `kill` names, after its own part or before it. */
const script = `#!/bin/sh
folder=$(dirname "$0")
facts=$(cat)
phase=prepared
case "$facts" in *'"phase":"active"'*) phase=active ;; esac
if [ "$(cat "$folder/kill" 2>/dev/null)" = "before $phase" ]; then rm "$folder/kill"; kill -9 $PPID; exit 1; fi
if [ "$(cat "$folder/fail" 2>/dev/null)" = "$phase" ]; then exit 3; fi
printf '%s' "$facts" > "$folder/$phase.json"
if [ "$(cat "$folder/kill" 2>/dev/null)" = "after $phase" ]; then rm "$folder/kill"; kill -9 $PPID; fi
`;

/** A bench in which the configuration may name programs. */
function withTargets(work: (bench: Bench) => Promise<void>): Promise<void> {
  return withEmulator((bench) =>
    work({ ...bench, environment: { ...bench.environment, VONAGE_GITOPS_ALLOW_EXEC: '1' } }),
  );
}

/** An account with one application whose key is delivered to a directory and to a program. */
async function delivered(
  bench: Bench,
): Promise<{ readonly directory: string; readonly tools: string; readonly old: string }> {
  const [directory, tools] = ['delivered', 'tools'].map((name) => join(bench.cwd, name)) as [string, string];
  for (const folder of [directory, tools]) await mkdir(folder);
  await writeFile(join(tools, 'take'), script);
  await chmod(join(tools, 'take'), 0o755);
  const targets = `[{ directory: { path: ${directory} } }, { exec: { command: [${join(tools, 'take')}] } }]`;
  await writeAccount(bench, ['support'], `keys: { deliver: ${targets} }`, 'policy: sync', 'allowEmpty: true');
  const applied = await start(program(), bench, ['apply', '--yes']).ended;
  expect(applied).toMatchObject({ code: 0 });
  return { directory, tools, old: liveKey(bench) };
}

function liveKey(bench: Bench): string {
  const { public_key: pem } = objectMember({ ...applicationNamed(bench, 'support') }, 'keys');
  return fingerprintOf(String(pem)) ?? '';
}

async function keyIn(path: string): Promise<string | undefined> {
  return publicHalf(await readFile(path, 'utf8'))?.fingerprint;
}

test.each(['before prepared', 'after prepared', 'before active', 'after active'])(
  'a rotation that is killed %s ends with one live key, delivered everywhere, and the old one kept',
  (moment) =>
    withTargets(async (bench) => {
      const { directory, tools, old } = await delivered(bench);
      await writeFile(join(tools, 'kill'), moment);

      const killed = start(program(), bench, ['rotate-key', 'support', '--yes']);
      await killed.ended;
      const again = await start(program(), bench, ['rotate-key', 'support', '--yes']).ended;
      const last = await start(program(), bench, ['apply', '--yes']).ended;

      expect(killed.process.signalCode).toBe('SIGKILL');
      expect([again.code, last.code]).toEqual([0, 0]);
      await expectDelivered(bench, { directory, tools, old });
    }),
  60_000,
);

test(
  'a rotation that is killed during its PUT ends so, too',
  () =>
    withTargets(async (bench) => {
      const { directory, tools, old } = await delivered(bench);
      bench.emulator.admin.faults([first(1, 'PUT', { kind: 'timeout-after' })]);

      const killed = start(program(), bench, ['rotate-key', 'support', '--yes']);
      await eventually(() => expect(bench.emulator.admin.requests().some(({ verb }) => verb === 'PUT')).toBe(true));
      killed.process.kill('SIGKILL');
      await killed.ended;
      const again = await start(program(), bench, ['rotate-key', 'support', '--yes']).ended;

      expect(again.code).toBe(0);
      await expectDelivered(bench, { directory, tools, old });
    }),
  60_000,
);

async function expectDelivered(
  bench: Bench,
  { directory, tools, old }: { readonly directory: string; readonly tools: string; readonly old: string },
): Promise<void> {
  const live = liveKey(bench);
  const told = JSON.parse(await readFile(join(tools, 'active.json'), 'utf8'));
  const keys = await readdir(join(bench.state, 'main', 'keys'));
  expect(live).not.toBe(old);
  expect(await keyIn(join(directory, 'support.pem'))).toBe(live);
  expect(await readdir(directory)).toEqual(['applications.json', 'support.pem']);
  expect(told).toMatchObject({ fingerprint: live, phase: 'active', id: applicationNamed(bench, 'support').id });
  expect(keys).toEqual(expect.arrayContaining([`${old}.pem`, `${live}.pem`]));
}

test(
  'the list of keys, and what removes them, say where they were delivered to',
  () =>
    withTargets(async (bench) => {
      const { directory, tools, old } = await delivered(bench);
      await start(program(), bench, ['rotate-key', 'support', '--yes']).ended;

      const list = await start(program(), bench, ['keys', 'list']).ended;
      const json = await start(program(), bench, ['keys', 'list', '--format', 'json']).ended;
      const prune = await start(program(), bench, ['keys', 'prune', '--older-than', '0d', '--yes']).ended;

      const [folder, taker] = [`directory ${directory}`, `exec ${join(tools, 'take')}`];
      expect(list.stdout).toContain(`${folder}, ${taker}`);
      expect(list.stdout).toContain(`${folder} (former), ${taker} (former)`);
      expect(list.stdout).toContain('in use (since ');
      expect(JSON.parse(json.stdout).keys).toContainEqual(
        expect.objectContaining({
          fingerprint: liveKey(bench),
          deliveries: [
            { target: folder, phase: 'active', file: join(directory, 'support.pem') },
            { target: taker, phase: 'active' },
          ],
        }),
      );
      expect(prune.stdout).toMatch(new RegExp(`${old} .*; copies were delivered to ${folder}, ${taker}`));
    }),
  60_000,
);

test(
  'what a target did not take is told with exit code 3, and delivered by a saved plan without changes',
  () =>
    withTargets(async (bench) => {
      const { tools } = await delivered(bench);
      await writeFile(join(tools, 'fail'), 'active');

      const rotated = await start(program(), bench, ['rotate-key', 'support', '--yes']).ended;
      const planned = await start(program(), bench, ['plan', '--out', 'plan.json']).ended;
      const explained = await start(program(), bench, ['explain', 'support']).ended;
      await rm(join(tools, 'fail'));
      const applied = await start(program(), bench, ['apply', 'plan.json']).ended;

      const target = `exec ${join(tools, 'take')}`;
      expect(rotated).toMatchObject({ code: 3, stdout: expect.stringContaining(`was not delivered to ${target}`) });
      expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining(`was not delivered to ${target}`) });
      expect(explained.stdout).toContain(`  key at ${target}: prepared: `);
      expect(applied.code).toBe(0);
      expect(JSON.parse(await readFile(join(tools, 'active.json'), 'utf8')).fingerprint).toBe(liveKey(bench));
    }),
  60_000,
);

test(
  'a restore whose key cannot be delivered ends with exit code 3, and sends nothing if it cannot be prepared',
  () =>
    withTargets(async (bench) => {
      const { tools } = await delivered(bench);
      await bench.write('apps/support.yaml', manifestYaml('support', '{}', '  deletionPolicy: delete\n'));
      await start(program(), bench, ['apply', '--yes']).ended;
      await rm(join(bench.cwd, 'apps', 'support.yaml'));
      await start(program(), bench, ['apply', '--yes', '--allow-deletes', '1']).ended;
      const { length: left } = bench.emulator.admin.applications();
      await writeFile(join(tools, 'fail'), 'prepared');
      const refused = await start(program(), bench, ['restore', 'support', '--yes']).ended;
      const { length: then } = bench.emulator.admin.applications();
      await writeFile(join(tools, 'fail'), 'active');

      const restored = await start(program(), bench, ['restore', 'support', '--yes']).ended;

      expect([left, then]).toEqual([0, 0]);
      expect(refused.stderr).toContain('was not delivered to exec');
      expect(restored).toMatchObject({ code: 3, stdout: expect.stringContaining('was not delivered to exec') });
      expect(bench.emulator.admin.applications()).toHaveLength(1);
    }),
  60_000,
);
