import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git, originIs } from '../git-checkout.ts';
import { type Bench, type Ended, manifestYaml, withEmulator } from './world.ts';

const url = 'https://git.example.com/team/config.git';
const names = ['Campaigns', 'Sales', 'Support'];

const configuration = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    policy: sync
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
`;

/** A checkout of the configuration and three manifests; without an address no repository. */
async function checkout(bench: Bench, path: string, address?: string): Promise<string> {
  const top = join(bench.cwd, path);
  await mkdir(top, { recursive: true });
  if (address !== undefined) await originIs(top, address);
  await bench.write(`${path}/vonage-gitops.yaml`, configuration);
  for (const name of names) await bench.write(`${path}/apps/${name}.yaml`, manifestYaml(name));
  return top;
}

function applyIn(bench: Bench, top: string, ...more: readonly string[]): Promise<Ended> {
  return bench.run(['apply', '--yes', '--config', join(top, 'vonage-gitops.yaml'), ...more]);
}

function live({ emulator }: Bench): readonly string[] {
  return emulator.admin
    .applications()
    .map(({ name }) => String(name))
    .toSorted();
}

/** Removes a manifest in this checkout and applies. */
async function removeIn(bench: Bench, top: string, name: string, ...more: readonly string[]): Promise<Ended> {
  await rm(join(top, 'apps', `${name}.yaml`));
  return applyIn(bench, top, ...more);
}

describe('another checkout of the same repository deletes what lost its manifest', () => {
  test.each([
    { title: 'a laptop, over ssh', path: 'home/ann/config', address: 'git@git.example.com:team/config.git' },
    {
      title: 'a workspace of CI, with a token in the address',
      path: 'builds/1234',
      address: 'https://ci:token@git.example.com/team/config',
    },
  ])('$title', ({ path, address }) =>
    withEmulator(async (bench) => {
      await applyIn(bench, await checkout(bench, 'srv/config', url));
      const other = await checkout(bench, path, address);

      const ended = await removeIn(bench, other, 'Sales');

      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 to delete') });
      expect(ended.stdout).not.toContain('manifests moved');
      expect(live(bench)).toEqual(['Campaigns', 'Support']);
    }),
  );

  test('a container that mounts the checkout elsewhere', () =>
    withEmulator(async (bench) => {
      const top = await checkout(bench, 'srv/config', url);
      await applyIn(bench, top);
      await rename(top, join(bench.cwd, 'workspace'));

      const ended = await removeIn(bench, join(bench.cwd, 'workspace'), 'Sales');

      expect(ended.code).toBe(0);
      expect(live(bench)).toEqual(['Campaigns', 'Support']);
    }));

  test('git-sync, which turns a link to another worktree for each commit', () =>
    withEmulator(async (bench) => {
      const top = await checkout(bench, 'sync/repository', url);
      await git(top, 'add', '-A');
      await git(top, 'commit', '-q', '-m', 'three');
      const link = join(bench.cwd, 'sync/current');
      const turnTo = async (tree: string) => {
        await git(top, 'worktree', 'add', '-q', '--detach', join(bench.cwd, 'sync', tree));
        await symlink(join(bench.cwd, 'sync', tree), `${link}.new`);
        await rename(`${link}.new`, link);
      };
      await turnTo('one');
      await applyIn(bench, link);
      await git(top, 'rm', '-q', 'apps/Sales.yaml');
      await git(top, 'commit', '-q', '-m', 'two');
      await turnTo('two');

      const ended = await applyIn(bench, link);

      expect(ended.code).toBe(0);
      expect(live(bench)).toEqual(['Campaigns', 'Support']);
    }));
});

describe('another source, named by a configuration file', () => {
  test('a fork deletes nothing of what it never declared, not at once and not later', () =>
    withEmulator(async (bench) => {
      await applyIn(bench, await checkout(bench, 'srv/config', url));
      const fork = await checkout(bench, 'fork', 'https://git.example.com/somebody/config.git');

      const first = await removeIn(bench, fork, 'Sales');
      const second = await applyIn(bench, fork);

      expect(first.stdout).toContain(
        'manifests moved from git:git.example.com/team/config//apps to git:git.example.com/somebody/config//apps',
      );
      expect(second.stdout).not.toContain('moved from');
      expect(second.stdout).toContain('the source that the manifests moved to does not declare it');
      expect([first.code, second.code]).toEqual([0, 0]);
      expect(live(bench)).toEqual(names);
      expect((await applyIn(bench, fork, '--allow-deletes', '1')).code).toBe(0);
      expect(live(bench)).toEqual(['Campaigns', 'Support']);
    }));

  test('a moved directory without a repository deletes from the second pass on', () =>
    withEmulator(async (bench) => {
      const top = await checkout(bench, 'srv/config');
      await applyIn(bench, top);
      const moved = join(bench.cwd, 'moved');
      await rename(top, moved);

      const first = await applyIn(bench, moved);
      const second = await removeIn(bench, moved, 'Sales');

      expect(first.stdout).toContain(`manifests moved from ${join(top, 'apps')} to ${join(moved, 'apps')}`);
      expect([first.code, second.code]).toEqual([0, 0]);
      expect(live(bench)).toEqual(['Campaigns', 'Support']);
    }));

  test('two sources that take turns: the newer one is in effect, and the earlier one deletes nothing', () =>
    withEmulator(async (bench) => {
      const one = await checkout(bench, 'one', url);
      const two = await checkout(bench, 'two', 'https://git.example.com/other/config.git');
      await applyIn(bench, one);
      await applyIn(bench, two);

      const back = await removeIn(bench, one, 'Sales');

      expect(back).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('back to git:git.example.com/team/config//apps'),
      });
      expect((await applyIn(bench, one)).code).toBe(3);
      expect(live(bench)).toEqual(names);
      expect((await removeIn(bench, two, 'Support')).code).toBe(0);
      expect(live(bench)).toEqual(['Campaigns', 'Sales']);
    }));

  test('a ledger that knows a directory goes on as it was when the program learns of its repository', () =>
    withEmulator(async (bench) => {
      const top = await checkout(bench, 'srv/config');
      await applyIn(bench, top);
      await originIs(top, url); // to the ledger it is as if the earlier version had not looked

      const ended = await removeIn(bench, top, 'Sales');
      await cp(top, join(bench.cwd, 'copy'), { recursive: true });
      const later = await removeIn(bench, join(bench.cwd, 'copy'), 'Support');

      expect(ended.code).toBe(0);
      expect(ended.stdout).not.toContain('manifests moved');
      expect(later.stdout).not.toContain('manifests moved');
      expect(live(bench)).toEqual(['Campaigns']);
    }));
});

describe('another source without a configuration file', () => {
  test('is a part until somebody confirms it', () =>
    withEmulator(async (bench) => {
      for (const directory of ['apps', 'moved']) {
        for (const name of names) await bench.write(`${directory}/${name}.yaml`, manifestYaml(name));
      }
      await bench.run(['apply', 'apps', '--yes']);

      const ended = await bench.run(['plan', 'moved']);

      expect(ended.stdout).toContain(
        `manifests moved from ${join(bench.cwd, 'apps')} to ${join(bench.cwd, 'moved')}: nothing is deleted until "vonage-gitops state move" confirms it`,
      );
      await bench.run(['apply', 'moved', '--yes']);
      expect((await bench.run(['plan', 'moved'])).stdout).toContain('manifests moved from');
    }));

  test('a directory inside it is a part', () =>
    withEmulator(async (bench) => {
      for (const name of names) await bench.write(`apps/team/${name}.yaml`, manifestYaml(name));
      await bench.run(['apply', 'apps', '--yes']);

      const ended = await bench.run(['plan', 'apps/team']);

      expect(ended.stdout).toContain('is a part of the manifests');
    }));
});
