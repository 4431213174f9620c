import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { allCommands } from '../docs/command-help.ts';
import { testWorld } from './world.ts';

const commands = await allCommands();
const doing = commands.filter(({ name, commands: below }) => name !== '' && below.length === 0);

async function helpOf(args: readonly string[], columns: number): Promise<string> {
  const { context, stdout } = testWorld({ cwd: '/' });
  const narrow = { ...context.stdout, write: context.stdout.write.bind(context.stdout), columns };
  await runCli([...args, '--help'], { ...context, stdout: narrow });
  return stdout();
}

test('every command is in a group of its own kind', async () => {
  const help = await helpOf([], 100);

  expect([...help.matchAll(/^(\S.*):$/gm)].map(([, title]) => title)).toEqual([
    'Options',
    'Plan and apply',
    'Owned applications',
    'Daemon',
    'Setup and trial',
    'Common options',
    'Environment',
    'Exit codes',
    'Examples',
  ]);
});

test('--help, which makes no options of commands, says what the program says without arguments', async () => {
  const { context, stderr } = testWorld({ cwd: '/' });
  await runCli([], context);
  const help = await helpOf([], 100);

  expect(help).toBe(stderr());
  expect(help).toMatch(/^ {2}plan \[dir\] +show what apply would do$/m);
});

test('the help of the program names environment variables, common options with theirs, and exit codes', async () => {
  const help = await helpOf([], 1000);

  for (const name of ['VONAGE_API_KEY', 'VONAGE_API_SECRET', 'VONAGE_API_URL', 'HTTPS_PROXY', 'NO_COLOR'])
    expect(help).toContain(name);
  expect(help).toMatch(/--state <dir> .*\[env: VONAGE_GITOPS_STATE\]/);
  expect(help).toMatch(/^ {2}130 {2}Ctrl-C at a prompt$/m);
});

test.each(doing.map(({ name }) => name))('%s has examples, each of a command that exists', async (name) => {
  const { examples = [] } = doing.find((command) => command.name === name) ?? {};

  expect(examples.length).toBeGreaterThan(0);
  for (const line of examples) {
    expect(line.startsWith(`vonage-gitops ${name}`)).toBe(true);
    const options = commands.find((command) => command.name === name)?.options.map((option) => option.name) ?? [];
    expect([...line.matchAll(/--[a-z-]+/g)].map(([option]) => option).filter((one) => !options.includes(one))).toEqual(
      [],
    );
  }
});

test.each([60, 80, 120])('in a terminal of %i columns no line of help is longer', async (columns) => {
  for (const name of ['', 'plan', 'emulator', 'keys']) {
    const help = await helpOf(name === '' ? [] : [name], columns);
    const prose = help.split('Examples:')[0] ?? '';

    expect(Math.max(...prose.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
  }
});

describe('a command line that cannot be run', () => {
  const run = async (args: readonly string[]) => {
    const { context, stdout, stderr } = testWorld({ cwd: '/' });
    const code = await runCli(args, context);
    return { code, stdout: stdout(), stderr: stderr() };
  };

  test.each([
    { args: ['destroy'], text: "there is no command 'destroy': no command deletes applications. Remove the manifest" },
    { args: ['import', 'x'], text: 'a manifest adopts the application that has its name' },
    { args: ['diff'], text: 'plan shows the differences, and never writes' },
    { args: ['list'], text: 'ledger show what is owned' },
    { args: ['pull'], text: 'export writes manifests of the applications in the account' },
    { args: ['new'], text: 'write a manifest, such as one of examples/quickstart' },
    { args: ['state', 'list'], text: "there is no command 'list': ledger show" },
    { args: ['keys', 'rotate'], text: 'rotate-key NAME' },
    { args: ['plann'], text: "unknown command 'plann' (did you mean plan?). See vonage-gitops --help" },
    { args: ['qqqqqqqq'], text: "unknown command 'qqqqqqqq'. See vonage-gitops --help" },
    {
      args: ['plan', '--dry-run'],
      text: "unknown option '--dry-run': plan shows what apply would do, and never writes",
    },
    { args: ['apply', '--auto-approve'], text: "'--auto-approve': apply --yes skips the confirmation prompt" },
    { args: ['apply', '-auto-approve'], text: 'apply --yes' },
    { args: ['plan', '--silent'], text: '--quiet prints only data, warnings and errors' },
    { args: ['-v'], text: "unknown option '-v': --version prints the version" },
    {
      args: ['plan', '--onyl', 'x'],
      text: "unknown option '--onyl' (did you mean --only?). See vonage-gitops plan --help",
    },
    { args: ['plan', '--qqqqqqqq'], text: "unknown option '--qqqqqqqq'. See vonage-gitops plan --help" },
    { args: ['plan', 'a', 'b'], text: 'plan takes 1 argument, and got 2: dir (directory of the manifests' },
    { args: ['explain', 'Support', 'line'], text: 'name (name or id). A name with spaces needs quotes' },
    { args: ['explain'], text: 'explain needs an argument: name (name or id)' },
    { args: ['status', 'x'], text: 'status takes no argument, and got 1' },
    { args: ['plan', '--only'], text: "option '--only <glob>' argument missing. See vonage-gitops plan --help" },
    { args: ['plan', '--format', 'xml'], text: 'Allowed choices are text, json, markdown. See' },
  ])('$args: $text', async ({ args, text }) => {
    const { code, stdout, stderr } = await run(args);

    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^Error E_USAGE: .*\n$/);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  });

  test.each([
    ['plan', '--api-secret=s3cr3t-value'],
    ['plan', '--api-secret', 's3cr3t-value'],
    ['plan', 'apps', 's3cr3t-value'],
    ['status', 's3cr3t-value'],
  ])('%s %s does not show what may be a secret', async (...args) => {
    const { code, stderr } = await run(args);

    expect(code).toBe(5);
    expect(stderr).not.toContain('s3cr3t');
  });

  test('with --format json the error is a line of JSON', async () => {
    const { code, stdout, stderr } = await run(['plan', '--format', 'json', '--dry-run']);

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      format: 'vonage-gitops.error/1',
      code: 'E_USAGE',
      message: expect.stringContaining("unknown option '--dry-run'"),
      exitCode: 5,
      account: null,
    });
  });

  test('a group of commands without one of them shows its help', async () => {
    const { code, stderr } = await run(['keys']);

    expect(code).toBe(5);
    expect(stderr).toContain('Usage: vonage-gitops keys');
  });
});
