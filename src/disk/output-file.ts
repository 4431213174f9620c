import { constants } from 'node:fs';
import { access, type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from './durable-file.ts';
import { errnoOf } from './state-error.ts';

/** Whether that could work, before there is anything to write. Creates and opens nothing. Throws what the file system throws. */
export async function checkOutputFile(path: string): Promise<void> {
  const found = await stat(path).catch(orIfMissing(undefined));
  if (found?.isDirectory()) await (await open(path, 'r+')).close(); // the system says why that fails
  if (found === undefined) await access(dirname(path), constants.W_OK | constants.X_OK);
}

/**
 * Writes a file that a person named. A regular one, or none yet, is replaced as a whole (mode 0600); a link, a FIFO or a device stays what
 * it is and is written to, as with a redirection of a shell. `wait` is called again and again while a FIFO has no reader, until it
 * rejects. Throws what the file system throws.
 */
export async function writeOutputFile(path: string, text: string, wait: () => Promise<void>): Promise<void> {
  const isReplaced = await lstat(path).then((found) => found.isFile(), orIfMissing(true));
  if (isReplaced) return replaceFile(path, text);
  const isFifo = await stat(path).then((found) => found.isFIFO(), orIfMissing(false));
  const file = await (isFifo ? openFifo(path, wait) : open(path, 'w', 0o600));
  try {
    await file.writeFile(text);
    if ((await file.stat()).isFile()) await file.sync();
  } finally {
    await file.close();
  }
}

function orIfMissing<Answer>(answer: Answer): (error: unknown) => Answer {
  return (error) => {
    if (errnoOf(error) === 'ENOENT') return answer;
    throw error;
  };
}

/** Opening a FIFO that nobody reads would wait in the system, where no signal ends it: here it is asked whether there is a reader. */
async function openFifo(path: string, wait: () => Promise<void>): Promise<FileHandle> {
  let probe = await openIfRead(path);
  while (probe === undefined) {
    await wait();
    probe = await openIfRead(path);
  }
  try {
    return await open(path, 'w'); // a second time, because a write to the first would not wait for a slow reader
  } finally {
    await probe.close(); // not earlier: without any writer the reader would see the end
  }
}

/** Only a FIFO with a name can get a reader later; a pipe that lost its own, as in `>(…)`, opens, and what is written to it fails. */
async function openIfRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) !== 'ENXIO') throw error;
    return undefined;
  }
}
