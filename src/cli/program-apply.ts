import { type Command, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import { ReconcilerError } from '../core/errors.ts';
import { type Done, planHash, wholeNumber, withFetch, withPauseOverride, withSelection } from './command-options.ts';
import { withCommon, withDaemon } from './common-options.ts';

/** Carrying out plans. */
export function addApply(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('apply')
    .summary('bring the accounts in sync with their manifests')
    .description('Bring the accounts in sync with their manifests, or apply a saved plan.')
    .argument('[dir|plan]', 'directory of the manifests, or a plan file saved with plan --out')
    .option('--yes', 'skip the confirmation prompt')
    .option('--plan-hash <hash>', 'apply only if the plan still has this hash, without a prompt', planHash)
    .option('--ci <commit>', 'in a pipeline: ask the daemon, if one is named, for a pass over this commit')
    .option('--keep-going', 'apply the valid manifests even if others are invalid')
    .option(
      '--no-wait',
      'do not wait for a second check of missing applications, nor for creates whose responses were lost',
    )
    .option(
      '--wait-timeout <seconds>',
      'how long to wait for creates whose responses are lost, sending them again',
      wholeNumber,
      300,
    )
    .option('--lock-timeout <seconds>', 'how long to wait for the writer lock', wholeNumber, 30)
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json']).default('text'));
  withCommon(withFetch(withPauseOverride(withSelection(withDaemon(command))))).action(async (target, options) => {
    if (options.ci !== undefined) {
      const { applyInPipeline } = await import('./commands/apply/apply-in-pipeline.ts');
      return done(await applyInPipeline(target, { ...options, ci: options.ci }, context));
    }
    if (command.getOptionValueSource('daemon') === 'cli')
      throw new ReconcilerError('E_USAGE', {
        message: 'apply asks a daemon only with --ci: leave out --daemon, or use sync',
      });
    const { applyCommand } = await import('./commands/apply/apply.ts');
    done(await applyCommand(target, options, context));
  });
}
