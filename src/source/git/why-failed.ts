import type { GitEnd } from '../../git/program.ts';

/** Why git did not do what it was started for, in words. */
export function whyFailed(command: string, end: GitEnd): string {
  switch (end.ended) {
    case 'not-started':
      return `git could not be started: ${end.errno}`;
    case 'killed':
      return end.why === 'timeout' ? `git ${command} took too long` : `git ${command} was ended (${end.why})`;
    case 'exit':
      return `git ${command} failed: ${end.said.slice(0, 200)}`;
  }
}
