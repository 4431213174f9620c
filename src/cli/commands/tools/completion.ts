import type { Command, Option } from 'commander';
import type { CliContext } from '../../../app/context.ts';
import { exitCodes } from '../../../core/exit-codes.ts';

/** Shells that a completion script can be had for. */
type Shell = 'bash' | 'zsh' | 'fish';

/** What can stand where on a command line. */
interface CommandWords {
  /** Words after the program's name, such as `keys list`; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  /** Commands below it, or the values its argument can have. */
  readonly words: readonly string[];
  readonly options: readonly Option[];
}

/** Prints the script that completes the program's commands, options and choices. */
export function completionCommand(shell: Shell, program: Command, { stdout }: CliContext): number {
  const commands = commandsOf(program, '');
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
  stdout.write(scripts[shell](commands));
  return exitCodes.done;
}

function commandsOf(command: Command, path: string): readonly CommandWords[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const words = [
    ...below.map((one) => one.name()),
    ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  ];
  const own = {
    path,
    description: command.summary() || command.description(),
    words,
    options: help.visibleOptions(command),
  };
  const inner = below.filter((one) => one.name() !== 'help' || path !== '');
  return [own, ...inner.flatMap((one) => commandsOf(one, `${path} ${one.name()}`.trim()))];
}

function bashScript(commands: readonly CommandWords[]): string {
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  const withValue = commands.flatMap(({ path, options }) =>
    options
      .filter(takesValue)
      .flatMap(({ long, argChoices = [] }) => `      '${path} ${long}') words='${argChoices.join(' ')}'; value=yes ;;`),
  );
  const known = commands.map(({ path, words, options }) => {
    const flags = options.flatMap(({ long }) => long ?? []).join(' ');
    return `      '${path}') words='${words.join(' ')}' flags='${flags}' ;;`;
  });
  return `# bash completion of vonage-gitops. Use it with: source <(vonage-gitops completion bash)
_vonage_gitops() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' flags='' value='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path $prev" in
${withValue.join('\n')}
  esac
  if [ -z "$value" ]; then
    case "$path" in
${known.join('\n')}
    esac
    case "$cur" in -*) words="$flags" ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _vonage_gitops vonage-gitops
`;
}

/** zsh takes the script of bash. */
function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef vonage-gitops
# zsh completion of vonage-gitops. Use it with: source <(vonage-gitops completion zsh)
(( $+functions[compdef] )) || { autoload -U compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
${bashScript(commands).replace(/^#.*\n/, '')}`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, words, options }) => [
    ...words.map((word) => {
      const about = commands.find((one) => one.path === `${path} ${word}`.trim())?.description ?? '';
      return `complete -c vonage-gitops -f -n '${fishCondition(path, commands)}' -a ${word} -d ${fishQuoted(about)}`;
    }),
    ...options.flatMap(({ long, description, argChoices, ...option }) => {
      if (long === undefined || long === null) return [];
      const name = `-l ${long.slice(2)}`;
      const value = argChoices === undefined ? (option.required ? ' -r' : '') : ` -x -a '${argChoices.join(' ')}'`;
      const seen = fishCondition(path, commands);
      return [`complete -c vonage-gitops -n '${seen}' ${name}${value} -d ${fishQuoted(description)}`];
    }),
  ]);
  return `# fish completion of vonage-gitops. Use it with: vonage-gitops completion fish | source\n${lines.join('\n')}\n`;
}

/** That the words so far name this command, and none below it. */
function fishCondition(path: string, commands: readonly CommandWords[]): string {
  if (path === '') return '__fish_use_subcommand';
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = commands.flatMap((one) => (one.path.startsWith(`${path} `) ? [one.path.slice(path.length + 1)] : []));
  const not = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
  return [...seen, ...not].join('; and ');
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
