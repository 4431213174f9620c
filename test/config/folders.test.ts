import { describe, expect, test } from 'vitest';
import { directorySelection } from '../../src/config/account.ts';
import { stateDirectory } from '../../src/config/state.ts';
import { account, aFile, load } from './load.ts';

describe('the state directory', () => {
  test.each([
    {
      title: 'is what --state says',
      option: 'st',
      variable: 'va',
      configured: '/c',
      directory: '/srv/st',
      explicit: true,
    },
    { title: 'may be absolute', option: '/var/st', directory: '/var/st', explicit: true },
    {
      title: 'else what VONAGE_GITOPS_STATE says',
      variable: 'va',
      configured: '/c',
      directory: '/srv/va',
      explicit: true,
    },
    { title: 'else what the file says', configured: '/c', standard: '/d', directory: '/c', explicit: true },
    { title: 'else what the image says, which is no choice', standard: '/d', directory: '/d', explicit: false },
    { title: 'else beside the configuration', directory: '/srv/deploy/.vonage-gitops', explicit: false },
    {
      title: 'not what an empty variable says',
      variable: '',
      standard: '',
      directory: '/srv/deploy/.vonage-gitops',
      explicit: false,
    },
  ])('$title', ({ option, variable, configured, standard, directory, explicit }) => {
    const environment = { VONAGE_GITOPS_STATE: variable, VONAGE_GITOPS_DEFAULT_STATE: standard };
    const configFile = 'deploy/v.yaml';

    expect(stateDirectory({ option, environment, configured, configFile, cwd: '/srv' })).toMatchObject({
      directory,
      explicit,
    });
  });

  test('is in the working directory where there is neither', () => {
    const state = stateDirectory({ environment: {}, cwd: '/srv' });

    expect(state).toEqual({ directory: '/srv/.vonage-gitops', explicit: false, source: 'default', overruled: [] });
  });

  test('tells who named another one', () => {
    const environment = { VONAGE_GITOPS_STATE: 'st', VONAGE_GITOPS_DEFAULT_STATE: '/d' };

    const state = stateDirectory({ option: './st', environment, configured: '/c', configFile: 'v.yaml', cwd: '/srv' });

    expect(state.source).toBe('--state');
    expect(state.overruled).toEqual([{ directory: '/c', source: 'state in v.yaml' }]);
  });

  test.each([
    { title: 'text', state: 'state: st' },
    { title: 'an object', state: 'state: { directory: st }' },
  ])('of the file is relative to it, as $title', ({ state }) => {
    const text = aFile(['name: main', 'manifests: apps']).replace('accounts:', `${state}\naccounts:`);

    expect(load({ text, path: 'deploy/v.yaml' }).state).toBe('/srv/deploy/st');
  });

  test.each(['state: 5', 'state: { dir: st }', 'state: []'])('%s is refused with what is expected', (state) => {
    const text = aFile(['name: main', 'manifests: apps']).replace('accounts:', `${state}\naccounts:`);

    expect(() => load({ text })).toThrow(/vonage-gitops\.yaml:3:\d+: state: expected a directory, such as /);
  });
});

describe('a directory on the command line', () => {
  const main = account(load({ directory: 'apps' }));

  test.each([
    { directory: 'apps', expected: undefined },
    { directory: '/srv/apps/', expected: undefined },
    { directory: 'apps/team-a', expected: 'team-a' },
    { directory: 'apps/x/../team-a/sub/', expected: 'team-a/sub' },
    { directory: 'apps/..odd', expected: '..odd' },
  ])('$directory selects $expected', ({ directory, expected }) => {
    expect(directorySelection(main, directory, '/srv')).toBe(expected);
  });

  test.each(['.', '..', 'apps/..', 'apps-2', '/'])('%s is refused: it is outside', (directory) => {
    expect(() => directorySelection(main, directory, '/srv')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});
