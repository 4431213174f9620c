import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccountConfig } from '../config/account.ts';
import { type Config, configFileName, configOfEnvironment } from '../config/config.ts';
import type { SourceConfig } from '../config/source.ts';
import type { StateDirectory } from '../config/state.ts';
import { ReconcilerError } from '../core/errors.ts';
import { fileReason } from '../core/mistakes/file-reason.ts';
import { didYouMean } from '../core/mistakes/suggest.ts';
import { SharedWork } from '../core/shared-work.ts';
import type { FoundLedger } from '../ledger/ledgers-in.ts';
import type { Repository } from '../source/git/repository.ts';
import type { CliContext, ColorChoice, LogLevel } from './context.ts';
import { SessionLog } from './session-log.ts';
import { stateOfSession, warnOfOverruled } from './session-state.ts';
import { isColored } from './terminal.ts';

/** Options of every command that reads the configuration. */
export interface CommonOptions {
  readonly config?: string;
  readonly state?: string;
  readonly account?: string;
  readonly logLevel?: LogLevel;
  readonly color: ColorChoice;
  readonly quiet?: boolean;
}

/** What a command works with: its configuration, and the accounts it is about. */
export interface Session {
  readonly context: CliContext;
  readonly config: Config;
  readonly accounts: readonly AccountConfig[];
  readonly state: StateDirectory;
  readonly log: SessionLog;
  /** Repositories that were opened, by the source: see openRepository. */
  readonly repositories: Map<SourceConfig, Repository>;
  /** Readings of whose ledgers are in a state directory, shared by all accounts that ask at the same time. */
  readonly foundLedgers: SharedWork<readonly FoundLedger[]>;
  /** Whether text on stdout is colored. */
  readonly color: boolean;
  /** Whether only data, warnings and errors are wanted. */
  readonly quiet: boolean;
  /** Tells a person on stderr what is going on, or what to do next; not with --quiet. */
  readonly say: (text: string) => void;
}

/** How a session is opened. */
export interface SessionInput {
  readonly context: CliContext;
  readonly options: CommonOptions;
  /** The DIR argument. */
  readonly directory?: string | undefined;
  /** Level when --log-level does not say (default: warn). */
  readonly defaultLevel?: LogLevel;
}

/** Reads the configuration and opens the log. @throws {ReconcilerError} E_CONFIG_INVALID, E_USAGE */
export async function openSession({
  context,
  options,
  directory,
  defaultLevel = 'warn',
}: SessionInput): Promise<Session> {
  const config = await readConfig({ context, options, directory });
  context.redaction.learn(config.secretValues());
  const onTerminal = context.stderr.isTTY === true;
  const log = SessionLog.of({
    level: options.logLevel ?? defaultLevel,
    output: context.stderr,
    scrub: context.redaction.scrub,
    pretty: onTerminal,
    color: isColored(options.color, context.stderr, context.environment),
  });
  const state = await stateOfSession(config, options.state, context);
  warnOfOverruled(state, log);
  return {
    context,
    config,
    log,
    accounts: chosenAccounts(config, options.account),
    state,
    repositories: new Map(),
    foundLedgers: new SharedWork(1),
    color: isColored(options.color, context.stdout, context.environment),
    quiet: options.quiet === true,
    say: (text) => void (options.quiet === true || context.stderr.write(text)),
  };
}

/** The same session with the manifests of this directory, where no configuration file names one. @throws {ReconcilerError} E_CONFIG_INVALID */
export async function withManifests(session: Session, options: CommonOptions, directory: string): Promise<Session> {
  const config = await readConfig({ context: session.context, options, directory });
  return { ...session, config, accounts: chosenAccounts(config, options.account) };
}

/** The configuration the options name; without a file, the one account of the environment. @throws {ReconcilerError} E_CONFIG_INVALID */
export async function readConfig({ context, options, directory }: Omit<SessionInput, 'defaultLevel'>): Promise<Config> {
  const path = options.config ?? configFileName;
  const text = readIfThere(resolve(context.cwd, path));
  if (text === undefined && options.config !== undefined) {
    throw new ReconcilerError('E_CONFIG_INVALID', { file: path, message: 'there is no such file' });
  }
  const input = {
    environment: context.environment,
    directory,
    cwd: context.cwd,
    readFile: (file: string) => readSecret(file, context),
  };
  if (text === undefined) return configOfEnvironment(input);
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig({ ...input, file: { path, text } });
}

/** The text of a file that holds a secret: a rotated one is learned when it is first read. */
function readSecret(file: string, { redaction }: CliContext): string {
  const text = readFileSync(file, 'utf8');
  redaction.learn([text.trimEnd()]);
  return text;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ReconcilerError('E_CONFIG_INVALID', { file: path, message: `cannot be read: ${fileReason(error)}` });
  }
}

function chosenAccounts(config: Config, name: string | undefined): readonly AccountConfig[] {
  if (name === undefined) return config.accounts;
  const chosen = config.accounts.filter((account) => account.name === name);
  if (chosen.length > 0) return chosen;
  const names = config.accounts.map((account) => account.name);
  const known =
    config.file === undefined
      ? `there is no ${configFileName} here, so the one account is ${names.join(', ')}. Run the command where the file is, or name it with --config FILE`
      : `configured accounts: ${names.join(', ')}`;
  throw new ReconcilerError('E_USAGE', {
    message: `--account ${name}: no such account${didYouMean(name, names)}; ${known}`,
  });
}

/** The one account of commands that are about one. @throws {ReconcilerError} E_USAGE when there are several */
export function oneAccount({ accounts }: Session): AccountConfig {
  const [account, ...others] = accounts;
  if (account !== undefined && others.length === 0) return account;
  const known = accounts.map(({ name }) => name).join(', ');
  throw new ReconcilerError('E_USAGE', {
    message: `several accounts are configured: select one with --account (${known})`,
  });
}
