import type { Command, CommanderError } from 'commander';
import { ReconcilerError } from '../core/errors.ts';
import { plural } from '../core/plural.ts';
import { commandHints, optionHints } from './usage-hints.ts';

/** A command line that cannot be run, with what to do instead. Values of options are not quoted: one may be a secret. */
export function usageError(error: CommanderError, program: Command, args: readonly string[]): ReconcilerError {
  const command = commandOf(program, args);
  const help = `See ${nameOf(command)} --help`;
  const message = `${sentence(textOf(error, command))}. ${help}`;
  return new ReconcilerError('E_USAGE', { message }, { cause: error });
}

/** The command that the first words name, as far as they name one. */
function commandOf(program: Command, args: readonly string[]): Command {
  const [word, ...rest] = args;
  const below = program.commands.find((one) => one.name() === word);
  return below === undefined ? program : commandOf(below, rest);
}

/** `vonage-gitops keys list`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function textOf(error: CommanderError, command: Command): string {
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownOption(error);
    case 'commander.unknownCommand':
      return unknownCommand(error, command);
    case 'commander.excessArguments':
      return tooMany(error, command);
    case 'commander.missingArgument':
      return missing(error, command);
    default:
      return error.message;
  }
}

/** Commander's words, on one line and without its start. */
function sentence(text: string): string {
  return text
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
}

function unknownOption({ message }: CommanderError): string {
  const [, option = ''] = /unknown option '([^'=]*)/.exec(message) ?? [];
  const hint = optionHints.get(option.replace(/^--?/, ''));
  const [, nearest] = /\(Did you mean (.*)\?\)/.exec(message) ?? [];
  if (hint !== undefined) return `unknown option '${option}': ${hint}`;
  return `unknown option '${option}'${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`;
}

function unknownCommand({ message }: CommanderError, command: Command): string {
  const [, word = ''] = /unknown command '([^']*)'/.exec(message) ?? [];
  const hint = commandHints.get(command.parent === null ? word : `${command.name()} ${word}`);
  if (hint !== undefined) return `there is no command '${word}': ${hint}`;
  return message.replace('Did you mean', 'did you mean');
}

function tooMany({ message }: CommanderError, command: Command): string {
  const [, got = ''] = /but got (\d+)/.exec(message) ?? [];
  const takes = command.registeredArguments;
  if (takes.length === 0) return `${command.name()} takes no argument, and got ${got}`;
  const listed = takes.map((one) => `${one.name()} (${one.description})`).join(', ');
  const quotes = /\bname\b/.test(listed) ? '. A name with spaces needs quotes' : '';
  return `${command.name()} takes ${plural(takes.length, 'argument')}, and got ${got}: ${listed}${quotes}`;
}

function missing({ message }: CommanderError, command: Command): string {
  const [, name = ''] = /argument '([^']*)'/.exec(message) ?? [];
  const about = command.registeredArguments.find((one) => one.name() === name)?.description ?? '';
  return `${command.name()} needs an argument: ${name}${about === '' ? '' : ` (${about})`}`;
}
