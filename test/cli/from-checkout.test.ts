import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git } from '../git-checkout.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1' };

/** Two accounts of one source, a third one with a directory, and a checkout of the repository. */
async function prepared(bench: Bench, more = ''): Promise<void> {
  const account = (name: string, manifests: string, names: string) =>
    `  - name: ${name}\n    manifests: ${manifests}\n    policy: sync\n    scope: { names: [${names}] }\n`;
  const source = (name: string) =>
    `  - name: ${name}\n    git: { url: file://${bench.cwd}/${name}.git, ref: { branch: main } }\n`;
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1\nkind: Config\nsources:\n${source('voice')}${source('video')}accounts:\n${[
      account('main', '{ source: voice, path: apps/main }', '"Main *"'),
      account('test', '{ source: voice, path: apps/test }', '"Test *"'),
      account('files', 'files', '"File *"'),
      more,
    ].join('')}`,
  );
  await bench.write('checkout/apps/main/line.yaml', manifestYaml('Main line'));
  await bench.write('checkout/apps/test/line.yaml', manifestYaml('Test line'));
  await bench.write('files/line.yaml', manifestYaml('File line'));
}

/** An account of another source. */
const ofVideo = '  - name: other\n    manifests: { source: video, path: apps }\n    scope: { names: ["Video *"] }\n';

/** What is in the checkout, as the repository of the source. */
async function serve(bench: Bench): Promise<void> {
  const checkout = join(bench.cwd, 'checkout');
  await git(checkout, 'init', '-q');
  await git(checkout, 'add', '--all');
  await git(checkout, 'commit', '-q', '-m', 'All');
  await git(bench.cwd, 'clone', '-q', '--bare', checkout, 'voice.git');
}

test('validate --from checks the manifests of a checkout: no server is asked', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('checkout/apps/test/bad.yaml', 'kind: Application\n');

    const valid = await bench.run(['validate', '--from', 'checkout', '--account', 'main'], { environment });
    const all = await bench.run(['validate', '--from', 'checkout', '--account', 'test'], { environment });

    expect(valid).toEqual({ code: 0, stdout: '1 manifest is valid.\n', stderr: '' });
    expect(all.code).toBe(5);
    expect(all.stdout).toContain('checkout/apps/test/bad.yaml:1:1');
  }));

test('plan --from without a ledger says in its first line what it cannot know, and what was read', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stdout, stderr } = await bench.run(['plan', '--from', 'checkout', '--account', 'main'], {
      environment,
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^no ledger: ownership and deletes unknown\nPlan for account main at /);
    expect(stdout).toContain('create "Main line"');
    expect(stdout).toContain(
      `Note: manifests of ${bench.cwd}/checkout/apps/main, in place of source voice (branch main of ${bench.cwd}/voice)`,
    );
  }));

test('plan --from with the ledger of the account shows deletes: the checkout stands for the source', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('checkout/apps/main/kept.yaml', manifestYaml('Main kept'));
    await serve(bench);
    const applied = await bench.run(['apply', '--account', 'main', '--yes'], { environment });
    expect(applied).toMatchObject({ code: 0 });
    await rm(join(bench.cwd, 'checkout/apps/main/line.yaml'));

    const args = ['plan', '--from', 'checkout', '--account', 'main', '--format', 'json', '--detailed-exitcode'];
    const { code, stdout } = await bench.run(args, { environment });

    expect(code).toBe(2);
    const plan = JSON.parse(stdout);
    expect(plan.changes.map(({ action, name }: { action: string; name: string }) => `${action} ${name}`)).toEqual([
      'delete Main line',
    ]);
    expect(plan.notices).toEqual([
      { kind: 'source', message: expect.stringContaining('checkout/apps/main, in place of source voice') },
    ]);
  }));

test.each([
  {
    title: 'accounts of several sources',
    args: ['plan'],
    said: 'the accounts have voice, video: select one with --account',
  },
  { title: 'an account with a directory', args: ['plan', '--account', 'files'], said: 'no git source to stand in for' },
  {
    title: 'another directory',
    args: ['validate', 'apps', '--account', 'main'],
    said: '--from names the directory already',
  },
  {
    title: 'a file to apply',
    args: ['plan', '--out', 'p.json', '--account', 'main'],
    said: '--out does not go with --from',
  },
])('--from with $title is refused', ({ args, said }) =>
  withEmulator(async (bench) => {
    await prepared(bench, ofVideo);

    const { code, stdout, stderr } = await bench.run([...args, '--from', 'checkout'], { environment });

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(said);
  }),
);

test('a checkout that lacks the directory of an account is an error with its path', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stderr } = await bench.run(['plan', '--from', 'nowhere', '--account', 'main'], { environment });

    expect(code).not.toBe(0);
    expect(stderr).toContain(join(bench.cwd, 'nowhere/apps/main'));
  }));

test('apply takes no checkout: what a source has not accepted is not applied', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stderr } = await bench.run(['apply', '--from', 'checkout', '--account', 'main'], { environment });

    expect(code).toBe(5);
    expect(stderr).toContain("unknown option '--from'");
  }));
