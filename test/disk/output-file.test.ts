import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { writeOutputFile } from '../../src/disk/output-file.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('output-child.ts', import.meta.url));

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aFifo(): Promise<string> {
  const fifo = join(await aFolder(), 'fifo');
  await run('mkfifo', [fifo]);
  return fifo;
}

const noWait = () => Promise.reject(new Error('waited for a reader'));

/** In a shell, with `program FILE` being the process that writes. */
function inShell(line: string, cwd: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run('bash', ['--norc', '-c', `program() { "$NODE" "${child}" "$@"; }; ${line}`], {
    cwd,
    env: { PATH: '/usr/bin:/bin', NODE: process.execPath },
    timeout: 30_000,
  });
}

test('a regular file is replaced as a whole, for its owner only', async () => {
  const folder = await aFolder();
  const path = join(folder, 'plan.json');
  await writeFile(path, 'an old plan', { mode: 0o644 });
  const before = await stat(path);

  await writeOutputFile(path, 'a plan', noWait);

  const after = await stat(path);
  expect(await readFile(path, 'utf8')).toBe('a plan');
  expect(after.ino).not.toBe(before.ino);
  expect(after.mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['plan.json']);
});

test.each([
  { title: 'that leads to a file', target: 'an old and longer plan' },
  { title: 'that leads nowhere yet', target: undefined },
])('a link $title stays a link, and the file behind it has the text', async ({ target }) => {
  const folder = await aFolder();
  const link = join(folder, 'link.json');
  await symlink('real.json', link);
  if (target !== undefined) await writeFile(join(folder, 'real.json'), target);

  await writeOutputFile(link, 'a plan', noWait);

  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'real.json'), 'utf8')).toBe('a plan');
  expect(await readdir(folder)).toEqual(['link.json', 'real.json']);
});

test('a device that takes nothing is an error, and stays a device', async () => {
  const link = join(await aFolder(), 'link');
  await symlink('/dev/full', link);

  await expect(writeOutputFile(link, 'a plan', noWait)).rejects.toMatchObject({ code: 'ENOSPC' });

  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect((await lstat('/dev/full')).isCharacterDevice()).toBe(true);
});

test('a FIFO is waited for, and its reader gets all of a text that is larger than the pipe', async () => {
  const fifo = await aFifo();
  const text = 'a plan '.repeat(40_000);
  let reading: ReturnType<typeof run> | undefined;
  const startReader = async () => {
    reading ??= run('cat', [fifo], { maxBuffer: 2 * text.length });
  };

  await writeOutputFile(fifo, text, startReader);

  expect((await reading)?.stdout).toBe(text);
  expect((await lstat(fifo)).isFIFO()).toBe(true);
});

test('waiting for the reader of a FIFO can be given up', async () => {
  const fifo = await aFifo();

  await expect(writeOutputFile(fifo, 'a plan', noWait)).rejects.toThrow('waited for a reader');
});

test('a file that cannot be looked at is an error', async () => {
  const file = join(await aFolder(), 'file');
  await writeFile(file, '');

  await expect(writeOutputFile(join(file, 'plan'), 'a plan', noWait)).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('a process substitution gets the text', async () => {
  const folder = await aFolder();

  await inShell('program >(cat >sub.json); wait $!', folder);

  expect(await readFile(join(folder, 'sub.json'), 'utf8')).toBe('a plan');
});

test('a process substitution that no longer reads is an error, and not waited for', async () => {
  const folder = await aFolder();

  const untilGone = 'trap "" PIPE; exec 3> >(true); while echo >&3; do :; done 2>/dev/null';

  const ended = inShell(`${untilGone}; program /dev/fd/3`, folder);

  await expect(ended).rejects.toMatchObject({ stderr: expect.stringContaining('EPIPE') });
});

test('the standard output of the process gets the text, and stays what it is', async () => {
  const folder = await aFolder();

  const { stdout } = await inShell('program /dev/stdout | cat; ls -l /dev/stdout', folder);

  expect(stdout).toMatch(/^a plan.*\/dev\/stdout -> /);
});
