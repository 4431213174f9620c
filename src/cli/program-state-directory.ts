import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../app/context.ts';
import { accountNamePattern, expectedAccountName } from '../core/account-name.ts';
import { type Done, withFormat, withWriting } from './command-options.ts';

/** Commands about the state directory as a whole. */
export function addStateDirectoryCommands(program: Command, context: CliContext, done: Done): void {
  const state = program
    .command('state')
    .summary('inspect and move the state directory')
    .description('Inspect and move the state directory: ledgers, private keys, pauses and history.');
  addShow(state, context, done);
  addCheck(state, context, done);
  addMove(state, context, done);
  addRename(state, context, done);
}

function addShow(state: Command, context: CliContext, done: Done): void {
  const show = state
    .command('show')
    .description('Show where the state is, and of each account in it whose it is, how old and how large. Reads only.');
  withFormat(show).action(async (options) => {
    const { stateShowCommand } = await import('./commands/state/state-show.ts');
    done(await stateShowCommand(options, context));
  });
}

function addCheck(state: Command, context: CliContext, done: Done): void {
  const check = state
    .command('check')
    .description(
      'Check whether the state, or a backup of it, is complete, and which version it needs. Needs no credentials and no network.',
    );
  withFormat(check).action(async (options) => {
    const { stateCheckCommand } = await import('./commands/state/state-check.ts');
    done(await stateCheckCommand(options, context));
  });
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
