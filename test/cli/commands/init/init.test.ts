import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../../src/core/json.ts';
import { type Bench, withEmulator } from '../../world.ts';

const flags = ['--manifests', 'applications', '--name', 'main', '--ci', 'none'];

/** Every file below the directory, but for git's own, with its text. */
async function filesIn(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && !entry.parentPath.includes('/.git/'));
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(directory.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries((await Promise.all(read)).sort());
}

function seeded({ emulator }: Bench, ...bodies: readonly JsonObject[]): void {
  emulator.admin.seed(bodies);
}

test('init puts an account into files, and a plan of them finds nothing to send', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' }, { name: 'Sales', capabilities: { rtc: {} } });
    const before = bench.emulator.admin.applications();

    const ended = await bench.run(['init', ...flags]);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toBe(
      'applications: 2 manifests written, 0 left as they are, 0 skipped\nvonage-gitops.yaml: written\n.gitignore: written\nNo changes. The account matches the manifests. The first apply records 2 applications as managed, and sends nothing.\n',
    );
    expect(bench.emulator.admin.applications()).toEqual(before);
    const files = await filesIn(bench.cwd);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        '.gitignore',
        'applications/sales.yaml',
        'applications/support.yaml',
        'vonage-gitops.yaml',
      ]),
    );
    expect(parse(`${files['vonage-gitops.yaml']}`)).toEqual({
      apiVersion: 'vonage-gitops/v1',
      kind: 'Config',
      accounts: [{ name: 'main', manifests: 'applications' }],
    });
    expect(files['applications/sales.yaml']).toMatch(
      /^# yaml-language-server: \$schema=https:.*application\.schema\.json\n/,
    );
    expect(files['.gitignore']).toBe('.vonage-gitops/\n.vonage-gitops-emulator/\n');
    expect((await bench.run(['fmt', '--check'])).code).toBe(0);
  }));

test('a second run changes nothing, and asks only what no file says', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' });
    await bench.run(['init', ...flags]);
    const before = await filesIn(bench.cwd);

    const again = await bench.run(['init', '--ci', 'none']);

    expect(again.code).toBe(0);
    expect(again.stdout).toContain('applications: 0 manifests written, 1 left as they are, 0 skipped\n');
    expect(await filesIn(bench.cwd)).toEqual(before);
  }));

test('what the dashboard changed since is shown, and ends in 3', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support', capabilities: { rtc: {} } });
    await bench.run(['init', ...flags]);
    const file = join(bench.cwd, 'applications/support.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/name: Support/, 'name: Support line'));

    const again = await bench.run(['init', ...flags]);

    expect(again.code).toBe(3);
    expect(again.stdout).toContain('"Support" -> "Support line"');
  }));

test('an account without applications gets a configuration, and no plan of nothing', () =>
  withEmulator(async (bench) => {
    const ended = await bench.run(['init', ...flags]);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('The account has no applications: write the first manifest into applications.\n');
  }));

test('with wrong credentials nothing is written', () =>
  withEmulator(async (bench) => {
    const ended = await bench.run(['init', ...flags], { environment: { VONAGE_API_SECRET: 'wrong' } });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('E_API_UNAUTHORIZED');
    expect(await filesIn(bench.cwd)).toEqual({});
  }));

test('secrets become variables that are listed in the configuration, and named without their values', () =>
  withEmulator(async (bench) => {
    const secret = 'a-hook-secret-0123456789';
    seeded(bench, {
      name: 'Video',
      capabilities: {
        video: { webhooks: { archive_status: { address: 'https://v.example.com', active: true, secret } } },
      },
    });

    const ended = await bench.run(['init', ...flags]);

    const files = await filesIn(bench.cwd);
    const [account] = parse(`${files['vonage-gitops.yaml']}`).accounts;
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('No changes.');
    expect(account.environment).toHaveLength(1);
    expect(ended.stderr).toContain(`  ${account.environment[0]}  "Video"\n`);
    expect(JSON.stringify([files, ended])).not.toContain(secret);
    const environment = { [account.environment[0]]: secret };
    expect(await bench.run(['init', '--ci', 'none'], { environment })).toMatchObject({ code: 0 });
    expect(await bench.run(['init', '--ci', 'none'])).toMatchObject({ code: 3 });
  }));

test('off a terminal every question needs its flag', () =>
  withEmulator(async (bench) => {
    const ended = await bench.run(['init', '--name', 'main']);

    expect(ended).toMatchObject({ code: 5 });
    expect(ended.stderr).toContain('answer with --manifests applications --ci none');
    expect(await filesIn(bench.cwd)).toEqual({});
  }));

test('at a terminal it asks, again until the answer is of use, and an empty one is the default', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' });
    const ended = await bench.run(['init'], { terminal: ['../elsewhere', 'apps', 'Main', 'prod', ''] });

    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('Directory of the manifests (applications): ');
    expect(ended.stderr).toContain('  expected a directory below this one');
    expect(ended.stderr).toContain('  expected 1 to 63 lower-case letters');
    const files = await filesIn(bench.cwd);
    expect(parse(`${files['vonage-gitops.yaml']}`).accounts).toEqual([{ name: 'prod', manifests: 'apps' }]);
  }));

test.each([
  { args: ['--manifests', '/tmp', '--name', 'main'], said: '--manifests /tmp: expected a directory below' },
  { args: ['--manifests', 'apps', '--name', '../x'], said: '--name ../x: expected 1 to 63' },
])('$args.0 $args.1 $args.3 is refused', ({ args, said }) =>
  withEmulator(async (bench) => {
    const ended = await bench.run(['init', ...args, '--ci', 'none']);

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(said) });
  }),
);

test.each([
  {
    origin: 'git@github.com:acme/voice.git',
    expected: ['.github/CODEOWNERS', '.github/workflows/vonage-main.yml', '.github/workflows/vonage-pull-request.yml'],
  },
  {
    origin: 'https://gitlab.example.com/acme/voice.git',
    expected: ['.gitlab-ci.yml', '.gitlab/CODEOWNERS', '.gitlab/vonage-gitops.gitlab-ci.yml'],
  },
  { origin: 'https://git.example.com/acme/voice.git', expected: [] },
])('files for CI are those of the forge of $origin, at the top of the work tree', ({ origin, expected }) =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' });
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: bench.cwd });
    git('init', '-q');
    git('remote', 'add', 'origin', origin);
    await mkdir(join(bench.cwd, 'team'));

    const ended = await bench.run(['init'], { cwd: join(bench.cwd, 'team'), terminal: ['voice', '', ''] });

    const files = await filesIn(bench.cwd);
    const names = Object.keys(files).filter((name) => /^\.git(hub|lab)/.test(name));
    expect(ended.code).toBe(0);
    expect(names).toEqual(expected);
    expect(git('status', '--porcelain').toString()).not.toContain('A ');
    for (const name of names) expect(files[name]).not.toMatch(/validate applications|directory: applications/);
  }),
);

test('owners that are named already stay in force', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' });
    await bench.write('CODEOWNERS', '* @acme/all\n');

    await bench.run(['init', '--manifests', 'apps', '--name', 'main', '--ci', 'github']);

    const files = await filesIn(bench.cwd);
    expect(Object.keys(files).filter((name) => name.includes('CODEOWNERS'))).toEqual(['CODEOWNERS']);
    expect(files['CODEOWNERS']).toBe('* @acme/all\n');
  }));

test('an existing .gitignore gets the lines it lacks, and other files stay as they are', () =>
  withEmulator(async (bench) => {
    seeded(bench, { name: 'Support' });
    await bench.write('.gitignore', 'node_modules\n/.vonage-gitops');
    await bench.write('.gitlab-ci.yml', 'stages: []\n');

    const ended = await bench.run(['init', '--manifests', 'apps', '--name', 'main', '--ci', 'gitlab']);

    const files = await filesIn(bench.cwd);
    expect(ended.stdout).toContain('.gitlab-ci.yml: exists, left as it is\n');
    expect(ended.stdout).toContain('.gitignore: lines added for the state directory\n');
    expect(files['.gitlab-ci.yml']).toBe('stages: []\n');
    expect(files['.gitignore']).toBe('node_modules\n/.vonage-gitops\n.vonage-gitops-emulator/\n');
  }));
