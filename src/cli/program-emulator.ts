import { type Command, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import { collect, type Done, port, wholeNumber } from './command-options.ts';

/** The emulator of the APIs. */
export function addEmulator(program: Command, context: CliContext, done: Done): void {
  program
    .command('emulator')
    .summary('run the Application API emulator')
    .description('Run an in-memory emulator of the Application API for trials, tests and outage rehearsals.')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port; 0 selects a free port', port, 4010)
    .option('--api-key <key>', "the account's key (default: abcd1234)")
    .option('--api-secret <secret>', "the account's secret (default: emulator-secret)")
    .addOption(
      new Option('--dialect <dialect>', 'accepted spelling of the connect timeout')
        .choices(['both', 'live', 'documented'])
        .default('both'),
    )
    .option('--data <file>', 'file that persists applications and numbers across restarts')
    .option('--seed <count>', 'number of generated applications to start with', wholeNumber)
    .option('--numbers <file>', 'JSON file of phone numbers that the account has')
    .option('--rate-limit <rate>', 'rate limit, such as 30/s')
    .addOption(
      new Option('--retry-after <form>', 'Retry-After header of 429 responses').choices(['none', 'seconds', 'date']),
    )
    .option('--latency <ms>', 'delay of every response', wholeNumber)
    .option('--fault <rule>', 'fault to inject, such as POST:timeout-after:30% (repeatable)', collect)
    .option('--switch <name=value>', 'a behavior that sources disagree on; see docs/emulator.md (repeatable)', collect)
    .option('--strict-keys', 'reject values that are not valid public keys')
    .option('--admin-open', 'allow other machines to use the admin prefix /__emulator')
    .action(async (flags) => {
      const { emulatorCommand } = await import('./commands/emulator/emulator.ts');
      done(await emulatorCommand(flags, context));
    });
}
