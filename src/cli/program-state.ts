import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import { type Done, wholeNumber, withFormat, withPauseOverride, withWriting } from './command-options.ts';
import { withCommon } from './common-options.ts';

/** Commands about what is owned: keys, ledger, and single applications. */
export function addStateCommands(program: Command, context: CliContext, done: Done): void {
  addRotateKey(program, context, done);
  addAdopt(program, context, done);
  addRelease(program, context, done);
  addRestore(program, context, done);
  const keys = program.command('keys').summary('manage private keys');
  addKeys(keys.description('Manage the private keys in the key directory.'), context, done);
  const ledger = program.command('ledger').summary('inspect and repair the ledger');
  addLedger(ledger.description('Inspect and repair the ledger of an account.'), context, done);
}

function addRotateKey(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('rotate-key')
    .summary('replace the key pair of an application')
    .description('Replace the key pair of an owned application, or those of all. The old private keys are kept.')
    .argument('[application]', 'name or id')
    .option('--all', 'every application with a generated key pair, one after another, up to the first that fails')
    .addOption(new Option('--older-than <age>', 'with --all: only key pairs of this age, such as 90d').argParser(age));
  withPauseOverride(withWriting(command)).action(async (nameOrId, options) => {
    const { oneOrAll } = await import('./one-or-all.ts');
    const chosen = oneOrAll(nameOrId, options);
    if (chosen === undefined) {
      const { rotateKeysCommand } = await import('./commands/keys/rotate-keys.ts');
      return done(await rotateKeysCommand(options, context));
    }
    const { rotateKeyCommand } = await import('./commands/keys/rotate-key.ts');
    done(await rotateKeyCommand(chosen, options, context));
  });
}

function addAdopt(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('adopt')
    .summary('manage an application by its id')
    .description('Record that a manifest means the application with this id. Changes nothing at Vonage.')
    .argument('<name>', 'name in the manifest')
    .argument('[dir]', 'directory of the manifests, without a configuration file')
    .requiredOption('--id <id>', 'id of the application');
  withWriting(command).action(async (name, directory, options) => {
    const { adoptCommand } = await import('./commands/state/adopt.ts');
    done(await adoptCommand({ name, directory }, options, context));
  });
}

function addRelease(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('release')
    .summary('stop managing an application')
    .description('Stop managing an application that no manifest names. It stays at Vonage as it is.')
    .argument('<application>', 'name or id');
  withWriting(command).action(async (nameOrId, options) => {
    const { releaseCommand } = await import('./commands/state/release.ts');
    done(await releaseCommand(nameOrId, options, context));
  });
}

function addRestore(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('restore')
    .summary('create a deleted application again')
    .description('Create a deleted application again from its stored body. It gets a new id.')
    .argument('<application>', 'name or id of the deleted application');
  withPauseOverride(withWriting(command)).action(async (nameOrId, options) => {
    const { restoreCommand } = await import('./commands/state/restore.ts');
    done(await restoreCommand(nameOrId, options, context));
  });
}

function addKeys(keys: Command, context: CliContext, done: Done): void {
  withFormat(keys.command('list').description('List the private keys and their applications.')).action(
    async (options) => {
      const { keysListCommand } = await import('./commands/keys/keys.ts');
      done(await keysListCommand(options, context));
    },
  );
  const path = keys.command('path').description("Print the path of an application's private key.");
  withCommon(path.argument('<application>', 'name or id')).action(async (nameOrId, options) => {
    const { keysPathCommand } = await import('./commands/keys/keys.ts');
    done(await keysPathCommand(nameOrId, options, context));
  });
  const check = keys
    .command('check')
    .description('Check that private keys match the live public keys, by signing and verifying.');
  withFormat(check.argument('[application]', 'name or id; all by default')).action(async (nameOrId, options) => {
    const { keysCheckCommand } = await import('./commands/keys/keys-check.ts');
    done(await keysCheckCommand(nameOrId, options, context));
  });
  const deliver = keys
    .command('deliver')
    .description('Deliver private keys in use again, to each target of keys.deliver.')
    .argument('[application]', 'name or id')
    .option('--all', 'every application with a generated key pair')
    .option('--lock-timeout <seconds>', 'how long to wait for the writer lock', wholeNumber, 30);
  withFormat(deliver).action(async (nameOrId, options) => {
    const { oneOrAll } = await import('./one-or-all.ts');
    const { keysDeliverCommand } = await import('./commands/keys/keys-deliver.ts');
    done(await keysDeliverCommand(oneOrAll(nameOrId, options), options, context));
  });
  const prune = keys.command('prune').description('Permanently remove retired private keys.');
  const olderThan = new Option('--older-than <age>', 'such as 30d or 12h').argParser(age).default(age('30d'), '30d');
  withWriting(prune.addOption(olderThan)).action(async (options) => {
    const { keysPruneCommand } = await import('./commands/keys/keys-prune.ts');
    done(await keysPruneCommand(options, context));
  });
}

function addLedger(ledger: Command, context: CliContext, done: Done): void {
  withFormat(ledger.command('show').description('Show owned applications and operations in progress.')).action(
    async (options) => {
      const { ledgerShowCommand } = await import('./commands/state/ledger-show.ts');
      done(await ledgerShowCommand(options, context));
    },
  );
  withFormat(ledger.command('check').description('Compare the ledger with the account. Reads only.')).action(
    async (options) => {
      const { ledgerCheckCommand } = await import('./commands/state/ledger-check.ts');
      done(await ledgerCheckCommand(options, context));
    },
  );
  const rebuild = ledger
    .command('rebuild')
    .description('Propose entries for applications that are provably managed; write them after confirmation.')
    .argument('[dir]', 'directory of the manifests, without a configuration file');
  withWriting(rebuild).action(async (directory, options) => {
    const { ledgerRebuildCommand } = await import('./commands/state/ledger-rebuild.ts');
    done(await ledgerRebuildCommand(directory, options, context));
  });
}

const dayMs = 24 * 60 * 60 * 1000;

/** An age in milliseconds. @throws {InvalidArgumentError} */
function age(text: string): number {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Expected days or hours, such as 30d or 12h');
  return Number(count) * (unit === 'd' ? dayMs : dayMs / 24);
}
