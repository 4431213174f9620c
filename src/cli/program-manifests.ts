import type { Command } from 'commander';
import type { CliContext } from '../app/context.ts';
import type { Done } from './command-options.ts';
import { withCommon } from './common-options.ts';

/** Commands that write manifests. */
export function addManifestCommands(program: Command, context: CliContext, done: Done): void {
  addFmt(program, context, done);
}

function addFmt(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('fmt')
    .summary('format manifests')
    .description('Format manifests: fields in the order of the schema, two spaces, quotes where needed. Comments stay.')
    .argument('[dir]', "directory of the manifests; with a configuration file, the accounts' directories by default")
    .option('--check', 'write nothing; exit with code 3 when a file is not formatted');
  withCommon(command).action(async (directory, options) => {
    const { fmtCommand } = await import('./commands/manifests/fmt.ts');
    done(await fmtCommand(directory, options, context));
  });
}
