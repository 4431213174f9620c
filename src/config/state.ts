import { dirname, join, resolve } from 'node:path';

/** Where ledger, keys and locks are kept. */
export interface StateDirectory {
  /** Absolute path. */
  readonly directory: string;
  /** Whether a person named it: only then may private keys be trusted to it where disks do not last. */
  readonly explicit: boolean;
}

const stateDirectoryName = '.vonage-gitops';

/** The state directory: what --state says, else `.vonage-gitops` beside the configuration file, else in the working directory. */
export function stateDirectory(input: {
  readonly state?: string | undefined;
  readonly configFile?: string | undefined;
  readonly cwd: string;
}): StateDirectory {
  if (input.state !== undefined) return { directory: resolve(input.cwd, input.state), explicit: true };
  const base = input.configFile === undefined ? input.cwd : dirname(resolve(input.cwd, input.configFile));
  return { directory: join(base, stateDirectoryName), explicit: false };
}
