import { describe, expect, test } from 'vitest';
import { directorySelection } from '../../src/config/account.ts';
import { layerPaths } from '../../src/config/source/layers.ts';
import { aSourceFile, problemsOf } from './a-source.ts';
import { account, aFile, load } from './load.ts';

const withManifests = (manifests: string) => aFile(['name: main', `manifests: ${manifests}`]);

describe('the directories of an account', () => {
  test.each([
    { manifests: 'apps', root: '/srv/apps', below: [''], last: '/srv/apps' },
    { manifests: '[apps]', root: '/srv/apps', below: [''], last: '/srv/apps' },
    { manifests: '/', root: '/', below: [''], last: '/' },
    {
      manifests: '[base, overlays/prod]',
      root: '/srv',
      below: ['base', 'overlays/prod'],
      last: '/srv/overlays/prod',
    },
    {
      manifests: '[apps/base, ./apps/eu/, apps/prod]',
      root: '/srv/apps',
      below: ['base', 'eu', 'prod'],
      last: '/srv/apps/prod',
    },
    { manifests: '[/one, /other]', root: '/', below: ['one', 'other'], last: '/other' },
    { manifests: '[base, base-2]', root: '/srv', below: ['base', 'base-2'], last: '/srv/base-2' },
  ])('are $manifests', ({ manifests, root, below, last }) => {
    const found = account(load({ text: withManifests(manifests) }));

    expect(found.layers).toEqual({ root, below });
    expect(found.manifests).toBe(last);
    expect(layerPaths(found.layers).at(-1)).toBe(last);
  });

  test.each([
    { path: '[base, overlays/prod]', root: '', below: ['base', 'overlays/prod'], last: 'overlays/prod' },
    { path: '[voice/base, voice/prod]', root: 'voice', below: ['base', 'prod'], last: 'voice/prod' },
    { path: '[.]', root: '', below: [''], last: '' },
  ])('are $path of a repository', ({ path, root, below, last }) => {
    const found = account(load({ text: aSourceFile({}, `{ source: voice, path: ${path} }`) }));

    expect(found.layers).toEqual({ root, below });
    expect(found.manifests).toBe(`git:git.example.com/acme/voice//${last}`);
    expect(layerPaths(found.layers).at(-1)).toBe(last);
  });

  test.each([
    { manifests: '[base, base]', at: 'v.yaml:5:17: accounts.0.manifests.0', message: 'listed twice' },
    { manifests: '[apps, apps/prod]', at: 'v.yaml:5:23: accounts.1', message: 'inside /srv/apps' },
    { manifests: '[apps/prod, .]', at: 'accounts.0', message: 'inside /srv,' },
  ])('may not be $manifests', ({ manifests, message }) => {
    const { lines } = problemsOf(withManifests(manifests));

    expect(lines).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    { path: '[base, base/prod]', message: 'accounts.main.manifests.path.1: this directory is inside base,' },
    { path: '[base, ../prod]', message: 'manifests.path.1: a step ".."' },
    { path: '[base, 5]', message: 'manifests.path.1: expected a directory of the repository' },
  ])('may not be $path of a repository', ({ path, message }) => {
    const { lines } = problemsOf(aSourceFile({}, `{ source: voice, path: ${path} }`));

    expect(lines).toEqual([expect.stringContaining(message)]);
  });

  test('are not selected from by DIR', () => {
    const found = account(load({ text: withManifests('[base, prod]') }));

    expect(() => directorySelection(found, 'base', '/srv')).toThrow(
      'DIR selects a part of a directory; the manifests of account main come from several (base, prod): select applications with --only',
    );
  });
});

test('an account adds a suffix to names only where it says so', () => {
  const [one, other] = load({
    text: aFile(
      ['name: one', 'manifests: a', 'apiKey: { env: A }'],
      ['name: other', 'manifests: b', 'nameSuffix: " (staging)"'],
    ),
  }).accounts;

  expect([one?.nameSuffix, other?.nameSuffix]).toEqual(['', ' (staging)']);
});
