import type { Command } from 'commander';
import type { CliContext } from '../app/context.ts';
import { type Done, withFormat } from './command-options.ts';
import { withCommon } from './common-options.ts';

/** Commands about the git repositories that manifests come from. */
export function addSourceCommands(program: Command, context: CliContext, done: Done): void {
  const source = program
    .command('source')
    .summary('inspect and fetch git sources')
    .description('Inspect and fetch the git repositories that manifests come from.');
  addList(source, context, done);
  addShow(source, context, done);
  addFetch(source, context, done);
}

function addList(source: Command, context: CliContext, done: Done): void {
  const list = source
    .command('list')
    .description('List git sources: repository, ref, accepted commit and its age, accounts. Uses no network.');
  withFormat(list).action(async (options) => {
    const { sourceListCommand } = await import('./commands/source/source-list.ts');
    done(await sourceListCommand(options, context));
  });
}

function addShow(source: Command, context: CliContext, done: Done): void {
  const show = source
    .command('show')
    .description(
      'Show a git source: where it is fetched from and how, what was accepted, and which accounts read it. Uses no network.',
    )
    .argument('<name>', 'name of the source in the configuration');
  withFormat(show).action(async (name, options) => {
    const { sourceShowCommand } = await import('./commands/source/source-show.ts');
    done(await sourceShowCommand(name, options, context));
  });
}

function addFetch(source: Command, context: CliContext, done: Done): void {
  const fetch = source
    .command('fetch')
    .description(
      'Ask the server of a git source, fetch what is new, and accept or refuse it. Changes nothing at Vonage.',
    )
    .argument('<name>', 'name of the source in the configuration');
  withCommon(fetch).action(async (name, options) => {
    const { sourceFetchCommand } = await import('./commands/source/source-fetch.ts');
    done(await sourceFetchCommand(name, options, context));
  });
}
