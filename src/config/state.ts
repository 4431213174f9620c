import { dirname, join, resolve } from 'node:path';

/** Where ledger, keys and locks are kept. */
export interface StateDirectory {
  /** Absolute path. */
  readonly directory: string;
  /** Whether a person named it: only then may private keys be trusted to it where disks do not last. */
  readonly explicit: boolean;
  /** What named it, for people. */
  readonly source: string;
  /** What names another one, and loses. */
  readonly overruled: readonly NamedDirectory[];
}

/** A directory, and what named it. */
interface NamedDirectory {
  /** Absolute path. */
  readonly directory: string;
  readonly source: string;
}

/** Replaces the built-in default; set by the container image. It is no choice of whoever runs the program. */
const defaultVariable = 'VONAGE_GITOPS_DEFAULT_STATE';
const stateVariable = 'VONAGE_GITOPS_STATE';
const stateDirectoryName = '.vonage-gitops';

/** What may name the state directory. */
export interface StateInput {
  /** What --state says. */
  readonly option?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the configuration file says. */
  readonly configured?: string | undefined;
  readonly configFile?: string | undefined;
  readonly cwd: string;
}

/**
 * The state directory: what --state says, else VONAGE_GITOPS_STATE, else the configuration file. All of them are choices, which the
 * default is not: VONAGE_GITOPS_DEFAULT_STATE, else `.vonage-gitops` beside the configuration file or in the working directory.
 */
export function stateDirectory(input: StateInput): StateDirectory {
  const [chosen, ...others] = chosenDirectories(input);
  if (chosen === undefined) return { ...defaultDirectory(input), explicit: false, overruled: [] };
  return { ...chosen, explicit: true, overruled: others.filter(({ directory }) => directory !== chosen.directory) };
}

function chosenDirectories({ option, environment, configured, configFile, cwd }: StateInput): NamedDirectory[] {
  const variable = environment[stateVariable] || undefined;
  const named = [
    // What the variable says is given as the option where there is none.
    { text: option === variable ? undefined : option, source: '--state' },
    { text: variable, source: stateVariable },
    { text: configured, source: `state in ${configFile}` },
  ];
  return named.flatMap(({ text, source }) => (text === undefined ? [] : [{ directory: resolve(cwd, text), source }]));
}

/** The state directory where nobody chose one. */
export function defaultDirectory({
  environment,
  configFile,
  cwd,
}: Omit<StateInput, 'option' | 'configured'>): NamedDirectory {
  const replaced = environment[defaultVariable] || undefined;
  if (replaced !== undefined) return { directory: resolve(cwd, replaced), source: defaultVariable };
  const base = configFile === undefined ? cwd : dirname(resolve(cwd, configFile));
  return { directory: join(base, stateDirectoryName), source: 'default' };
}
