/** What git is let know of the machine. Everything else of its environment is made here. */
export interface GitSurroundings {
  /** PATH in which git is looked for. */
  readonly searchPath: string | undefined;
  /** A directory that is empty, or not there: no settings of a person or a machine are read. */
  readonly home: string;
}

/**
 * The environment of git, made from nothing: ours may hold secrets, or point git elsewhere, and `GIT_TRACE*` prints credentials.
 * Source: git(1), "ENVIRONMENT VARIABLES"
 */
export function gitEnvironment({ searchPath, home }: GitSurroundings): Readonly<Record<string, string>> {
  return {
    ...(searchPath === undefined ? {} : { PATH: searchPath }),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false', // a program that fails
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/** Settings of one run, such as `['safe.directory', '/srv/config']`. They win over those of the repository. */
export type GitSettings = readonly (readonly [name: string, value: string])[];

/** A repository may be anybody's, and its configuration can name programs and servers: none is run, and none is asked. */
const always: GitSettings = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['protocol.allow', 'never'],
];

/**
 * Settings as the first arguments of git. Those of its environment (`GIT_CONFIG_COUNT`) are passed over without a word before git 2.31,
 * and with them what keeps the programs of a foreign repository from being run. Source: git(1), git-config(1)
 */
export function settingsArguments(settings: GitSettings): readonly string[] {
  return [...always, ...settings].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Settings as git takes them from its environment, since version 2.31. Source: git-config(1), GIT_CONFIG_COUNT */
export function secretSettings(settings: GitSettings): Readonly<Record<string, string>> {
  if (settings.length === 0) return {};
  const pairs = settings.map(([name, value], at) => ({
    [`GIT_CONFIG_KEY_${at}`]: name,
    [`GIT_CONFIG_VALUE_${at}`]: value,
  }));
  return Object.assign({ GIT_CONFIG_COUNT: `${settings.length}` }, ...pairs);
}
