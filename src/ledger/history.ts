import { open, rename } from 'node:fs/promises';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { stateError } from '../disk/state-error.ts';

/** A history file of this many bytes is put aside, and the one put aside before it goes. */
const largestBytes = 1024 * 1024;

/** What happened, one line of JSON each, newest last; the last one to two megabytes are kept. */
export class History {
  readonly #path: string;
  readonly #largest: number;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, largest = largestBytes) {
    this.#path = path;
    this.#largest = largest;
  }

  /** On the disk when it resolves. @throws {ReconcilerError} E_STATE_UNUSABLE */
  append(events: readonly JsonObject[]): Promise<void> {
    const next = this.#last.then(() => this.#append(events));
    this.#last = next.catch(() => undefined); // the caller has the error; the next event is tried all the same
    return next;
  }

  /** Newest last. Lines that a crash cut short are left out. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async read(): Promise<readonly JsonObject[]> {
    const texts = await Promise.all([`${this.#path}.1`, this.#path].map(readIfThere));
    return texts
      .join('\n')
      .split('\n')
      .flatMap((line) => parseLine(line));
  }

  async #append(events: readonly JsonObject[]): Promise<void> {
    try {
      const size = await this.#write(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      if (size > this.#largest) await rename(this.#path, `${this.#path}.1`);
    } catch (error) {
      throw stateError(this.#path, error);
    }
  }

  async #write(text: string): Promise<number> {
    const file = await open(this.#path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
      const cutShort = bytesRead === 1 && buffer[0] !== 0x0a;
      await file.appendFile(cutShort ? `\n${text}` : text);
      await file.sync();
      return size + text.length;
    } finally {
      await file.close();
    }
  }
}

function parseLine(line: string): readonly JsonObject[] {
  const event = parseJson(line);
  return isJsonObject(event) ? [event] : []; // empty, or cut short by a crash
}
