/** What git is let know of the machine. Everything else of its environment is made here. */
export interface GitSurroundings {
  /** PATH in which git, ssh and gpg are looked for. */
  readonly searchPath: string | undefined;
  /** A directory that is empty, or not there: no settings of a person or a machine are read. */
  readonly home: string;
}

/** Settings of one run, such as `['http.followRedirects', 'false']`. They win over those of the repository. */
export type GitSettings = readonly (readonly [name: string, value: string])[];

/**
 * The environment of git, made from nothing: ours may hold secrets, or point git elsewhere, and `GIT_TRACE*` prints credentials. A
 * repository may be anybody's, and its configuration can name programs: none is run. Settings are given here and not as arguments,
 * which every process of the machine can read.
 */
export function gitEnvironment(
  { searchPath, home }: GitSurroundings,
  settings: GitSettings,
): Readonly<Record<string, string>> {
  const all: GitSettings = [
    ['core.fsmonitor', 'false'],
    ['core.hooksPath', '/dev/null'],
    ['gc.auto', '0'],
    ['protocol.allow', 'never'],
    ...settings,
  ];
  const numbered = all.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return {
    ...(searchPath === undefined ? {} : { PATH: searchPath }),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(numbered),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false', // a program that fails
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}
