import { type Command, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import type { Done } from './command-options.ts';
import { withCommon } from './common-options.ts';

/** The command that puts an account into files. */
export function addInit(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('init')
    .summary('put an account into files')
    .description(
      'Put an account into files: manifests of all its applications, a configuration, files for CI. Overwrites nothing, and changes nothing at Vonage.',
    )
    .option('--manifests <dir>', 'directory of the manifests, below this one')
    .option('--name <name>', 'name of the account in the configuration')
    .addOption(
      new Option('--ci <forge>', 'for which forge files for CI are written').choices(['github', 'gitlab', 'none']),
    );
  withCommon(command).action(async (options) => {
    const { initCommand } = await import('./commands/init/init.ts');
    done(await initCommand(options, context));
  });
}
