import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../app/context.ts';
import { type Done, planHash, wholeNumber, withAllowances, withFormat } from './command-options.ts';
import { withCommon, withDaemon } from './common-options.ts';

/** The daemon, and the commands that look at it. */
export function addDaemonCommands(program: Command, context: CliContext, done: Done): void {
  addRun(program, context, done);
  addStatus(program, context, done);
  addExplain(program, context, done);
  addHistory(program, context, done);
  addSync(program, context, done);
  addPause(program, context, done);
  addResume(program, context, done);
  addApprove(program, context, done);
  addDoctor(program, context, done);
}

function addRun(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('run')
    .summary('reconcile continuously')
    .description('Reconcile continuously: when manifests change, at each interval, and on request.')
    .argument('[dir]', 'directory of the manifests; not used with a configuration file')
    .option('--once', 'make one pass for each account, then exit; exit codes as for apply')
    .option('--no-fetch', 'with --once: read the accepted commit of a git source without asking its server')
    .option('--adopt', 'approve the adoption of applications into new ledgers')
    .option('--listen <host:port>', 'address for health, metrics and the HTTP API (default: 127.0.0.1:8080)', hostPort);
  withCommon(command).action(async (directory, options) => {
    const { runCommand } = await import('./commands/daemon/run.ts');
    done(await runCommand(directory, options, context));
  });
}

function addStatus(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('status')
    .summary('show account status')
    .description('Show account status from the daemon; without a daemon, from the ledger and a fresh plan.')
    .option('--watch', 'refresh continuously');
  withFormat(withDaemon(command)).action(async (options) => {
    const { statusCommand } = await import('./commands/daemon/status.ts');
    done(await statusCommand(options, context));
  });
}

function addExplain(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('explain')
    .summary('describe one application')
    .description('Describe one application: manifest, differences, ledger, live state, events and next action.')
    .argument('<name>', 'name or id');
  const formats = new Option('--format <format>', 'output format').choices(['text', 'json', 'yaml']).default('text');
  withCommon(withDaemon(command).addOption(formats)).action(async (name, options) => {
    const { explainCommand } = await import('./commands/daemon/explain.ts');
    done(await explainCommand(name, options, context));
  });
}

function addHistory(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('history')
    .summary('show what passes did')
    .description('Show what passes did, oldest first: from the daemon, else from the state directory.')
    .option('--limit <n>', 'how many of the latest events of each account', wholeNumber, 20);
  withFormat(withDaemon(command)).action(async (options) => {
    const { historyCommand } = await import('./commands/daemon/history.ts');
    done(await historyCommand(options, context));
  });
}

function addSync(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('sync')
    .summary('request a pass of the daemon')
    .description('Request a pass of the daemon now, and wait for its end; exit codes as for apply.')
    .option('--commit <id>', 'wait until the git source is at this commit or a later one, and for the pass over it')
    .option('--no-wait', 'do not wait for the end of the pass');
  withFormat(withDaemon(command)).action(async (options) => {
    const { syncCommand } = await import('./commands/daemon/sync.ts');
    done(await syncCommand(options, context));
  });
}

function addPause(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('pause')
    .summary('pause writes to an account or application')
    .description('Pause an application or a whole account: nothing is written, drift is still reported.')
    .argument('[name]', 'application name or id; without it, the whole account')
    .option('--for <duration>', 'duration, such as 30m, 2h or 1d (default: until resumed)', seconds)
    .option('--reason <text>', 'reason, such as INC-42');
  withCommon(withDaemon(command)).action(async (name, options) => {
    const { pauseCommand } = await import('./commands/daemon/pause.ts');
    done(await pauseCommand(name, options, context));
  });
}

function addApprove(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('approve')
    .summary('approve a plan that waits')
    .description('Approve the plan of an account by its hash: the next pass applies it, if it is still that plan.')
    .argument('<account>', 'account name')
    .argument('<hash>', 'hash of the plan, as status and plan show it', planHash)
    .requiredOption('--reason <text>', 'why it is approved, such as CHG-42 (required)');
  withFormat(withDaemon(withAllowances(command, 'in that pass'))).action(async (name, hash, options) => {
    const { approveCommand } = await import('./commands/daemon/approve.ts');
    done(await approveCommand(name, hash, options, context));
  });
}

function addResume(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('resume')
    .summary('end a pause')
    .description('End the pause of an application; without a name, all pauses of the account.')
    .argument('[name]', 'application name or id');
  withCommon(withDaemon(command)).action(async (name, options) => {
    const { resumeCommand } = await import('./commands/daemon/pause.ts');
    done(await resumeCommand(name, options, context));
  });
}

function addDoctor(program: Command, context: CliContext, done: Done): void {
  const command = program
    .command('doctor')
    .summary('check the setup')
    .description(
      'Check configuration, credentials, directories, locks, ledger, manifests, API and clock: one line each, with the remedy.',
    );
  withFormat(command).action(async (options) => {
    const { doctorCommand } = await import('./commands/doctor/doctor.ts');
    done(await doctorCommand(options, context));
  });
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = Number(amount) * (unitSeconds[unit] ?? 0);
  if (length > 0) return length;
  throw new InvalidArgumentError('Expected a duration, such as 30m, 2h or 1d');
}

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new InvalidArgumentError('Expected host:port, such as 127.0.0.1:8080');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
