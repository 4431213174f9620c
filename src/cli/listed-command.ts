import { Command, Help } from 'commander';

/** Whether a command line asks for the list of commands only. */
export function isListing([first, ...others]: readonly string[]): boolean {
  return others.length === 0 && (first === '--help' || first === '-h');
}

/** A command without its options, which no list shows: making those of all commands takes a quarter of the time of --help. */
export function listedCommand(name?: string): Command {
  const command = new Command(name);
  const leaveOut = () => command;
  return Object.assign(command, { createCommand: listedCommand, option: leaveOut, addOption: leaveOut });
}

/** A command in a list of commands: without `[options]`, which every command has. */
export function subcommandTerm(command: Command): string {
  return new Help().subcommandTerm(command).replace(' [options]', '');
}
