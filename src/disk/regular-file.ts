import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ReconcilerError } from '../core/errors.ts';

/** Opening a FIFO that nobody writes to would wait in the system, where no signal ends it. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** The text of a file of the state. Throws what the file system throws; E_STATE_UNUSABLE for what is no file, such as a FIFO. */
export async function readRegularFile(path: string): Promise<string> {
  const file = await openRegularFile(path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Opens a file of the state for reading. Throws as {@link readRegularFile} does. */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const file = await open(path, flags);
  try {
    assertRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** As {@link readRegularFile}, at once. */
export function readRegularFileSync(path: string): string {
  const file = openSync(path, flags);
  try {
    assertRegular(path, fstatSync(file));
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function assertRegular(path: string, stats: Stats): void {
  if (stats.isDirectory() || stats.isFile()) return; // reading a directory fails by itself; a socket does not even open
  const reason = `a ${stats.isFIFO() ? 'FIFO' : 'device'} exists where a file should be`;
  throw new ReconcilerError('E_STATE_UNUSABLE', { path, reason });
}
