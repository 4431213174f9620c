import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ApplicationRecord } from './applications/record.ts';
import type { JsonObject } from './json.ts';
import { type OwnedNumber, ownedNumberSchema } from './numbers/owned-number.ts';

const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const applications = z.array(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    publicKey: z.string().exactOptional(),
    privacy: jsonObject.exactOptional(),
    capabilities: jsonObject,
    spelling: z.enum(['connect_timeout', 'connection_timeout']),
    extra: jsonObject.exactOptional(),
  }),
);

/** Version 1 has no numbers. */
const fileSchema = z.discriminatedUnion('version', [
  z.strictObject({ version: z.literal(1), applications }).transform((file) => ({ ...file, numbers: [] })),
  z.strictObject({ version: z.literal(2), applications, numbers: z.array(ownedNumberSchema) }),
]);

/** What of an account outlives the process. */
export interface AccountData {
  readonly applications: readonly ApplicationRecord[];
  readonly numbers: readonly OwnedNumber[];
}

/** What is in a data file; nothing if there is no file. @throws {Error} naming the file if it is not one of ours */
export async function loadDataFile(file: string | undefined): Promise<AccountData> {
  if (file === undefined) return { applications: [], numbers: [] };
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return { applications: [], numbers: [] };
  try {
    return fileSchema.parse(JSON.parse(content));
  } catch (cause) {
    throw new Error(`${file} is not an emulator data file: move it or choose another file`, { cause });
  }
}

/** Writes an account to a file, atomically, readable by the owner only; changes in one moment share one write. */
export class DataFile {
  readonly #file: string | undefined;
  readonly #data: () => AccountData;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #latest: Promise<void> = Promise.resolve();

  /** Without a file, nothing is ever written. */
  constructor(file: string | undefined, data: () => AccountData) {
    this.#file = file;
    this.#data = data;
  }

  /** To be called after each change. */
  changed(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#next ??= this.#writing
      .catch(() => undefined) // whoever waited for that write was told; this one may succeed
      .then(() => {
        this.#next = undefined;
        this.#writing = this.#write(file);
        return this.#writing;
      });
    this.#latest = this.#next;
    this.#latest.catch(() => undefined); // told to whoever waits for saved()
  }

  /** Resolves when every change so far is in the file. Rejects if it cannot be written. */
  saved(): Promise<void> {
    return this.#latest;
  }

  async #write(file: string): Promise<void> {
    const { applications, numbers } = this.#data();
    const content = JSON.stringify({ version: 2, applications, numbers });
    const fresh = `${file}.${process.pid}.new`;
    await writeFile(fresh, `${content}\n`, { mode: 0o600, flush: true });
    await rename(fresh, file);
  }
}
