import { rename } from 'node:fs/promises';
import { replaceFile } from '../disk/durable-file.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { stateError } from '../disk/state-error.ts';
import type { KeyOwner, Owners } from './key-index-format.ts';

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

  /** Loads what a change needs: once an application is created for a key, nothing may be missing that notes it. */
  async prepare(): Promise<void> {
    await format();
  }

  /** Owners by fingerprint. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async read(): Promise<ReadonlyMap<string, KeyOwner>> {
    const { parseOwners } = await format();
    return parseOwners((await readIfThere(this.#path)) ?? '') ?? new Map();
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
    const { formatOwners, parseOwners } = await format();
    const text = await readIfThere(this.#path);
    const known = text === undefined ? new Map() : parseOwners(text);
    const owners = known ?? new Map();
    for (const change of changes) change(owners);
    try {
      if (known === undefined) await rename(this.#path, `${this.#path}.unreadable`);
      await replaceFile(this.#path, formatOwners(owners));
    } catch (error) {
      throw stateError(this.#path, error);
    }
  }
}

/** Loaded with the first key: a run that needs none starts sooner without it. */
function format() {
  return import('./key-index-format.ts');
}
