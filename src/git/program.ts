import {
  type GitSettings,
  type GitSurroundings,
  gitEnvironment,
  secretSettings,
  settingsArguments,
} from './environment.ts';
import { type ProcessEnd, type ProcessRun, runProcess } from './process.ts';

/** One run of git. */
export interface GitRun extends ProcessRun {
  readonly settings?: GitSettings;
  /** Settings with a secret in them: they are never arguments, which every user of the machine can read. */
  readonly credentials?: GitSettings;
  /** What else it finds in its environment, such as a proxy. It changes nothing of what is always there. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where gpg finds the keys it may know; nowhere if not given. */
  readonly gnupgHome?: string;
}

/** How a run of git ended. */
export type GitEnd = ProcessEnd;

/** Runs git. */
export type Git = (parameters: readonly string[], run: GitRun) => Promise<GitEnd>;

/**
 * The program `git`, the only way it is ever started: without a shell, in an environment made from nothing (see gitEnvironment). Arguments
 * are ours or were checked, and what comes from outside stands behind `--` or `--end-of-options`.
 */
export function gitProgram(surroundings: GitSurroundings): Git {
  return (parameters, { settings = [], credentials = [], environment: added = {}, gnupgHome, ...run }) => {
    const environment = {
      ...added,
      ...gitEnvironment(surroundings),
      ...secretSettings(credentials),
      ...(gnupgHome === undefined ? {} : { GNUPGHOME: gnupgHome }),
    };
    return runProcess('git', [...settingsArguments(settings), ...parameters], environment, run);
  };
}
