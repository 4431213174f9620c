import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gitProgram } from '../../src/git/program.ts';
import { eventually } from '../eventually.ts';

const searchPath = process.env['PATH'];
const home = '/nonexistent';
const timeoutMs = 120_000;
const real = gitProgram({ searchPath, home });

async function aDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'vonage-gitops-git-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A `git` of our own, found before the machine's. */
async function aGit(script: string) {
  const directory = await aDirectory();
  await writeFile(join(directory, 'git'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'git'), 0o755);
  return { directory, git: gitProgram({ searchPath: `${directory}:${searchPath}`, home }) };
}

async function aRepository(): Promise<string> {
  const top = await aDirectory();
  execFileSync('git', ['init', '--quiet', top]);
  return top;
}

test('what git writes is given as bytes, and what it reads is taken as it comes', async () => {
  const repository = await aRepository();
  async function* bytes() {
    yield Buffer.from([0xff, 0x00]);
    yield 'text';
  }

  const written = await real(['-C', repository, 'hash-object', '-w', '--stdin'], { input: bytes(), timeoutMs });
  const id = written.ended === 'exit' ? written.output.toString().trim() : '';
  const read = await real(['-C', repository, 'cat-file', 'blob', id], { timeoutMs });

  expect(read).toEqual({ ended: 'exit', code: 0, output: Buffer.from([0xff, 0x00, ...Buffer.from('text')]), said: '' });
});

test('a listener takes what git writes, and nothing is kept', async () => {
  const taken: Buffer[] = [];

  const end = await real(['--version'], { timeoutMs, onOutput: (bytes) => taken.push(bytes) });

  expect(end).toMatchObject({ ended: 'exit', code: 0, output: Buffer.alloc(0) });
  expect(Buffer.concat(taken).toString()).toMatch(/^git version /);
});

test('a failure has its code and what was said', async () => {
  const end = await real(['-C', await aDirectory(), 'rev-parse', '--git-dir'], { timeoutMs });

  expect(end).toMatchObject({ ended: 'exit', code: 128, said: expect.stringContaining('not a git repository') });
});

test('a git that does not read its input ends as it does', async () => {
  const { git } = await aGit('exit 3');
  const input = Array.from({ length: 1_000 }, () => 'x'.repeat(10_000));

  expect(await git(['any'], { input, timeoutMs })).toMatchObject({ ended: 'exit', code: 3 });
});

test('where there is no git it says so', async () => {
  const none = gitProgram({ searchPath: '/nonexistent', home });

  expect(await none(['--version'], { timeoutMs })).toEqual({ ended: 'not-started', errno: 'ENOENT' });
});

describe('it ends as a whole, with the processes it started', () => {
  const withChild = (trap: string) => `${trap}\n(${trap} sleep 1000) & echo $! > child; echo begun; wait; wait`;

  function childOf(directory: string): Promise<number> {
    return eventually(async () => {
      const pid = await readFile(join(directory, 'child'), 'utf8');
      expect(pid).toMatch(/^\d+\n$/);
      return Number(pid);
    });
  }

  /** One that waits to be reaped has ended. */
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return !existsSync(`/proc/${pid}/status`) || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };

  test.each([
    { title: 'when a stop is asked for', trap: '' },
    { title: 'also where it would rather go on', trap: "trap '' TERM;" },
  ])('$title', async ({ trap }) => {
    const { directory, git } = await aGit(`cd "$(dirname "$0")"; ${withChild(trap)}`);
    const stop = new AbortController();

    const running = git(['any'], { signal: stop.signal, timeoutMs });
    const child = await childOf(directory);
    expect(isAlive(child)).toBe(true);
    stop.abort();

    expect(await running).toMatchObject({ ended: 'killed', why: 'stopped' });
    await eventually(() => expect(isAlive(child)).toBe(false));
  });

  test('when it takes too long', async () => {
    const { git } = await aGit('sleep 1000');

    expect(await git(['any'], { timeoutMs: 50 })).toMatchObject({ ended: 'killed', why: 'timeout' });
  });

  test('when a stop was asked for before it began', async () => {
    const { git } = await aGit('sleep 1000');

    expect(await git(['any'], { timeoutMs, signal: AbortSignal.abort() })).toMatchObject({ why: 'stopped' });
  });

  test('when it writes too much', async () => {
    const { git } = await aGit('exec head -c 100000000 /dev/zero');

    expect(await git(['any'], { timeoutMs })).toMatchObject({ ended: 'killed', why: 'too-large' });
  });

  test('and a kill by somebody else is told apart', async () => {
    const { git } = await aGit('kill -9 $$');

    expect(await git(['any'], { timeoutMs })).toEqual({ ended: 'killed', why: 'signal', said: '' });
  });
});

test('where there is no file descriptor left it says so', async () => {
  const script = `
    import { openSync } from 'node:fs';
    import { gitProgram } from '${new URL('../../src/git/program.ts', import.meta.url).href}';
    try { for (;;) openSync('/dev/null', 'r'); } catch {}
    const end = await gitProgram({ searchPath: process.env.PATH, home: '/' })(['--version'], { timeoutMs: 10_000 });
    process.stdout.write(end.errno ?? JSON.stringify(end));
  `;
  const directory = await aDirectory();
  await writeFile(join(directory, 'script.mjs'), script);
  const command = 'ulimit -n 100 && exec "$0" --no-warnings "$1"';

  const said = execFileSync('sh', ['-c', command, process.execPath, join(directory, 'script.mjs')], { stdio: 'pipe' });

  expect(said.toString()).toBe('EMFILE');
});

test('its environment is made from nothing, and no program of a repository is allowed by its arguments', async () => {
  const { directory, git } = await aGit('cd "$(dirname "$0")"; env > seen; printf "%s\\n" "$@" > parameters');
  const foreign = { GIT_DIR: '/elsewhere', GIT_TRACE: '1', GIT_TRACE_REDACT: '0', VONAGE_API_SECRET: 'hunter22' };
  Object.assign(process.env, foreign);
  onTestFinished(() => {
    for (const name of Object.keys(foreign)) delete process.env[name];
  });

  const environment = { https_proxy: 'http://proxy:3128', GIT_TERMINAL_PROMPT: '1', HOME: '/root' };
  await git(['fetch', '--', 'x'], { timeoutMs, settings: [['safe.directory', '/srv/a b']], environment });

  const ofTheShell = /^(PWD|OLDPWD|SHLVL|_)=/;
  const lines = (await readFile(join(directory, 'seen'), 'utf8')).split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => !ofTheShell.test(line)).sort()).toEqual([
    'GIT_ASKPASS=false',
    'GIT_CONFIG_GLOBAL=/dev/null',
    'GIT_CONFIG_NOSYSTEM=1',
    'GIT_NO_LAZY_FETCH=1',
    'GIT_OPTIONAL_LOCKS=0',
    'GIT_TERMINAL_PROMPT=0',
    'HOME=/nonexistent',
    'LC_ALL=C',
    `PATH=${directory}:${searchPath}`,
    'https_proxy=http://proxy:3128',
  ]);
  const settings = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'gc.auto=0', 'protocol.allow=never'];
  const all = [...settings, 'safe.directory=/srv/a b'].flatMap((setting) => ['-c', setting]);
  expect(await readFile(join(directory, 'parameters'), 'utf8')).toBe(`${[...all, 'fetch', '--', 'x'].join('\n')}\n`);
});
