import type { Command } from 'commander';
import type { CliContext } from '../app/context.ts';
import { collect, type Done } from './command-options.ts';
import { withCommon } from './common-options.ts';

/** Adds the command that writes manifests of live applications. */
export function addExport(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('export')
    .summary('write manifests of live applications')
    .description(
      'Write a manifest for each application that has none. Changes nothing at Vonage. Secrets become placeholders.',
    )
    .option('--out <dir>', "directory of the manifests (default: the account's manifests)")
    .option('--only <glob>', 'only applications whose name matches, or with this id (repeatable)', collect)
    .option('--update', 'bring manifests that exist up to what is live: only what differs is written anew')
    .option('--no-ids', 'do not pin ids, where a name is enough to tell applications apart')
    .option('--with-keys', 'declare public keys, too')
    .option(
      '--check',
      'write nothing; exit with code 3 when an application has no manifest, or with --update when one differs',
    );
  withCommon(command).action(async (options) => {
    const { exportCommand } = await import('./commands/manifests/export.ts');
    done(await exportCommand(options, context));
  });
}
