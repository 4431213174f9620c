import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CliContext, colorChoices, logLevels } from '../app/context.ts';
import { noDaemon } from '../app/daemon/daemon-address.ts';
import { daemonUrlProblem } from '../core/daemon-url.ts';
import { ReconcilerError } from '../core/errors.ts';

/** The options of every command that reads the configuration. Each can be given by an environment variable named after it, too. */
const commonOptions: readonly (() => Option)[] = [
  () =>
    new Option('--config <file>', 'configuration file (default: vonage-gitops.yaml, if it exists)').argParser(filled),
  () =>
    new Option(
      '--state <dir>',
      'state directory with ledger and private keys (default: .vonage-gitops next to the configuration file)',
    ).argParser(filled),
  () => new Option('--account <name>', 'only this account').argParser(filled),
  () => new Option('--log-level <level>', 'log level on stderr').choices(logLevels),
  () => new Option('--quiet', 'no progress and no hints: only data, warnings and errors'),
  () => new Option('--color <when>', 'color output').choices(colorChoices).default('auto'),
];

const daemonOption = () =>
  new Option(
    '--daemon <url>',
    'URL of the daemon; none asks no daemon (default: daemon.url, else daemon.listen)',
  ).argParser(daemonAddress);

/** The option of commands that ask a daemon. Its token is never an option. */
export function withDaemon(command: Command): Command {
  const option = daemonOption();
  option.description += ` [env: ${variableOf(option)}]`;
  return command.addOption(option);
}

/** Adds the options of every command that reads the configuration. */
export function withCommon(command: Command): Command {
  for (const make of commonOptions) {
    const option = make().helpGroup('Common options:');
    option.description += ` [env: ${variableOf(option)}]`;
    command.addOption(option);
  }
  return command;
}

/** The common options as --help shows them, each with its environment variable. */
export function commonOptionTexts(): readonly (readonly [flags: string, description: string])[] {
  return commonOptions.map((make) => {
    const option = make();
    return [option.flags, `${option.description} [env: ${variableOf(option)}]`];
  });
}

/**
 * Gives a command the options that only the environment has: the common ones and the daemon. An empty variable is none. Not by Commander, which reads the
 * environment of the process itself.
 * @throws {ReconcilerError} E_USAGE for a value that the option does not take
 */
export function takeFromEnvironment(command: Command, environment: CliContext['environment']): void {
  const names = new Set([...commonOptions, daemonOption].map((make) => make().long));
  for (const option of command.options.filter(({ long }) => names.has(long))) {
    const name = option.attributeName();
    const text = environment[variableOf(option)];
    const source = command.getOptionValueSource(name);
    if (text === undefined || text === '' || (source !== undefined && source !== 'default')) continue;
    command.setOptionValueWithSource(name, parsed(option, text), 'env');
  }
}

function variableOf({ long }: Option): string {
  return `VONAGE_GITOPS_${(long ?? '').slice(2).replaceAll('-', '_').toUpperCase()}`;
}

function parsed(option: Option, text: string): unknown {
  try {
    if (option.isBoolean()) return isOn(text);
    return option.parseArg?.(text, undefined) ?? text;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ReconcilerError('E_USAGE', { message: `${variableOf(option)}: ${error.message}` }, { cause: error });
  }
}

/** @throws {InvalidArgumentError} for what is neither on nor off */
function isOn(text: string): boolean {
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw new InvalidArgumentError('Expected 1, true, 0 or false');
}

/** @throws {InvalidArgumentError} for what cannot be one */
function daemonAddress(text: string): string {
  const problem = text === noDaemon ? undefined : daemonUrlProblem(text);
  if (problem === undefined) return text;
  throw new InvalidArgumentError(`${problem.charAt(0).toUpperCase()}${problem.slice(1)}`);
}

/** An empty one comes of a variable that is not set: the working directory is not meant. */
function filled(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a value, found an empty one');
}
