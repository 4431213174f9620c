import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { comparisonSchema } from '../../src/core/comparison/comparison-document.ts';
import { git } from '../git-checkout.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const voice = (address: string) =>
  `{ capabilities: { voice: { webhooks: { answer_url: { address: "${address}", http_method: GET } } } } }`;

/** A placeholder in an address. */
const host = ['https://$', '{HOST}'].join('');

/** No credentials, and an address at which nobody answers. */
const nothing = { VONAGE_API_URL: 'http://127.0.0.1:1', VONAGE_API_KEY: '', VONAGE_API_SECRET: '' };

/** A checkout with one commit, tagged v1, and some changes in its files. */
async function prepared(bench: Bench, config = 'manifests: apps', environment = '[HOST, TOKEN]'): Promise<string> {
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n  - name: main\n    ${config}\n    environment: ${environment}\n`,
  );
  await bench.write('apps/same.yaml', manifestYaml('Same'));
  await bench.write('apps/support.yaml', manifestYaml('Support', voice(`${host}/one`)));
  await bench.write('apps/old.yaml', manifestYaml('Old'));
  await git(bench.cwd, 'init', '-q');
  await git(bench.cwd, 'add', 'apps');
  await git(bench.cwd, 'commit', '-q', '-m', 'First');
  await git(bench.cwd, 'tag', 'v1');
  await bench.write('apps/same.yaml', `# a comment makes no difference\n${manifestYaml('Same')}`);
  await bench.write('apps/support.yaml', manifestYaml('Support', voice(`${host}/two`)));
  await bench.write('apps/new.yaml', manifestYaml('New'));
  await rm(join(bench.cwd, 'apps/old.yaml'));
  return execFileSync('git', ['-C', bench.cwd, 'rev-parse', 'HEAD']).toString().trim();
}

test('plan --against compares manifests with those of a commit: no credentials, no network, no ledger', () =>
  withEmulator(async (bench) => {
    const commit = await prepared(bench);

    const { code, stdout, stderr } = await bench.run(['plan', '--against', 'v1'], { environment: nothing });

    expect(code).toBe(0);
    expect(stderr).toContain('is not set here: its value was not checked'); // a warning
    expect(stdout.split('\n')).toEqual([
      `not compared with the account: manifests in apps against commit ${commit.slice(0, 12)} (v1)`,
      '',
      ' + added "New"  new.yaml:4',
      '',
      ' - removed "Old"  old.yaml:4',
      '',
      ' ~ changed "Support"  support.yaml:4',
      `      ~ capabilities.voice.webhooks.answer_url.address  "${host}/one" -> "${host}/two"`,
      '',
      'Manifests: 1 added, 1 changed, 1 removed, 1 equal.',
      '',
    ]);
    expect(existsSync(bench.state)).toBe(false);
  }));

test('the exit code says that something differs, when that is asked for', () =>
  withEmulator(async (bench) => {
    const commit = await prepared(bench);
    const run = (...args: readonly string[]) =>
      bench.run(['plan', '--detailed-exitcode', ...args], { environment: nothing });

    expect((await run('--against', commit)).code).toBe(2);
    await git(bench.cwd, 'add', '--all', 'apps');
    await git(bench.cwd, 'commit', '-q', '-m', 'Second');
    expect(await run('--against', 'HEAD')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 added, 0 changed, 0 removed, 3 equal'),
    });
  }));

test('the document and the comment say the same, and values of the environment are in none', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const environment = { ...nothing, HOST: 'host-of-the-test.example.com' };
    await bench.write('apps/support.yaml', manifestYaml('Support', voice('https://host-of-the-test.example.com/two')));
    const run = (...args: readonly string[]) => bench.run(['plan', '--against', 'v1', ...args], { environment });

    const json = await run('--format', 'json');
    const markdown = await run('--format', 'markdown', '--max-bytes', '2000');

    const document = comparisonSchema.parse(JSON.parse(json.stdout));
    expect(document).toMatchObject({
      account: 'main',
      summary: { added: 1, changed: 1, removed: 1, equal: 1, incomparable: 0 },
    });
    expect(markdown.stdout).toMatch(/^<!-- vonage-gitops:main -->\n.*not compared with the account/);
    expect(markdown.stdout).toContain('**Manifests: 1 added, 1 changed, 1 removed, 1 equal.**');
    expect(json.stdout + markdown.stdout).not.toContain('host-of-the-test.example.com');
  }));

test('manifests that are invalid now are an error, those that were are told', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write(
      'apps/same.yaml',
      'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: Same }\nspec: { capabilities: 7 }\n',
    );

    const { code, stdout, stderr } = await bench.run(['plan', '--against', 'v1'], { environment: nothing });

    expect(code).toBe(5);
    expect(stderr).toContain('same.yaml:4');
    expect(stdout).toContain('cannot be compared: "Same" is invalid, at same.yaml:');
    expect(stdout).not.toContain('removed "Same"');
  }));

test('a directory that the commit has not is all new', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await rename(join(bench.cwd, 'apps'), join(bench.cwd, 'moved'));

    await rm(join(bench.cwd, 'vonage-gitops.yaml'));
    await bench.write('moved/support.yaml', manifestYaml('Support'));
    const moved = await bench.run(['plan', 'moved', '--against', 'v1', '--summary'], { environment: nothing });

    expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('3 added, 0 changed, 0 removed, 0 equal') });
    expect(moved.stdout).not.toContain('"Support"');
  }));

test('an account of a git source is compared in a checkout of it', () =>
  withEmulator(async (bench) => {
    const source =
      'sources:\n  - name: voice\n    git: { url: "https://git.example.com/voice.git", ref: { branch: main } }';
    await prepared(bench, 'manifests: { source: voice, path: apps }');
    const file = join(bench.cwd, 'vonage-gitops.yaml');
    await bench.write('vonage-gitops.yaml', `${await readFile(file, 'utf8')}${source}\n`);

    const alone = await bench.run(['plan', '--against', 'v1'], { environment: nothing });
    const inCheckout = await bench.run(['plan', '--against', 'v1', '--from', '.'], { environment: nothing });

    expect(alone.code).toBe(5);
    expect(alone.stderr).toContain(
      'account main has its manifests in git source voice: name a checkout of it with --from DIR',
    );
    expect(inCheckout).toMatchObject({ code: 0, stdout: expect.stringContaining('1 added, 1 changed, 1 removed') });
  }));

test.each([
  { title: 'a commit that is not there', args: ['--against', 'v2'], said: '--against v2: no such commit in' },
  { title: 'an option in place of a commit', args: ['--against=--upload-pack=touch x'], said: 'no such commit in' },
  { title: 'a file to apply', args: ['--against', 'v1', '--out', 'p.json'], said: '--out does not go with --against' },
  { title: 'a selection', args: ['--against', 'v1', '--only', 'S*'], said: '--only does not go with --against' },
  {
    title: 'a guard',
    args: ['--against', 'v1', '--allow-deletes', '3'],
    said: '--allow-deletes does not go with --against',
  },
  { title: 'a part of the manifests', args: ['apps', '--against', 'v1'], said: 'apps does not go with --against' },
])('--against with $title is refused', ({ args, said }) =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stdout, stderr } = await bench.run(['plan', ...args], { environment: nothing });

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(said);
    expect(existsSync(join(bench.cwd, 'x'))).toBe(false);
  }),
);

test('a directory outside of any checkout has nothing to be compared with', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));

    const { code, stderr } = await bench.run(['plan', 'apps', '--against', 'HEAD'], { environment: nothing });

    expect(code).toBe(5);
    expect(stderr).toContain('is in no git work tree');
  }));

test('settings of the checkout start no program', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const program = `touch ${join(bench.cwd, 'ran')}`;
    for (const name of [
      'core.fsmonitor',
      'core.pager',
      'diff.external',
      'core.sshCommand',
      'core.alternateRefsCommand',
      'gpg.program',
    ])
      await git(bench.cwd, 'config', name, program);
    await git(bench.cwd, 'config', 'extensions.partialClone', 'origin');
    await git(bench.cwd, 'config', 'log.showSignature', 'true');

    const { code } = await bench.run(['plan', '--against', 'v1'], { environment: nothing });

    expect(code).toBe(0);
    expect(existsSync(join(bench.cwd, 'ran'))).toBe(false);
  }));
