import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { allCommands } from '../../../docs/command-help.ts';
import { testWorld } from '../../world.ts';

async function outputOf(...args: readonly string[]): Promise<string> {
  const { context, stdout } = testWorld({ cwd: '/' });
  expect(await runCli(args, context)).toBe(0);
  return stdout();
}

/** What bash would offer after these words, as a person would press Tab behind the last one. */
async function completionsOf(...words: readonly string[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-completion-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const script = join(directory, 'completion.bash');
  await writeFile(script, await outputOf('completion', 'bash'));
  const press = `source "$1"; shift; COMP_WORDS=(vonage-gitops "$@"); COMP_CWORD=$#; _vonage_gitops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = execFileSync('bash', ['--norc', '-u', '-c', press, 'bash', script, ...words], { encoding: 'utf8' });
  return offered.split('\n').filter((word) => word !== '');
}

test.each([
  { words: ['pl'], offered: ['plan'] },
  { words: ['keys', ''], offered: ['list', 'path', 'check', 'deliver', 'prune', 'help'] },
  { words: ['keys', 'p'], offered: ['path', 'prune'] },
  { words: ['plan', '--for'], offered: ['--format'] },
  { words: ['plan', '--format', ''], offered: ['text', 'json', 'markdown'] },
  { words: ['plan', '--format', 'j'], offered: ['json'] },
  { words: ['keys', 'list', '--format', ''], offered: ['text', 'json'] },
  { words: ['schema', 'a'], offered: ['application'] },
  { words: ['completion', ''], offered: ['bash', 'zsh', 'fish'] },
  { words: ['plan', 'applications', '--det'], offered: ['--detailed-exitcode'] },
  { words: ['plan', '--out', ''], offered: [] },
  { words: ['--ver'], offered: ['--version'] },
])('bash completes $words with $offered', async ({ words, offered }) => {
  expect(await completionsOf(...words)).toEqual(offered);
});

test('every command is completed', async () => {
  const all = (await allCommands()).filter(({ name }) => name !== '' && !name.includes(' ')).map(({ name }) => name);

  expect(await completionsOf('')).toEqual([...all, 'help']);
});

test('the script of zsh loads what that of bash needs, and that of fish has conditions', async () => {
  const zsh = await outputOf('completion', 'zsh');
  const fish = await outputOf('completion', 'fish');

  expect(zsh).toMatch(/^#compdef vonage-gitops\n/);
  expect(zsh).toContain('bashcompinit');
  expect(zsh).toContain('complete -o default -F _vonage_gitops vonage-gitops');
  expect(fish).toContain(
    "complete -c vonage-gitops -f -n '__fish_use_subcommand' -a plan -d 'show what apply would do'",
  );
  expect(fish).toMatch(/-n '__fish_seen_subcommand_from plan' -l format -x -a 'text json markdown'/);
});

test('version says what a bug report needs', async () => {
  expect(await outputOf('version')).toMatch(
    /^vonage-gitops \d+\.\d+\.\d+\ncommit {3}\S+\nnode {5}v\d+\S* \(\w+, \w+\)\nformats {2}plan\/\d+, report\/\d+, ledger\/\d+\n$/,
  );
  const document = JSON.parse(await outputOf('version', '--format', 'json'));
  expect(document).toMatchObject({ format: 'vonage-gitops.version/1', node: process.version, commit: null });
  expect(document.formats).toContain('vonage-gitops.plan/2');
});
