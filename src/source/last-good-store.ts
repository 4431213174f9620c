import { readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { replaceFile, syncDirectory } from '../disk/durable-file.ts';
import { readRegularFileSync } from '../disk/regular-file.ts';
import { makeAccountDirectory, makeStateDirectory, refuseLink } from '../disk/state-directory.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import type { Log } from '../reconcile/ports.ts';
import { formText, type KeptManifest, parseForm } from './last-good-form.ts';

const formFile = /^([0-9a-f]{64})\.json$/;
const temporaryFile = /^\..*\.tmp$/;
const revisionFile = 'complete-revision';
/** Files written at a time: each waits for the disk. */
const writers = 8;

/** Last good forms of one account in a directory of its own (0700), a file each (0600), named by hashes. */
export class LastGoodStore {
  readonly #directory: string;
  readonly #log: Log;
  readonly #forms = new Map<string, KeptManifest>();
  /** Keys of forms that are on the disk exactly as they are in memory. */
  readonly #saved = new Set<string>();
  #completeRevision: string | undefined;
  #made = false;

  /** Reads what is kept; what cannot be understood is left out. @throws {ReconcilerError} E_STATE_UNUSABLE */
  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
    try {
      this.#read();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw stateError(directory, error);
    }
  }

  /** By key. */
  get forms(): ReadonlyMap<string, KeptManifest> {
    return this.#forms;
  }

  /** The last revision in which every manifest was valid. */
  get completeRevision(): string | undefined {
    return this.#completeRevision;
  }

  /**
   * Keeps these forms. One that cannot be written is kept in memory, and what the disk held in its place is removed: after a restart
   * none is better than an older one.
   * @throws {ReconcilerError} E_STATE_UNUSABLE when an older form can be neither replaced nor removed
   */
  async keep(forms: ReadonlyMap<string, KeptManifest>): Promise<void> {
    const pending = [...forms];
    const write = async () => {
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) await this.#keepOne(...next);
    };
    await Promise.all(Array.from({ length: writers }, write));
  }

  /** Whether exactly this form is kept, on the disk, too. */
  holds(key: string, form: KeptManifest): boolean {
    const kept = this.#forms.get(key);
    return kept !== undefined && this.#saved.has(key) && formText(kept) === formText(form);
  }

  /** Forgets forms, on the disk as well. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    try {
      for (const key of keys) {
        await rm(this.#pathOf(key), { force: true });
        this.#forms.delete(key);
        this.#saved.delete(key);
      }
      if (this.#made) await syncDirectory(this.#directory);
    } catch (error) {
      throw stateError(this.#directory, error);
    }
  }

  /** Notes a revision in which every manifest is valid. For information only: a full disk does not matter. */
  async noteComplete(revision: string): Promise<void> {
    if (revision === this.#completeRevision) return;
    this.#completeRevision = revision;
    try {
      await this.#write(join(this.#directory, revisionFile), `${revision}\n`);
    } catch (error) {
      this.#log.warn({ err: messageOf(error) }, 'the last valid revision could not be recorded');
    }
  }

  #read(): void {
    refuseLink(this.#directory);
    const names = readdirSync(this.#directory);
    this.#made = true;
    for (const name of names) {
      if (temporaryFile.test(name)) rmSync(join(this.#directory, name), { force: true }); // of a process that died writing
      const key = formFile.exec(name)?.[1];
      if (key === undefined) continue;
      const form = parseForm(readRegularFileSync(join(this.#directory, name)));
      if (form === undefined) {
        this.#log.warn({ path: join(this.#directory, name) }, 'a last good manifest is unreadable and was not used');
        continue;
      }
      this.#forms.set(key, form);
      this.#saved.add(key);
    }
    if (names.includes(revisionFile)) {
      this.#completeRevision = readRegularFileSync(join(this.#directory, revisionFile)).trim();
    }
  }

  async #keepOne(key: string, form: KeptManifest): Promise<void> {
    const hadOlder = this.#saved.delete(key);
    this.#forms.set(key, form);
    try {
      await this.#write(this.#pathOf(key), formText(form));
      this.#saved.add(key);
    } catch (error) {
      const fields = { file: form.file, err: messageOf(error) };
      this.#log.warn(
        fields,
        'a valid manifest could not be stored: if it becomes invalid after a restart, its application is left unchanged',
      );
      if (hadOlder) await this.#removeOlder(key);
    }
  }

  async #removeOlder(key: string): Promise<void> {
    try {
      await rm(this.#pathOf(key), { force: true });
      await syncDirectory(this.#directory);
    } catch (error) {
      throw stateError(this.#directory, error);
    }
  }

  async #write(path: string, text: string): Promise<void> {
    if (!this.#made) {
      await makeAccountDirectory(dirname(this.#directory));
      await makeStateDirectory(this.#directory);
      this.#made = true;
    }
    await replaceFile(path, text);
  }

  #pathOf(key: string): string {
    return join(this.#directory, `${key}.json`);
  }
}
