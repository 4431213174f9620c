import type { Command, Help } from 'commander';
import type { CliContext } from '../app/context.ts';
import { commonOptionTexts } from './common-options.ts';
import { examples } from './examples.ts';

type Item = readonly [term: string, description: string];

/** Commands by what they are for, in the order of --help. */
const groups: readonly (readonly [title: string, commands: readonly string[]])[] = [
  ['Plan and apply:', ['plan', 'apply', 'validate', 'render', 'fmt', 'comment', 'schema', 'export', 'source']],
  ['Owned applications:', ['rotate-key', 'adopt', 'release', 'restore', 'keys', 'ledger', 'state']],
  ['Daemon:', ['run', 'status', 'explain', 'history', 'sync', 'pause', 'resume', 'approve']],
];
const otherCommands = 'Setup and trial:';

const environment: readonly Item[] = [
  ['VONAGE_API_KEY, VONAGE_API_SECRET', 'credentials, unless the configuration names others; each also with _FILE'],
  ['VONAGE_API_URL', 'URL of the Application API (default: https://api.nexmo.com)'],
  ['VONAGE_REST_URL', 'URL of the Numbers API (default: https://rest.nexmo.com, or the host of VONAGE_API_URL)'],
  ['VONAGE_ALLOWED_API_HOSTS', 'further hosts that may be sent the credentials'],
  ['VONAGE_GITOPS_DAEMON', 'URL of the daemon that commands ask'],
  ['VONAGE_GITOPS_DAEMON_TOKEN', 'its token, unless the configuration has one; also with _FILE'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'proxies; NODE_EXTRA_CA_CERTS adds certificate authorities'],
  ['NO_COLOR, FORCE_COLOR', 'colors'],
];

const exitCodes: readonly Item[] = [
  ['0', 'done'],
  ['1', 'error'],
  ['2', 'changes (plan --detailed-exitcode)'],
  ['3', 'manual action required'],
  ['4', 'partly applied'],
  ['5', 'invalid input'],
  ['6', 'lock held'],
  ['130', 'Ctrl-C at a prompt'],
];

/** Groups what --help lists, and puts examples, environment variables and exit codes below, as wide as the terminal. */
export function withHelp(program: Command, { stdout, stderr }: CliContext): void {
  for (const command of program.commands) command.helpGroup(groupOf(command.name()));
  program.commandsGroup(otherCommands).helpCommand('help [command]', 'show the help of a command');
  program.addHelpText('afterAll', ({ command, error }) => {
    const helper = command.createHelp();
    helper.prepareContext({ helpWidth: (error ? stderr : stdout).columns ?? 100 });
    return command.parent === null ? programText(helper) : examplesText(command);
  });
}

function groupOf(name: string): string {
  return groups.find(([, names]) => names.includes(name))?.[0] ?? otherCommands;
}

function programText(helper: Help): string {
  return [
    section('Common options', commonOptionTexts(), helper),
    section('Environment', environment, helper),
    section('Exit codes', exitCodes, helper),
    lines('Examples', examples.get('') ?? []),
  ].join('\n');
}

/** A group of commands has no examples of its own. */
function examplesText(command: Command): string {
  const { parent } = command;
  const name = parent?.parent === null ? command.name() : `${parent?.name()} ${command.name()}`;
  const own = examples.get(name) ?? [];
  return own.length === 0 ? '' : lines('Examples', own);
}

function section(title: string, items: readonly Item[], helper: Help): string {
  const width = Math.max(...items.map(([term]) => term.length));
  return lines(
    title,
    items.map(([term, description]) => helper.formatItem(term, width, description, helper).trim()),
  );
}

function lines(title: string, texts: readonly string[]): string {
  return `\n${title}:\n${texts.map((text) => `  ${text}`).join('\n')}`;
}
