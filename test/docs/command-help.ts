import { runCli } from '../../src/cli/program.ts';
import { testWorld } from '../cli/world.ts';

/** One option as --help shows it. */
export interface HelpOption {
  /** `--out <file>`. */
  readonly flags: string;
  /** `--out`. */
  readonly name: string;
  readonly description: string;
}

/** One command as --help shows it. */
export interface CommandHelp {
  /** `keys list`; empty for the program itself. */
  readonly name: string;
  /** `plan [options] [dir]`. */
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly (readonly [name: string, description: string])[];
  /** Without --help, which all have. */
  readonly options: readonly HelpOption[];
  readonly commands: readonly string[];
  /** Command lines that show how it is used. */
  readonly examples: readonly string[];
}

/** Every command of the program with its options, read from what --help prints: groups of commands, too. */
export async function allCommands(name = ''): Promise<readonly CommandHelp[]> {
  const help = parseHelp(name, await helpText(name));
  const below = await Promise.all(help.commands.map((command) => allCommands(`${name} ${command}`.trim())));
  return [help, ...below.flat()];
}

async function helpText(name: string): Promise<string> {
  const { context, stdout } = testWorld({ cwd: '/' });
  const wide = {
    ...context,
    stdout: { ...context.stdout, write: context.stdout.write.bind(context.stdout), columns: 1000 },
  };
  await runCli([...name.split(' ').filter(Boolean), '--help'], wide);
  return stdout();
}

function parseHelp(name: string, text: string): CommandHelp {
  const [usage = '', description = ''] = text.split('\n\n');
  return {
    name,
    usage: usage.replace(/^Usage: vonage-gitops /, '').trim(),
    description: description.trim(),
    arguments: entriesOf(text, 'Arguments'),
    options: sectionsOf(text, (title) => /ptions$/.test(title)).flatMap(([flags, about]) => {
      const long = /--[a-z-]+/.exec(flags)?.[0];
      return long === undefined || long === '--help' ? [] : [{ flags, name: long, description: about }];
    }),
    examples: entriesOf(text, 'Examples').map(([line]) => line),
    commands: sectionsOf(
      text,
      (title) => !/^(Arguments|.*ptions|Environment|Exit codes|Examples)$/.test(title),
    ).flatMap(([command]) => {
      const [word = 'help'] = command.split(' ');
      return word === 'help' ? [] : [word];
    }),
  };
}

/** The entries of all sections with such a title, once each: the program lists the common options of commands, too. */
function sectionsOf(text: string, isMeant: (title: string) => boolean): readonly (readonly [string, string])[] {
  const titles = [...text.matchAll(/^(\S.*):$/gm)].map(([, title = '']) => title);
  return titles.filter(isMeant).flatMap((title) => entriesOf(text, title));
}

function entriesOf(text: string, title: string): readonly (readonly [string, string])[] {
  const section = new RegExp(`^${title}:\\n((?: {2}.*\\n)*)`, 'm').exec(text)?.[1] ?? '';
  return section.split('\n').flatMap((line) => {
    const [entry = '', about = ''] = line.trim().split(/ {2,}/);
    return entry === '' ? [] : [[entry, about] as const];
  });
}
