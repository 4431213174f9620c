import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import type { Bench, Ended } from '../cli/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the program for the tests of a file, in a folder of its own; answers with where it will be. */
export function bundled(): { readonly program: () => string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-bundle-'));
    const bundler = join(dirname(createRequire(import.meta.url).resolve('rolldown/package.json')), 'bin', 'cli.mjs');
    await promisify(execFile)(process.execPath, [bundler, '-c', 'rolldown.config.ts', '-d', folder], { cwd: root });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { program: () => join(folder, 'main.cjs') };
}

/** A command line in a process of its own. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a command in the bench's folder, with its state folder; `before` are shell commands that come first, in `wrapper` if given. */
export function start(
  program: string,
  bench: Bench,
  args: readonly string[],
  { before = 'true', wrapper = [] }: { readonly before?: string; readonly wrapper?: readonly string[] } = {},
): Running {
  const script = `${before} && exec "$NODE" "$PROGRAM" "$@"`;
  const [command = 'bash', ...parameters] = [...wrapper, 'bash', '-c', script, 'vonage-gitops', ...args];
  const child = spawn(command, [...parameters, '--state', bench.state], {
    cwd: bench.cwd,
    env: { ...bench.environment, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE: process.execPath, PROGRAM: program },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { process: child, ended: outcomeOf(child) };
}

/** Starts a command line of the shell, the program as its word `run`, at a terminal of its own, where its standard input is typed. */
export function startAtTerminal(program: string, bench: Bench, command: string): ChildProcess {
  const line = `run() { exec "$NODE" "$PROGRAM" "$@" --state "$STATE"; }; ${command}`;
  return spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    cwd: bench.cwd,
    env: {
      ...bench.environment,
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      SHELL: '/bin/sh',
      TERM: 'xterm',
      NODE: process.execPath,
      PROGRAM: program,
      STATE: bench.state,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** What a process said, and how it ended. */
export async function outcomeOf(child: ChildProcess): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => {
    said.stdout += text.toString();
  });
  child.stderr?.on('data', (text: Buffer) => {
    said.stderr += text.toString();
  });
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : -1, ...said };
}
