import { type Command, InvalidArgumentError, Option } from 'commander';
import { colorChoices, logLevels } from './choices.ts';

/** How a command ends: with its exit code. */
export type Done = (code: number) => void;

/** The options of commands about one account that print text or JSON. */
export function withFormat(command: Command): Command {
  return withCommon(
    command.addOption(
      new Option('--format <format>', 'how the answer is printed').choices(['text', 'json']).default('text'),
    ),
  );
}

/** The options of commands that write to the state of one account, or to the account itself. */
export function withWriting(command: Command): Command {
  return withFormat(
    command
      .option('--yes', 'do not ask')
      .option('--lock-timeout <seconds>', 'how long to wait for another writer', wholeNumber, 30),
  );
}

/** The options of every command that reads the configuration. */
export function withCommon(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: vonage-gitops.yaml, if there is one)')
    .option('--state <dir>', 'folder of ledger and keys (default: .vonage-gitops beside the configuration)')
    .option('--account <name>', 'only this account')
    .addOption(new Option('--log-level <level>', 'how much is logged on stderr').choices(logLevels))
    .addOption(new Option('--color <when>', 'colours').choices(colorChoices).default('auto'));
}

/** Parses an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Parses a whole number. @throws {InvalidArgumentError} for anything else */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number, 0 or more');
}
