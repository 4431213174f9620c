import type { GitSurroundings } from './environment.ts';
import { type ProcessEnd, type ProcessRun, runProcess } from './process.ts';

/** Runs gpg with the keys of one directory. */
export type Gpg = (gnupgHome: string, parameters: readonly string[], run: ProcessRun) => Promise<ProcessEnd>;

/** The program `gpg`, with no keys and no settings but those of the directory it is given. */
export function gpgProgram({ searchPath, home }: GitSurroundings): Gpg {
  return (gnupgHome, parameters, run) => {
    const environment = { ...(searchPath === undefined ? {} : { PATH: searchPath }), HOME: home, LC_ALL: 'C' };
    return runProcess('gpg', ['--homedir', gnupgHome, '--batch', '--no-tty', ...parameters], environment, run);
  };
}
