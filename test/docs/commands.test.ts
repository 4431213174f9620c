import { expect, test } from 'vitest';
import { allCommands, type CommandHelp, type HelpOption } from './command-help.ts';
import { headingsOf, proseOf, readPage, sectionOf, tableOf, withParts } from './pages.ts';

const page = readPage('docs/commands.md');
const commands = await allCommands();
const named = commands.filter(({ name }) => name !== '');
/** Groups of commands do nothing by themselves. */
const doing = named.filter(({ commands: below }) => below.length === 0);

const common = ['--config', '--state', '--account', '--log-level', '--quiet', '--color'];
const selection = [
  '--only',
  '--selector',
  '--allow-deletes',
  '--allow-updates',
  '--allow-creates',
  '--allow-removals',
  '--allow-linked',
];

function optionTable(options: readonly HelpOption[]): string {
  return tableOf(
    ['option', 'meaning'],
    options.map(({ flags, description }) => [`\`${flags}\``, description]),
  );
}

function hasAll(command: CommandHelp, names: readonly string[]): boolean {
  return names.every((name) => command.options.some((option) => option.name === name));
}

function usageOf(command: CommandHelp): string {
  const groups = [
    { title: 'selection options', anchor: 'selection', names: selection },
    { title: 'common options', anchor: 'common-options', names: common },
  ].filter(({ names }) => hasAll(command, names));
  const shared = new Set(groups.flatMap(({ names }) => names));
  const own = command.options.filter(({ name }) => !shared.has(name));
  const links = groups.map(({ title, anchor }) => `the [${title}](#${anchor})`).join(' and ');
  const given = command.arguments.map(([name, about]) => `- \`${name}\`: ${about}\n`).join('');
  return [
    `\`\`\`\nvonage-gitops ${command.usage}\n\`\`\`\n`,
    given === '' ? '' : `\n${given}`,
    own.length === 0 ? '' : `\n${optionTable(own)}`,
    links === '' ? '' : `\n${own.length === 0 ? 'Takes' : 'And'} ${links}.\n`,
  ].join('');
}

function optionsNamed(names: readonly string[]): string {
  const plan = commands.find(({ name }) => name === 'plan');
  return optionTable((plan?.options ?? []).filter(({ name }) => names.includes(name)));
}

const overview = tableOf(
  ['command', 'what it does'],
  doing.map(({ name, description }) => [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, description]),
);

test('the lists of commands and options in docs/commands.md are those of --help; -u brings them up to date', async () => {
  const parts = new Map([
    ['commands', overview],
    ['common', optionsNamed(common)],
    ['selection', optionsNamed(selection)],
    ...doing.map((command) => [`usage: ${command.name}`, usageOf(command)] as const),
  ]);

  await expect(withParts(page, parts)).toMatchFileSnapshot('../../docs/commands.md');
});

test.each(doing.map(({ name }) => name))('"%s" has a section with its usage, exit codes and all', (name) => {
  const section = sectionOf(page, name);

  expect(section).toContain(`<!-- usage: ${name} -->`);
  expect(section).toMatch(/Exit codes?:/);
});

test('every section that shows a usage is about a command that exists', () => {
  const shown = [...page.text.matchAll(/<!-- usage: ([\w -]+) -->/g)].map(([, name]) => name);

  expect(shown.toSorted()).toEqual(doing.map(({ name }) => name).toSorted());
  expect(headingsOf(page)).toEqual(expect.arrayContaining(doing.map(({ name }) => name)));
});

test('every option of every command is in the page', () => {
  const missing = commands.flatMap(({ options }) => options.map(({ name }) => name)).filter((name) => !names(name));

  expect(missing).toEqual([]);
});

test('the page names no option that does not exist', () => {
  const known = new Set(['--help', ...commands.flatMap(({ options }) => options.map(({ name }) => name))]);
  const mentioned = [...`${proseOf(page)}${ownCommandLines()}`.matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g)].map(
    ([name]) => name,
  );

  expect(mentioned.length).toBeGreaterThan(50);
  expect([...new Set(mentioned)].filter((name) => !known.has(name))).toEqual([]);
});

function names(option: string): boolean {
  return new RegExp(`${option}(?![a-z-])`).test(page.text);
}

/** Lines of examples that run this program; others may use options of other programs. */
function ownCommandLines(): string {
  return page.text
    .split('\n')
    .filter((line) => /^(\$ )?(npx )?vonage-gitops /.test(line))
    .join('\n');
}
