import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { KeyDirectory } from '../../src/keys/key-store.ts';
import { trackedByGit } from '../../src/keys/tracked-by-git.ts';

const searchPath = process.env['PATH'];
const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

async function aDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'vonage-gitops-git-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function git(directory: string, ...parameters: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...identity, ...parameters], { stdio: 'pipe' }).toString();
}

/** A repository with one commit; below it `keys`, which git ignores. */
async function aRepository(directory?: string): Promise<string> {
  const top = directory ?? (await aDirectory());
  git(top, 'init', '--quiet');
  await mkdir(join(top, 'keys'));
  await writeFile(join(top, 'keys/.gitignore'), '*\n');
  await writeFile(join(top, 'support.yaml'), '');
  git(top, 'add', 'support.yaml');
  git(top, 'commit', '--quiet', '--message', 'Begin');
  return top;
}

/** A program that leaves a file behind when it is run. */
async function aProgram(): Promise<{ readonly program: string; readonly marker: string }> {
  const directory = await aDirectory();
  const [program, marker] = [join(directory, 'program'), join(directory, 'it-was-run')];
  await writeFile(program, `#!/bin/sh\ntouch ${marker}\n`);
  await chmod(program, 0o755);
  return { program, marker };
}

/** A `git` of our own, found before the machine's. */
async function aGit(script: string): Promise<string> {
  const directory = await aDirectory();
  await writeFile(join(directory, 'git'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'git'), 0o755);
  return `${directory}:${searchPath}`;
}

/** Before 2.31 git took no settings from its environment. */
function anOldGit(): Promise<string> {
  const real = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
  return aGit(`unset GIT_CONFIG_COUNT; exec '${real}' "$@"`);
}

test('a directory that git ignores is not tracked, whether it is there or not', async () => {
  const top = await aRepository();

  expect(await trackedByGit(join(top, 'keys'), searchPath)).toEqual({ answer: 'not-tracked' });
  expect(await trackedByGit(join(top, 'keys/to/come'), searchPath)).toEqual({ answer: 'not-tracked' });
});

test.each([
  { title: 'with a file that git has', directory: 'keys', tracked: 'keys/old.pem' },
  { title: 'with a file of an odd name that git has', directory: 'keys', tracked: 'keys/"old" key.pem' },
  { title: 'that git does not ignore', directory: 'other', tracked: undefined },
  { title: 'that is the top of the work tree', directory: '.', tracked: undefined },
  { title: 'whose name is a pattern', directory: '*', tracked: undefined },
])('a directory $title is tracked', async ({ directory, tracked }) => {
  const top = await aRepository();
  if (tracked !== undefined) {
    await writeFile(join(top, tracked), '');
    git(top, 'add', '--force', tracked);
  }

  expect(await trackedByGit(join(top, directory), searchPath)).toEqual({ answer: 'tracked' });
});

test('a link into a work tree is where it points to', async () => {
  const top = await aRepository();
  const link = join(await aDirectory(), 'keys');
  await symlink(join(top, 'other'), link);
  await mkdir(join(top, 'other'));

  expect(await trackedByGit(link, searchPath)).toEqual({ answer: 'tracked' });
});

test('outside of any work tree git is not run', async () => {
  const marker = join(await aDirectory(), 'it-was-run');
  const ownGit = await aGit(`touch ${marker}`);

  expect(await trackedByGit(join(await aDirectory(), 'keys'), ownGit)).toEqual({ answer: 'not-tracked' });
  expect(existsSync(marker)).toBe(false);
});

test("git's own directory is never tracked", async () => {
  const top = await aRepository();

  expect(await trackedByGit(join(top, '.git/vonage-gitops'), searchPath)).toEqual({ answer: 'not-tracked' });
});

test.each([
  { title: 'core.fsmonitor', set: (top: string, program: string) => git(top, 'config', 'core.fsmonitor', program) },
  {
    title: 'core.fsmonitor in a file it includes',
    set: async (top: string, program: string) => {
      await writeFile(join(top, '.git/more'), `[core]\n\tfsmonitor = ${program}\n`);
      git(top, 'config', 'include.path', 'more');
    },
  },
  {
    title: 'core.hooksPath',
    set: async (top: string, program: string) => {
      const hooks = join(top, '.git/my-hooks');
      await mkdir(hooks);
      for (const hook of ['post-index-change', 'fsmonitor-watchman']) await symlink(program, join(hooks, hook));
      git(top, 'config', 'core.hooksPath', hooks);
    },
  },
])("no program that a repository's configuration names is run: $title", async ({ set }) => {
  const top = await aRepository();
  const { program, marker } = await aProgram();
  await set(top, program);
  await writeFile(join(top, 'support.yaml'), 'changed');
  git(top, 'add', 'support.yaml');
  git(top, 'status');
  expect(existsSync(marker)).toBe(true);
  await rm(marker);

  for (const path of [searchPath, await anOldGit()]) {
    expect(await trackedByGit(join(top, 'keys'), path)).toEqual({ answer: 'not-tracked' });
    expect(await trackedByGit(join(top, 'other'), path)).toEqual({ answer: 'tracked' });
    expect(existsSync(marker)).toBe(false);
  }
});

test.each([
  {
    title: 'a damaged index',
    break: (top: string) => writeFile(join(top, '.git/index'), 'no index'),
    reason: 'git ls-files failed with exit code 128: ',
  },
  {
    title: 'an empty .git',
    break: async (top: string) => {
      await rm(join(top, '.git'), { recursive: true });
      await mkdir(join(top, '.git'));
    },
    reason: 'git ls-files failed with exit code 128: ',
  },
  {
    title: 'a .git that points nowhere',
    break: async (top: string) => {
      await rm(join(top, '.git'), { recursive: true });
      await writeFile(join(top, '.git'), 'gitdir: /nonexistent/repository\n');
    },
    reason: 'git ls-files failed with exit code 128: ',
  },
  {
    title: 'a work tree set elsewhere',
    break: async (top: string) => void git(top, 'config', 'core.worktree', '/nonexistent'),
    reason: 'git check-ignore failed with exit code 128: ',
  },
])('inside a work tree, what git cannot tell is unknown: $title', async ({ break: breakIt, reason }) => {
  const top = await aRepository();
  await breakIt(top);

  const tracking = await trackedByGit(join(top, 'keys'), searchPath);

  expect(tracking).toEqual({ answer: 'unknown', top, reason: expect.stringContaining(reason) });
});

test.each([
  { title: 'is not installed', script: undefined, reason: 'git ls-files could not be run: ENOENT' },
  { title: 'is killed', script: 'kill -9 $$', reason: 'git ls-files did not end by itself: it was killed' },
  {
    title: 'fails at the second question',
    script: 'for each; do [ "$each" = check-ignore ] && { echo broken >&2; exit 128; }; done; exit 0',
    reason: 'git check-ignore failed with exit code 128: broken',
  },
])('inside a work tree, where git $title nothing is known', async ({ script, reason }) => {
  const top = await aRepository();
  const path = script === undefined ? '/nonexistent' : await aGit(script);

  expect(await trackedByGit(join(top, 'keys'), path)).toEqual({ answer: 'unknown', top, reason });
});

test('beside a bare repository that only has work trees elsewhere nothing is tracked, and in those it is', async () => {
  const origin = await aRepository();
  const place = await aDirectory();
  git(place, 'clone', '--quiet', '--bare', origin, join(place, '.git'));
  git(place, 'worktree', 'add', '--quiet', join(place, 'tree'));

  expect(await trackedByGit(join(place, 'keys'), searchPath)).toEqual({ answer: 'not-tracked' });
  expect(await trackedByGit(join(place, 'tree/keys'), searchPath)).toEqual({ answer: 'tracked' });
});

test('inside a bare repository nothing is tracked', async () => {
  const place = await aDirectory();
  git(place, 'init', '--quiet', '--bare');

  expect(await trackedByGit(join(place, 'keys'), searchPath)).toEqual({ answer: 'not-tracked' });
});

test('in a submodule its own repository is asked', async () => {
  const top = await aRepository();
  const part = await aRepository();
  git(top, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part, 'part');
  await mkdir(join(top, 'part/ignored'));
  await writeFile(join(top, 'part/ignored/.gitignore'), '*\n');

  expect(await trackedByGit(join(top, 'part/keys'), searchPath)).toEqual({ answer: 'tracked' });
  expect(await trackedByGit(join(top, 'part/ignored'), searchPath)).toEqual({ answer: 'not-tracked' });
});

test('what git cannot tell is refused for keys, with the way out, and no key is written', async () => {
  const top = await aRepository();
  await writeFile(join(top, '.git/index'), 'no index');
  const keys = new KeyDirectory({ stateDirectory: join(top, 'state'), account: 'main', searchPath });
  const { fingerprint } = await keys.generate();

  await expect(keys.store(fingerprint)).rejects.toMatchObject({
    code: 'E_KEY_DIRECTORY_UNCHECKED',
    exitCode: 5,
    message: expect.stringContaining('keys.directory or --state'),
  });
  expect(existsSync(keys.path(fingerprint))).toBe(false);
});

test('a path that cannot be followed is an error of the state', async () => {
  const place = await aDirectory();
  await writeFile(join(place, 'file'), '');

  await expect(trackedByGit(join(place, 'file/keys'), searchPath)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
});
