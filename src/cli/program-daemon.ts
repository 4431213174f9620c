import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../app/context.ts';
import { type Done, withCommon, withFormat } from './command-options.ts';

/** The daemon, and the commands that look at it. */
export function addDaemonCommands(program: Command, context: CliContext, done: Done): void {
  addRun(program, context, done);
  addStatus(program, context, done);
  addExplain(program, context, done);
  addPause(program, context, done);
  addResume(program, context, done);
  addDoctor(program, context, done);
}

function addRun(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('run')
    .summary('reconcile continuously')
    .description('Reconcile continuously: when manifests change, at each interval, and when asked to.')
    .argument('[dir]', 'folder of the manifests; with a configuration file, none')
    .option('--once', 'one pass for each account, then the end; exit codes as of apply')
    .option(
      '--listen <host:port>',
      'where health, metrics and the HTTP API are served (default: 127.0.0.1:8080)',
      hostPort,
    );
  withCommon(command).action(async (directory, options) => {
    const { runCommand } = await import('./commands/run.ts');
    done(await runCommand(directory, options, context));
  });
}

function addStatus(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('status')
    .summary('show how the accounts are')
    .description('Show how the accounts are, as the daemon says; without one, from the ledger and a fresh plan.')
    .option('--watch', 'show it again and again');
  withFormat(withUrl(command)).action(async (options) => {
    const { statusCommand } = await import('./commands/status.ts');
    done(await statusCommand(options, context));
  });
}

function addExplain(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('explain')
    .summary('say everything about one application')
    .description(
      'Say everything about one application: manifest, differences, ledger, live state, events, what is next.',
    )
    .argument('<name>', 'its name, or its id');
  withFormat(withUrl(command)).action(async (name, options) => {
    const { explainCommand } = await import('./commands/explain.ts');
    done(await explainCommand(name, options, context));
  });
}

function addPause(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('pause')
    .summary('let the daemon write nothing for a while')
    .description('Pause an application, or a whole account: nothing is written, drift is still reported.')
    .argument('[name]', 'the application; without it the whole account')
    .option('--for <duration>', 'how long, such as 30m, 2h or 1d (default: until it is resumed)', seconds)
    .option('--reason <text>', 'why, such as INC-42');
  withCommon(withUrl(command)).action(async (name, options) => {
    const { pauseCommand } = await import('./commands/pause.ts');
    done(await pauseCommand(name, options, context));
  });
}

function addResume(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('resume')
    .summary('end a pause')
    .description('End the pause of an application; without a name, every pause of the account.')
    .argument('[name]', 'the application');
  withCommon(withUrl(command)).action(async (name, options) => {
    const { resumeCommand } = await import('./commands/pause.ts');
    done(await resumeCommand(name, options, context));
  });
}

function addDoctor(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('doctor')
    .summary('check everything a run needs')
    .description(
      'Check configuration, credentials, folders, locks, ledger, manifests, API and clock: a line each, with the remedy.',
    );
  withFormat(command).action(async (options) => {
    const { doctorCommand } = await import('./commands/doctor.ts');
    done(await doctorCommand(options, context));
  });
}

function withUrl(command: Command): Command {
  return command.option('--url <url>', 'address of the daemon (default: that of daemon.listen)');
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = Number(amount) * (unitSeconds[unit] ?? 0);
  if (length > 0) return length;
  throw new InvalidArgumentError('expected a duration, such as 30m, 2h or 1d');
}

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new InvalidArgumentError('expected host:port, such as 127.0.0.1:8080');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
