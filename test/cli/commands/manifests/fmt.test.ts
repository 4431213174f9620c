import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from '../../world.ts';

const untidy =
  'kind: Application\napiVersion: vonage-gitops/v1\nmetadata:\n    # the main line\n    name: "Support"\nspec: {}\n';
const tidy =
  'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n  # the main line\n  name: Support\nspec: {}\n';

test('fmt formats what can be formatted, and says what it left alone', () =>
  withEmulator(async ({ run, write }) => {
    const file = await write('apps/support.yaml', untidy);
    await write('apps/sales.yaml', manifestYaml('Sales'));
    await write('apps/broken.yaml', 'apiVersion: vonage-gitops/v1\nmetadata: [\n');
    const json = await write('apps/x.json', '{"kind":"Application","apiVersion":"vonage-gitops/v1"}');
    const foreign = await write('apps/compose.yaml', 'services:   {}\n');

    const ended = await run(['fmt', 'apps']);

    expect(ended).toMatchObject({
      code: 3,
      stdout:
        'left alone  apps/broken.yaml: it cannot be parsed: validate says where\nformatted  apps/support.yaml\n1 file formatted, 1 left alone, 1 unchanged.\n',
    });
    expect(await readFile(file, 'utf8')).toBe(tidy);
    expect(await readFile(json, 'utf8')).toBe('{"kind":"Application","apiVersion":"vonage-gitops/v1"}');
    expect(await readFile(foreign, 'utf8')).toBe('services:   {}\n');
  }));

test('fmt --check writes nothing, and its exit code says whether there is something to do', () =>
  withEmulator(async ({ run, write }) => {
    const file = await write('apps/support.yaml', untidy);

    const before = await run(['fmt', 'apps', '--check']);
    const unchanged = await readFile(file, 'utf8');
    await run(['fmt', 'apps']);
    const after = await run(['fmt', 'apps', '--check']);

    expect(before).toMatchObject({
      code: 3,
      stdout: 'not formatted  apps/support.yaml\n1 file to format, 0 left alone, 0 unchanged.\n',
    });
    expect(unchanged).toBe(untidy);
    expect(after).toMatchObject({ code: 0, stdout: '0 files to format, 0 left alone, 1 unchanged.\n' });
  }));

test('permissions and links stay; a link out of the directory is not followed', () =>
  withEmulator(async ({ run, write, cwd }) => {
    const file = await write('apps/support.yaml', untidy);
    const outside = await write('elsewhere.yaml', untidy);
    await chmod(file, 0o640);
    await symlink('support.yaml', join(cwd, 'apps/link.yaml'));
    await symlink('../elsewhere.yaml', join(cwd, 'apps/out.yaml'));

    const ended = await run(['fmt', 'apps']);

    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain('left alone  apps/out.yaml: the link leads out of the manifest directory');
    expect(await readFile(file, 'utf8')).toBe(tidy);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readFile(join(cwd, 'apps/link.yaml'), 'utf8')).toBe(tidy);
    expect(await readFile(outside, 'utf8')).toBe(untidy);
  }));

test('without a directory the ones of the configuration are formatted, but for what is excluded there', () =>
  withEmulator(async ({ run, write }) => {
    const config = {
      apiVersion: 'vonage-gitops/v1',
      kind: 'Config',
      accounts: [{ name: 'main', manifests: ['apps', 'prod'], exclude: ['drafts/**'] }],
    };
    await write('vonage-gitops.yaml', JSON.stringify(config));
    await write('apps/support.yaml', untidy);
    await write('apps/drafts/support.yaml', untidy);
    await write('prod/support.yaml', untidy.replace('Application', 'ApplicationPatch'));

    const ended = await run(['fmt']);

    expect(ended).toMatchObject({
      code: 0,
      stdout:
        'formatted  apps/support.yaml\nformatted  prod/support.yaml\n2 files formatted, 0 left alone, 0 unchanged.\n',
    });
  }));

test.each([
  { title: 'a directory that is not there', args: ['fmt', 'nowhere'], said: 'no such file or directory' },
  { title: 'a file', args: ['fmt', 'one.yaml'], said: 'fmt takes a directory of manifests. Use fmt .' },
])('$title is refused', ({ args, said }) =>
  withEmulator(async ({ run, write }) => {
    await write('one.yaml', untidy);

    const ended = await run(args);

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(said) });
  }),
);

test('manifests of a git source are formatted where they are checked out', () =>
  withEmulator(async ({ run, write }) => {
    const config = {
      apiVersion: 'vonage-gitops/v1',
      kind: 'Config',
      sources: [{ name: 'voice', git: { url: 'https://git.example.com/acme/voice.git', ref: { branch: 'main' } } }],
      accounts: [{ name: 'main', manifests: { source: 'voice', path: 'apps' } }],
    };
    await write('vonage-gitops.yaml', JSON.stringify(config));

    const ended = await run(['fmt']);

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('give the directory of a checkout') });
  }));
