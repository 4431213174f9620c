import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../app/context.ts';
import { accountNamePattern, expectedAccountName } from '../core/account-name.ts';
import { type Done, withWriting } from './command-options.ts';

/** Commands about the state directory as a whole. */
export function addStateDirectoryCommands(program: Command, context: CliContext, done: Done): void {
  const state = program
    .command('state')
    .summary('inspect and move the state directory')
    .description('Inspect and move the state directory: ledgers, private keys, pauses and history.');
  addMove(state, context, done);
  addRename(state, context, done);
}

function addMove(state: Command, context: CliContext, done: Done): void {
  const move = state
    .command('move')
    .description('Confirm that the manifests come from another source, so that deletes are no longer blocked.')
    .argument('[dir]', 'directory of the manifests, without a configuration file');
  withWriting(move).action(async (directory, options) => {
    const { stateMoveCommand } = await import('./commands/state/state-move.ts');
    done(await stateMoveCommand(directory, options, context));
  });
}

function addRename(state: Command, context: CliContext, done: Done): void {
  const rename = state
    .command('rename')
    .description(
      'Give the state of an account another account name, after the account was renamed in the configuration.',
    )
    .argument('<old>', 'name of the account so far', accountName)
    .argument('<new>', 'its new name', accountName);
  withWriting(rename).action(async (from, to, options) => {
    const { stateRenameCommand } = await import('./commands/state/state-rename.ts');
    done(await stateRenameCommand(from, to, options, context));
  });
}

function accountName(text: string): string {
  if (accountNamePattern.test(text)) return text;
  throw new InvalidArgumentError(expectedAccountName);
}
