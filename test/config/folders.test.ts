import { describe, expect, test } from 'vitest';
import { directorySelection } from '../../src/config/account.ts';
import { stateDirectory } from '../../src/config/state.ts';
import { account, load } from './load.ts';

describe('the state directory', () => {
  test.each([
    { title: 'is the one asked for', state: 'st', configFile: 'deploy/v.yaml', directory: '/srv/st', explicit: true },
    { title: 'may be absolute', state: '/var/st', directory: '/var/st', explicit: true },
    {
      title: 'is beside the configuration',
      configFile: 'deploy/v.yaml',
      directory: '/srv/deploy/.vonage-gitops',
      explicit: false,
    },
    { title: 'is in the working directory', directory: '/srv/.vonage-gitops', explicit: false },
  ])('$title', ({ state, configFile, directory, explicit }) => {
    expect(stateDirectory({ state, configFile, cwd: '/srv' })).toEqual({ directory, explicit });
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
