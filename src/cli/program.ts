import { Argument, Command, CommanderError, Option } from 'commander';
import { type CliContext, documentNames, type ProcessContext } from '../app/context.ts';
import { redactedContext, redactedError } from '../app/redaction.ts';
import { reportError } from '../app/report-error.ts';
import { version } from '../app/version.ts';
import { ReconcilerError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { type Done, wholeNumber, withFetch, withFrom, withSelection } from './command-options.ts';
import { takeFromEnvironment, withCommon, withDaemon } from './common-options.ts';
import { withHelp } from './help.ts';
import { isListing, listedCommand, subcommandTerm } from './listed-command.ts';
import { addApply } from './program-apply.ts';
import { addDaemonCommands } from './program-daemon.ts';
import { addEmulator } from './program-emulator.ts';
import { addExport } from './program-export.ts';
import { addForgeCommands } from './program-forge.ts';
import { addInit } from './program-init.ts';
import { addManifestCommands } from './program-manifests.ts';
import { addSourceCommands } from './program-source.ts';
import { addStateCommands } from './program-state.ts';
import { addStateDirectoryCommands } from './program-state-directory.ts';
import { usageError } from './usage-error.ts';

/**
 * Runs one command line and answers with its exit code. Each command is loaded only when it is the one: --help starts as fast as an
 * empty script.
 */
export async function runCli(args: readonly string[], outside: ProcessContext): Promise<number> {
  const context = redactedContext(outside, errorFormatOf(args));
  let code = 0;
  const program = buildProgram(args, context, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.invalid; // it has been shown
    const told = error instanceof CommanderError ? usageError(error, program, args) : error;
    if (!(told instanceof ReconcilerError)) throw redactedError(told, context.redaction);
    reportError(told, context);
    return told.exitCode;
  }
}

/** Told from the words, because a command line that cannot be parsed is an error, too. */
function errorFormatOf(args: readonly string[]): 'text' | 'json' {
  const isJson = args.some(
    (arg, index) => arg === '--format=json' || (arg === '--format' && args[index + 1] === 'json'),
  );
  return isJson ? 'json' : 'text';
}

type AddCommand = (program: Command, context: CliContext, done: Done) => void;

/** How commands are added, in the order of --help; groups have no name. */
const commands: readonly (readonly [name: string | undefined, add: AddCommand])[] = [
  ['plan', addPlan],
  ['apply', addApply],
  ['validate', addValidate],
  ['render', addRender],
  ['comment', addForgeCommands],
  ['fmt', addManifestCommands],
  ['schema', addSchema],
  ['export', addExport],
  ['source', addSourceCommands],
  [undefined, addStateCommands],
  ['state', addStateDirectoryCommands],
  [undefined, addDaemonCommands],
  ['init', addInit],
  ['emulator', addEmulator],
  ['completion', addCompletion],
  ['version', addVersion],
];

/** Only the command that is asked for, because building all takes a tenth of the start; all where they are listed or looked for. */
function neededCommands([name]: readonly string[]): readonly AddCommand[] {
  const asked = commands.filter(([known]) => known !== undefined && known === name);
  return (asked.length > 0 ? asked : commands).map(([, add]) => add);
}

/** The command line, each command ending in `done(exit code)`. */
function buildProgram(args: readonly string[], context: CliContext, done: Done): Command {
  const program = new Command('vonage-gitops')
    .description('Keep the applications of your Vonage accounts in sync with YAML manifests in git.')
    .version(version)
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20, subcommandTerm })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => undefined, // told when it is caught, in our words
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .hook('preAction', (_program, command) => takeFromEnvironment(command, context.environment));
  if (isListing(args)) program.createCommand = listedCommand;
  for (const add of neededCommands(args)) add(program, context, done);
  withHelp(program, context);
  return program;
}

function addPlan(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('plan')
    .summary('show what apply would do')
    .description('Show what apply would do. Reads only.')
    .argument(
      '[dir]',
      "directory of the manifests; with a configuration file, a subdirectory of an account's manifests",
    )
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json', 'markdown']).default('text'))
    .option('--out <file>', 'save the plan as JSON for apply FILE; waits for a second check of missing applications')
    .option('--no-wait', 'with --out: do not wait for the second check')
    .option('--detailed-exitcode', 'exit with code 2 when there are changes')
    .option(
      '--against <revision>',
      'compare manifests with those of a commit, tag or branch; asks neither API nor ledger',
    )
    .option('--summary', 'print counts, guards and notes only')
    .option(
      '--max-bytes <n>',
      'with --format markdown: longest text of an account; what does not fit is counted (default: 60000)',
      wholeNumber,
    )
    .option('--verbose', 'also list what is unchanged, unmanaged and not selected')
    .option('--commit <id>', 'ask the daemon what merging this commit of a branch would do; the full id')
    .option('--source <name>', 'with --commit: the git source of the commit, if the token may plan several');
  withCommon(withDaemon(withFrom(withFetch(withSelection(command))))).action(async (directory, options) => {
    const { checkPlanOptions } = await import('./commands/plan/check-plan-options.ts');
    checkPlanOptions(command, directory);
    if (options.commit !== undefined) {
      const { planCommitCommand } = await import('./commands/plan/plan-commit.ts');
      return done(await planCommitCommand(options, context));
    }
    const { planCommand } = await import('./commands/plan/plan.ts');
    done(await planCommand(directory, options, context));
  });
}

function addValidate(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('validate')
    .summary('check manifests')
    .description('Check manifests. Needs no credentials of Vonage, and no network but for a git source.')
    .argument(
      '[dir]',
      "directory of the manifests; with a configuration file, a subdirectory of an account's manifests",
    )
    .option('--allow-empty', 'accept that there are no manifests')
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json', 'github']).default('text'));
  withCommon(withFrom(withFetch(command))).action(async (directory, options) => {
    const { validateCommand } = await import('./commands/manifests/validate.ts');
    done(await validateCommand(directory, options, context));
  });
}

function addRender(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('render')
    .summary('print manifests as they are in effect')
    .description(
      'Print the manifests of an account as they are in effect: layers merged, variables of the configuration filled in. Needs no credentials of Vonage.',
    );
  withCommon(withFrom(withFetch(command))).action(async (options) => {
    const { renderCommand } = await import('./commands/manifests/render.ts');
    done(await renderCommand(options, context));
  });
}

function addSchema(program: Command, context: CliContext, done: Done): void {
  program
    .command('schema')
    .summary('print a JSON Schema')
    .description('Print the JSON Schema of a kind of document.')
    .addArgument(new Argument('<document>', 'which document').choices(documentNames))
    .action(async (name) => {
      const { schemaCommand } = await import('./commands/manifests/schema.ts');
      done(await schemaCommand(name, context));
    });
}

function addCompletion(program: Command, context: CliContext, done: Done): void {
  program
    .command('completion')
    .summary('print a completion script')
    .description('Print a script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell) => {
      const { completionCommand } = await import('./commands/tools/completion.ts');
      done(completionCommand(shell, buildProgram([], context, done), context));
    });
}

function addVersion(program: Command, context: CliContext, done: Done): void {
  program
    .command('version')
    .summary('show version, commit and formats')
    .description('Show the version of this program, its commit, that of Node.js, and the formats it writes.')
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json']).default('text'))
    .action(async (options) => {
      const { versionCommand } = await import('./commands/tools/version.ts');
      done(versionCommand(options, context));
    });
}
