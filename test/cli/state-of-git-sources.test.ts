import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aSource } from '../source/git/a-source.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' };

/** An account with one application from a repository, which the first apply has fetched. */
async function applied(bench: Bench) {
  const repository = await aSource();
  await repository.commit('apps/support.yaml', manifestYaml('Support', '{}', '  deletionPolicy: delete\n'));
  await repository.commit('apps/keeper.yaml', manifestYaml('Keeper'));
  repository.push();
  await configure(bench, repository.served);
  const run = (...args: readonly string[]) => bench.run(args, { environment });
  await run('apply', '--yes');
  return { ...repository, run };
}

function configure(bench: Bench, served: string, path = 'apps'): Promise<string> {
  return bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\nsources:\n  - name: voice\n    git: { url: "file://${served}", ref: { branch: main } }\naccounts:\n  - name: default\n    manifests: { source: voice, path: ${path} }\n    apiUrl: ${bench.emulator.url}\n    policy: sync\n`,
  );
}

const store = ({ state }: Bench) => join(state, '.git-sources');

test('restore tells what it made, also where the stored repository is lost', () =>
  withEmulator(async (bench) => {
    const { run, commit, push, work } = await applied(bench);
    await rm(join(work, 'apps/support.yaml'));
    await commit('README.md', 'none');
    push();
    await run('apply', '--yes', '--allow-deletes', '1');
    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(['Keeper']);
    await rm(store(bench), { recursive: true });

    const { code, stdout } = await run('restore', 'Support', '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('restored "Support"');
    expect(stdout).toMatch(/Whether a manifest refers to it is not known: .*source fetch voice.* it is protected/);
    expect(bench.emulator.admin.applications()).toHaveLength(2);
  }));

test('a ledger is rebuilt from the accepted commit; without one the command that fetches it is named', () =>
  withEmulator(async (bench) => {
    const { run } = await applied(bench);
    await rm(join(bench.state, 'default/ledger.json'));
    await rm(join(bench.state, 'default/ledger.json.bak'), { force: true });

    const rebuilt = await run('ledger', 'rebuild', '--yes');
    await rm(store(bench), { recursive: true });
    const without = await run('ledger', 'rebuild', '--yes');

    expect(rebuilt).toMatchObject({ code: 0 });
    expect(rebuilt.stdout).toMatch(/^Manifests: git:.*\/\/apps$/m);
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('source fetch voice') });
  }));

test('state move does not confirm a directory without manifests, and names what to check', () =>
  withEmulator(async (bench) => {
    const { run, commit, push, served } = await applied(bench);
    await commit('other/README.md', 'none');
    push();
    await configure(bench, served, 'other');
    await run('source', 'fetch', 'voice');

    const moved = await run('state', 'move', '--yes');

    expect(moved.code).toBe(1);
    expect(moved.stderr).toMatch(
      /no manifests in git:.*\/\/other: check path of the account's manifests.*source show voice/s,
    );
  }));

test('without its configuration file, a repository is not taken for a directory', () =>
  withEmulator(async (bench) => {
    const { run } = await applied(bench);
    await rm(join(bench.cwd, 'vonage-gitops.yaml'));

    const { stdout } = await run('doctor');
    const ended = await run('release', 'Keeper', '--yes');

    expect(stdout).not.toContain('/git:');
    expect(ended).toMatchObject({ code: 0 });
  }));

test('of two accounts of one source, a mistake in the directory of one does not touch the other', () =>
  withEmulator(async (bench) => {
    const { commit, push, served } = await aSource();
    await commit('one/support.yaml', manifestYaml('Support'));
    await commit('two/sales.yaml', 'kind: Mistake\n');
    push();
    const accounts = ['one', 'two'].map(
      (name) =>
        `  - name: ${name}\n    manifests: { source: voice, path: ${name} }\n    apiUrl: ${bench.emulator.url}\n    apiKey: { env: KEY_${name.toUpperCase()} }\n`,
    );
    await bench.write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\nsources:\n  - name: voice\n    git: { url: "file://${served}", ref: { branch: main } }\naccounts:\n${accounts.join('')}`,
    );

    const { code, stdout, stderr } = await bench.run(['apply', '--yes'], {
      environment: { ...environment, KEY_ONE: 'abcd1234', KEY_TWO: 'efgh5678' },
    });

    expect(code).toBe(5);
    expect(stderr.match(/^Fetching /gm)).toHaveLength(1);
    expect(stderr).toContain('two/sales.yaml:1');
    expect(stdout).toContain('applied create "Support"');
  }));

test('where the directory is gone in the accepted commit, commands on the ledger read what was applied', () =>
  withEmulator(async (bench) => {
    const { run, commit, push, work } = await applied(bench);
    await rm(join(work, 'apps'), { recursive: true });
    await commit('moved/support.yaml', manifestYaml('Support'));
    push();
    await run('source', 'fetch', 'voice');

    const checked = await run('ledger', 'check');
    const released = await run('release', 'Keeper', '--yes');

    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(`${released.stdout}${released.stderr}`).toContain('keeper.yaml');
  }));

test.each([['plan'], ['apply', '--yes'], ['validate']])(
  'DIR with %s is told to select nothing of a repository, whatever is in the working directory',
  (...command) =>
    withEmulator(async (bench) => {
      const { run } = await applied(bench);

      const ended = await run(...command, 'apps');

      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('come from source voice') });
    }),
);
