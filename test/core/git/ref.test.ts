import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commitIdProblem, describeRef, fullRefName, type Ref, refNameProblem } from '../../../src/core/git/ref.ts';

const ok = ['main', 'feature/x', 'release-1.2', 'v1.2.3', 'a@b', 'ümlaut', 'head', 'x.lock.y', 'a./b'];
const refused = [
  ['', 'a part of it is empty'],
  ['/main', 'a part of it is empty'],
  ['main/', 'a part of it is empty'],
  ['a//b', 'a part of it is empty'],
  ['a b', 'a space'],
  ['a\nb', 'a space'],
  ['a\u0000b', 'a space'],
  ['a~1', 'a space'],
  ['a^', 'a space'],
  ['a:b', 'a space'],
  ['a?', 'a space'],
  ['a*', 'a space'],
  ['a[b', 'a space'],
  ['a\\b', 'a space'],
  ['--upload-pack=x', 'begins with "-"'],
  ['a/-b', 'begins with "-"'],
  ['.a', 'its dots'],
  ['a/.b', 'its dots'],
  ['a..b', 'its dots'],
  ['a.', 'its dots'],
  ['a.lock', 'its dots'],
  ['a.lock/b', 'its dots'],
  ['a@{1}', 'its dots'],
  ['@', 'its dots'],
  ['refs/heads/main', 'without refs/heads/'],
] as const;

/** What git itself says of a name. */
function isGitName(name: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', `refs/heads/${name}`], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

test.each(ok)('%j is the name of a branch', (name) => {
  expect(refNameProblem(name)).toBeUndefined();
  expect(isGitName(name)).toBe(true);
});

test.each(refused)('%j is none: %s', (name, why) => {
  expect(refNameProblem(name)).toContain(why);
});

test('whatever git refuses is refused', () => {
  const names = refused.map(([name]) => name).filter((name) => !name.includes('\u0000'));

  expect(names.filter(isGitName)).toEqual(['--upload-pack=x', 'a/-b', '@', 'refs/heads/main']);
});

test.each([
  ['3f9c2e1', 'found 7'],
  ['3F9C2E1', 'found 7'],
  ['main', 'expected the id of a commit'],
])('%j is no commit: %s', (id, why) => {
  expect(commitIdProblem(id)).toContain(why);
});

test.each(['a'.repeat(40), '0'.repeat(64)])('%s is one', (id) => {
  expect(commitIdProblem(id)).toBeUndefined();
});

test('a branch and a tag of one name are told apart', () => {
  expect(fullRefName({ kind: 'branch', name: 'main' })).toBe('refs/heads/main');
  expect(fullRefName({ kind: 'tag', name: 'main' })).toBe('refs/tags/main');
});

test.each<[Ref, string]>([
  [{ kind: 'branch', name: 'main' }, 'branch main'],
  [{ kind: 'tag', name: 'v1' }, 'tag v1'],
  [{ kind: 'semver', range: '^1.2' }, 'version ^1.2'],
  [{ kind: 'commit', id: 'c0ffee'.repeat(7).slice(0, 40) }, 'commit c0ffeec0ffee'],
])('%j is told as %s', (ref, expected) => {
  expect(describeRef(ref)).toBe(expected);
});
