import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { type ApplicationId, parseApplicationId } from '../core/application.ts';
import { replaceFile } from '../disk/durable-file.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';

/** Which application a key belongs to. */
export interface KeyOwner {
  readonly name: string;
  readonly id?: ApplicationId;
}

const owner = z.object({ name: z.string(), id: z.string().exactOptional() }).transform(({ name, id }): KeyOwner => {
  const parsed = id === undefined ? undefined : parseApplicationId(id);
  return parsed === undefined ? { name } : { name, id: parsed };
});
const document = z.object({
  format: z.literal('vonage-gitops.keys'),
  schema: z.literal(1),
  keys: z.record(z.string(), owner),
});

type Owners = Map<string, KeyOwner>;
type Change = (owners: Owners) => void;

/**
 * Which application each key belongs to, in one file, for people who look for a key. Nothing is decided by it: one that does not
 * parse is put aside and begun anew.
 */
export class KeyIndex {
  readonly #path: string;
  #changes: readonly Change[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Owners by fingerprint. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async read(): Promise<ReadonlyMap<string, KeyOwner>> {
    return parseOwners(await this.#readText()) ?? new Map();
  }

  /** Resolves when the change is on the disk. Those that arrive while one is written share the next write. @throws {ReconcilerError} E_STATE_UNUSABLE */
  change(change: Change): Promise<void> {
    this.#changes = [...this.#changes, change];
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#write());
      this.#last = this.#next.catch(() => undefined); // its callers have the error
    }
    return this.#next;
  }

  async #write(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    this.#next = undefined;
    const text = await this.#readText();
    const owners = parseOwners(text) ?? new Map();
    for (const change of changes) change(owners);
    try {
      if (text !== undefined && parseOwners(text) === undefined) await rename(this.#path, `${this.#path}.unreadable`);
      await replaceFile(this.#path, formatOwners(owners));
    } catch (error) {
      throw stateError(this.#path, error);
    }
  }

  async #readText(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw stateError(this.#path, error);
    }
  }
}

function parseOwners(text: string | undefined): Owners | undefined {
  try {
    const parsed = document.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? new Map(Object.entries(parsed.data.keys)) : undefined;
  } catch {
    return undefined; // not JSON: put aside by the next write
  }
}

function formatOwners(owners: Owners): string {
  const keys = Object.fromEntries([...owners].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ format: 'vonage-gitops.keys', schema: 1, keys }, undefined, 2)}\n`;
}
