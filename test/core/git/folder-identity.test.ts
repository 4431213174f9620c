import { expect, test } from 'vitest';
import { folderIdentity, folderOf } from '../../../src/core/git/folder-identity.ts';

test.each([
  ['git.example.com/acme/voice', 'apps/main', 'git:git.example.com/acme/voice//apps/main'],
  ['git.example.com/acme/voice', '', 'git:git.example.com/acme/voice//'],
  ['/srv/voice', 'apps', 'git:/srv/voice//apps'],
])('the folder of %s, %j, is %s, and is found in it again', (repository, folder, identity) => {
  expect(folderIdentity(repository, folder)).toBe(identity);
  expect(folderOf(identity)).toBe(folder);
});

test('a directory of this machine is no folder of a repository', () => {
  expect(folderOf('/srv/apps')).toBeUndefined();
});
