import { type Command, InvalidArgumentError } from 'commander';
import { type Done, withCommon } from './command-options.ts';
import type { World } from './world.ts';

/** The daemon, and the commands that look at it. */
export function addDaemonCommands(program: Command, world: World, done: Done): void {
  addRun(program, world, done);
}

function addRun(program: Command, world: World, done: Done): void {
  const command = program
    .command('run')
    .summary('reconcile for ever')
    .description('Reconcile for ever: when manifests change, at each interval, and when asked to.')
    .argument('[dir]', 'folder of the manifests; with a configuration file, none')
    .option('--once', 'one pass for each account, then the end; exit codes as of apply')
    .option(
      '--listen <host:port>',
      'where health, metrics and the HTTP API are served (default: 127.0.0.1:8080)',
      hostPort,
    );
  withCommon(command).action(async (directory, options) => {
    const { runCommand } = await import('./run.ts');
    done(await runCommand(directory, options, world));
  });
}

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new InvalidArgumentError('expected host:port, such as 127.0.0.1:8080');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
