import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import type { Done } from './command-options.ts';

/** Comments on pull requests. */
export function addForgeCommands(program: Command, context: CliContext, done: Done): void {
  program
    .command('comment')
    .summary('comment a pull request with plans')
    .description(
      'Write plans as comments on a pull request, one for each account. A comment that is there is edited. The token comes from VONAGE_GITOPS_FORGE_TOKEN, or GITHUB_TOKEN or GITLAB_TOKEN.',
    )
    .addOption(
      new Option('--forge <forge>', 'where the pull request is').choices(['github', 'gitlab']).makeOptionMandatory(),
    )
    .addOption(
      new Option('--number <n>', 'number of the pull or merge request').argParser(requestNumber).makeOptionMandatory(),
    )
    .requiredOption('--file <file>', 'plans, as plan --format markdown prints them')
    .option('--partial', 'leave comments for accounts that are not in the file as they are')
    .option('--repo <owner/name>', 'repository at GitHub (default: GITHUB_REPOSITORY)')
    .option('--project <id>', 'number or path of the project at GitLab (default: CI_PROJECT_ID)')
    .option('--author <login>', 'whose comments are edited, where the forge does not tell whose token it is')
    .option(
      '--api-url <url>',
      'URL of the API (default: GITHUB_API_URL or CI_API_V4_URL, else that of the public forge)',
    )
    .action(async (options) => {
      const { commentCommand } = await import('./commands/plan/comment.ts');
      done(await commentCommand(options, context));
    });
}

function requestNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected the number of a request, such as 12');
}
