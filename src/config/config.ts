import { dirname, resolve } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { type AccountConfig, accountConfig } from './account.ts';
import { apiUrlProblem } from './api-url.ts';
import { conflictsOf, credentialNames, sharedSecrets } from './conflicts.ts';
import { clientTokenNames, type DaemonConfig, daemonConfig, daemonSecrets } from './daemon.ts';
import { fileOfOneAccount } from './defaults.ts';
import { deliveryProblems } from './keys/delivery-problems.ts';
import { type CheckedFile, invalidConfig } from './problems.ts';
import type { ConfigFile } from './schema.ts';
import { type Environment, readIfPresent, type Secret, type SecretReader } from './secret.ts';
import { type ReportConfig, reportConfig } from './source/report.ts';
import { callerSecrets, type SourceConfig, sourceConfig, sourceProblems, sourceSecrets } from './source.ts';
import { sharedTokens } from './tokens.ts';

/** Name of the configuration file that is looked for where a command is run. */
export const configFileName = 'vonage-gitops.yaml';

/** Everything a run is told. */
export interface Config {
  /** Absolute path of the configuration file; undefined when there is none. */
  readonly file: string | undefined;
  /** Absolute path of the state directory that the file names. */
  readonly state: string | undefined;
  /** At least one. */
  readonly accounts: readonly AccountConfig[];
  /** Repositories that accounts take their manifests from. */
  readonly sources: readonly SourceConfig[];
  readonly daemon: DaemonConfig;
  /** Where it is told what came of commits. */
  readonly reports: readonly ReportConfig[];
  /** Names of all environment variables that hold a credential or name its file: manifests may never use them. */
  readonly credentialVariables: ReadonlySet<string>;
  /** Absolute paths of the files that hold secrets, to be watched. */
  readonly secretFiles: readonly string[];
  /** Values of all secrets that are there, read afresh: what must appear in no manifest and no output. */
  readonly secretValues: () => readonly string[];
}

/** What a configuration is made from. */
export interface ConfigInput {
  /** The configuration file, when there is one. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly environment: Environment;
  /** The DIR argument: without a file, the directory of the manifests (default: the working directory). */
  readonly directory?: string | undefined;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly readFile: (path: string) => string;
}

/**
 * The configuration of a run without a configuration file: one account, `default`. Does without the file's schema, which takes longer
 * to make than anything else at the start of a command.
 * @throws {ReconcilerError} E_CONFIG_INVALID
 */
export function configOfEnvironment(input: Omit<ConfigInput, 'file'>): Config {
  const problemAt: CheckedFile['problemAt'] = (path, message) => ({
    place: startOfEnvironment,
    path: path.join('.'),
    message,
  });
  return buildConfig({ value: fileOfOneAccount(input.directory), problemAt }, undefined, input);
}

/** The configuration a checked file makes in this environment, which beats it. @throws {ReconcilerError} E_CONFIG_INVALID */
export function buildConfig(
  checked: CheckedFile,
  file: string | undefined,
  { environment, cwd, readFile }: Omit<ConfigInput, 'file'>,
): Config {
  checkUrls(environment);
  const path = file === undefined ? undefined : resolve(cwd, file);
  const config = build(checked, path, { environment, cwd, base: path === undefined ? cwd : dirname(path), readFile });
  const problems = [
    ...sourceProblems(config.sources, environment, checked.problemAt),
    ...sharedSecrets(config, checked.problemAt),
    ...sharedTokens(config, checked.problemAt),
    ...conflictsOf(config.accounts, config.credentialVariables, checked.problemAt),
    ...deliveryProblems(config.accounts, { environment, ...config }, checked.problemAt),
  ];
  if (problems.length > 0) throw invalidConfig(file ?? 'environment', problems);
  return config;
}

function build(checked: CheckedFile, file: string | undefined, reader: SecretReader): Config {
  const newSource = file === undefined ? 'confirm' : 'follow';
  const sources = checked.value.sources.map((entry) => sourceConfig(entry, reader));
  const accounts = checked.value.accounts.map((entry) => accountConfig(entry, { reader, newSource, sources }));
  const daemon = daemonConfig(checked.value.daemon, reader);
  const reports = checked.value.reports.map((entry) => reportConfig(entry, sources, reader));
  const secrets = [
    ...accounts.flatMap(({ apiKey, apiSecret }) => [apiKey, apiSecret]),
    ...sources.flatMap(sourceSecrets),
    ...daemonSecrets(daemon),
    ...reports.flatMap(({ token }) => token ?? []),
  ];
  return {
    file,
    state: stateOf(checked.value, reader),
    accounts,
    sources,
    daemon,
    reports,
    credentialVariables: new Set([
      ...credentialNames,
      ...clientTokenNames,
      ...secrets.flatMap((secret) => secret.variables),
    ]),
    secretFiles: [...new Set(secrets.map((secret) => secret.file).filter((path) => path !== undefined))],
    secretValues: () => valuesOf(secrets),
  };
}

/** The secrets that a daemon needs from its start: those of accounts and repositories are read when they are used. */
export function secretsOfDaemon({ daemon, sources, reports }: Config): readonly Secret[] {
  const ofReports = reports.flatMap(({ token }) => token ?? []);
  return [...daemonSecrets(daemon), ...sources.flatMap(callerSecrets), ...ofReports];
}

function stateOf({ state }: ConfigFile, { base }: SecretReader): string | undefined {
  if (state === undefined) return undefined;
  return resolve(base, typeof state === 'string' ? state : state.directory);
}

function valuesOf(secrets: readonly Secret[]): readonly string[] {
  return [...new Set(secrets.map(readIfPresent).filter((value) => value !== undefined))];
}

const startOfEnvironment = { file: 'environment', line: 1, column: 1 };

/** The environment beats the file, so it is checked like the file. @throws {ReconcilerError} E_CONFIG_INVALID */
function checkUrls(environment: Environment): void {
  for (const name of ['VONAGE_API_URL', 'VONAGE_REST_URL'] as const) {
    const url = environment[name];
    const problem = url === undefined || url === '' ? undefined : apiUrlProblem(url);
    // The environment has no lines: nothing to point at but the variable.
    if (problem !== undefined)
      throw new ReconcilerError('E_CONFIG_INVALID', { file: 'environment', message: `${name}: ${problem}` });
  }
}
