import { expect, test } from 'vitest';
import { sshPathProblem } from '../../../src/core/git/ssh-path.ts';

test.each([
  { path: '/etc/keys/id', problem: undefined },
  { path: `/a b/it's "50%" $HOME \\ {x}`, problem: undefined },
  { path: '/a\nb', problem: 'its path contains a line break or a control character' },
  { path: '/a\u0007b', problem: 'its path contains a line break or a control character' },
  { path: '/a/${HOME}', problem: 'its path contains "${", which ssh takes for an environment variable' },
])('$path: $problem', ({ path, problem }) => {
  expect(sshPathProblem(path)).toBe(problem);
});
