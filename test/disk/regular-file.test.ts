import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRegularFile, readRegularFileSync } from '../../src/disk/regular-file.ts';

const run = promisify(execFile);
let directory = '';
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-regular-'));
});

afterEach(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

const both: readonly ((path: string) => Promise<string>)[] = [
  readRegularFile,
  async (path) => readRegularFileSync(path),
];

test.each([
  { title: 'a FIFO', make: (path: string) => run('mkfifo', [path]), said: /a FIFO exists where a file/ },
  { title: 'a device', make: (path: string) => symlink('/dev/zero', path), said: /a device exists where a file/ },
  { title: 'a socket', make: listen, said: /ENXIO/ },
  { title: 'a directory', make: (path: string) => mkdir(path), said: /EISDIR/ },
  { title: 'nothing', make: () => undefined, said: /ENOENT/ },
])('$title is not read, and nothing waits for it', async ({ make, said }) => {
  const path = join(directory, 'PAUSE');
  await make(path);

  for (const read of both) await expect(read(path)).rejects.toThrow(said);
});

test('a link to a file is read as the file', async () => {
  await writeFile(join(directory, 'file'), 'text\n');
  await symlink('file', join(directory, 'PAUSE'));

  for (const read of both) await expect(read(join(directory, 'PAUSE'))).resolves.toBe('text\n');
});

function listen(path: string): Promise<void> {
  return new Promise((resolve) => {
    server = createServer().listen(path, resolve);
  });
}
