import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { repositoryName } from '../../src/core/git/repository-name.ts';
import { originUrl } from '../../src/source/origin-url.ts';
import { sourceIdentity } from '../../src/source/source-identity.ts';
import { git, originIs } from '../git-checkout.ts';
import { aFolder } from './watching.ts';

const url = 'https://git.example.com/team/config.git';
const ours = 'git:git.example.com/team/config//apps/main';

function folderIn(top: string, path = 'apps/main'): string {
  const folder = join(top, path);
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function committed(top: string): Promise<void> {
  writeFileSync(join(folderIn(top), 'a.yaml'), '');
  await git(top, 'add', '-A');
  await git(top, 'commit', '-q', '-m', 'all');
}

describe('whose manifests a directory holds', () => {
  test('a checkout is its repository and the directory in it, wherever it is', async () => {
    const identities = [];
    for (const top of [aFolder(), join(aFolder(), 'builds/1234')]) {
      mkdirSync(top, { recursive: true });
      await originIs(top, url);
      identities.push(sourceIdentity(folderIn(top)), sourceIdentity(top));
    }

    expect(identities).toEqual([ours, 'git:git.example.com/team/config//', ours, 'git:git.example.com/team/config//']);
  });

  test('a worktree has the remote of its repository', async () => {
    const top = aFolder();
    await originIs(top, url);
    await committed(top);
    const other = join(aFolder(), 'worktree');
    await git(top, 'worktree', 'add', '-q', other, '-b', 'other');

    expect(sourceIdentity(join(other, 'apps/main'))).toBe(ours);
  });

  test('git-sync turns a link to one worktree after another: it stays one source', async () => {
    const top = aFolder();
    await originIs(top, url);
    await committed(top);
    const link = join(top, 'current');
    const identities = [];
    for (const tree of ['one', 'two']) {
      await git(top, 'worktree', 'add', '-q', join(top, '.worktrees', tree), '-b', tree);
      symlinkSync(join('.worktrees', tree), `${link}.new`);
      renameSync(`${link}.new`, link);
      identities.push(sourceIdentity(join(link, 'apps/main')));
    }

    expect(identities).toEqual([ours, ours]);
  });

  test('a link into a checkout is what it leads to', async () => {
    const top = aFolder();
    await originIs(top, url);
    const link = join(aFolder(), 'manifests');
    symlinkSync(folderIn(top), link);

    expect(sourceIdentity(link)).toBe(ours);
  });

  test('a submodule is a repository of its own', async () => {
    const [inner, outer] = [aFolder(), aFolder()];
    await originIs(inner, 'https://git.example.com/elsewhere/inner.git');
    await committed(inner);
    await originIs(outer, url);
    await git(outer, 'submodule', 'add', '-q', inner, 'module');

    expect(sourceIdentity(join(outer, 'module/apps/main'))).toBe(`git:${inner}//apps/main`);
  });

  test.each([
    { title: 'there is no repository', prepare: async () => undefined },
    { title: 'the repository has no remote', prepare: (top: string) => git(top, 'init', '-q') },
    {
      title: 'the repository of a worktree is not there, as in a container that has only the worktree',
      prepare: async (top: string) => writeFileSync(join(top, '.git'), 'gitdir: /nonexistent/.git/worktrees/x\n'),
    },
    { title: '.git is an empty directory', prepare: async (top: string) => void mkdirSync(join(top, '.git')) },
    {
      title: '.git is a file that says nothing',
      prepare: async (top: string) => writeFileSync(join(top, '.git'), 'x'),
    },
    {
      title: 'its address is not understood',
      prepare: (top: string) => originIs(top, 'ext::sh -c whatever'),
    },
  ])('it is its path where $title', async ({ prepare }) => {
    const top = aFolder();
    const folder = folderIn(top);
    await prepare(top);

    expect(sourceIdentity(folder)).toBe(folder);
  });

  test('it is its path where it does not exist', () => {
    expect(sourceIdentity('/nonexistent/apps')).toBe('/nonexistent/apps');
  });

  test.runIf(process.getuid?.() !== 0)('it is its path where git’s files are closed to us', async () => {
    const top = aFolder();
    await originIs(top, url);
    chmodSync(join(top, '.git', 'config'), 0);

    expect(sourceIdentity(folderIn(top))).toBe(folderIn(top));
  });

  test('a path through a file is an error where the disk says something unexpected', () => {
    const tooLong = `/${'a'.repeat(5000)}`;

    expect(() => sourceIdentity(tooLong)).toThrow(ReconcilerError);
  });

  test('it changes when another remote is set', async () => {
    const top = aFolder();
    await originIs(top, url);
    await git(top, 'remote', 'set-url', 'origin', 'git@git.example.com:fork/config.git');

    expect(sourceIdentity(folderIn(top))).toBe('git:git.example.com/fork/config//apps/main');
    rmSync(join(top, '.git'), { recursive: true });
    expect(sourceIdentity(folderIn(top))).toBe(folderIn(top));
  });
});

describe('an address of a repository', () => {
  test.each([
    'https://git.example.com/team/config.git',
    'https://git.example.com/team/config',
    'https://git.example.com:443/team/config.git/',
    'https://ann:token123@Git.Example.com/team/config.git',
    'https://git.example.com/team/config.git?token=token123#x',
    'ssh://git@git.example.com/team/config.git',
    'ssh://git@git.example.com:22/team//config',
    'git@git.example.com:team/config.git',
    'git.example.com:/team/config',
    '[git.example.com:22]:team/config',
    'git://git.example.com/team/config',
  ])('%s names one repository', (address) => {
    expect(repositoryName(address, '/work')).toBe('git.example.com/team/config');
  });

  test.each([
    { address: 'ssh://git@git.example.com:2222/team/config', name: 'git.example.com:2222/team/config' },
    { address: '[git.example.com:2222]:team/config', name: 'git.example.com:2222/team/config' },
    { address: 'https://[::1]:8443/team/config.git', name: '[::1]:8443/team/config' },
    { address: '[::1]:team/config.git', name: '[::1]/team/config' },
    { address: 'https://git.example.com/team/my%20config', name: 'git.example.com/team/my config' },
    { address: 'https://git.example.com/team/100%/x', name: 'git.example.com/team/100%/x' },
    { address: 'https://git.example.com/Team/Config', name: 'git.example.com/Team/Config' },
    { address: '/srv/git/config.git', name: '/srv/git/config' },
    { address: 'file:///srv/git/config.git', name: '/srv/git/config' },
    { address: '../config/.git', name: '/config' },
    { address: 'https://git.example.com/', name: undefined },
    { address: 'https://', name: undefined },
    { address: 'ssh:///team/config', name: undefined },
    { address: 'hg::https://example.com/x', name: undefined },
  ])('$address: $name', ({ address, name }) => {
    expect(repositoryName(address, '/work')).toBe(name);
  });
});

describe('the remote of a git configuration', () => {
  test.each([
    {
      title: 'as git writes it',
      text: '[core]\n\tbare = false\n[remote "origin"]\n\turl = a\n\tfetch = b\n',
      origin: 'a',
    },
    { title: 'of another remote', text: '[remote "upstream"]\nurl = a', origin: undefined },
    { title: 'of a section after it', text: '[remote "origin"]\nfetch = b\n[branch "x"]\nurl = a', origin: undefined },
    { title: 'in capitals, on one line', text: '[REMOTE "origin"] URL = a ; why', origin: 'a' },
    { title: 'in the older spelling', text: '[remote.origin]\nurl=a', origin: 'a' },
    { title: 'a name in other capitals', text: '[remote "Origin"]\nurl=a', origin: undefined },
    { title: 'an escaped name', text: '[remote "or\\igin"]\nurl=a', origin: 'a' },
    { title: 'the first of several', text: '[remote "origin"]\nurl = a\nurl = b', origin: 'a' },
    { title: 'quoted', text: '[remote "origin"]\nurl = "a # b"', origin: 'a # b' },
    { title: 'with escapes', text: '[remote "origin"]\nurl = a\\\\b\\tc\\"', origin: 'a\\b\tc"' },
    { title: 'continued', text: '[remote "origin"]\nurl = a\\\nb\\\\\nc', origin: 'ab\\' },
    { title: 'commented out', text: '[remote "origin"]\n# url = a\n;url = b', origin: undefined },
    { title: 'empty', text: '[remote "origin"]\nurl =', origin: undefined },
    { title: 'with a BOM and CRLF', text: '\uFEFF[remote "origin"]\r\nurl = a\r\n', origin: 'a' },
    { title: 'of no text', text: '', origin: undefined },
  ])('$title', ({ text, origin }) => {
    expect(originUrl(text)).toBe(origin);
  });
});
