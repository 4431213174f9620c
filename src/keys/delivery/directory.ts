import { join } from 'node:path';
import type { ApplicationId } from '../../core/application/application.ts';
import { readRegularFile } from '../../disk/regular-file.ts';
import type { DeliveryContext, KeyFacts, KeyTarget, WriteGuard } from '../../reconcile/ports.ts';
import { publicHalf } from '../key-pairs.ts';
import { applicationsFileName, formatApplications, parseApplications, withDelivered } from './applications-file.ts';
import { DeliveryRefused, deliveryError } from './delivery-error.ts';
import { DirectoryFiles, type SoughtKey } from './directory-files.ts';
import { directoryProblem } from './directory-problem.ts';
import { activeName, preparedName } from './file-names.ts';

/** A directory that private keys are written to for those who use them. */
export interface DirectoryTargetOptions {
  readonly account: string;
  /** Absolute path. */
  readonly path: string;
  /** Name of a file in it, with placeholders. */
  readonly file: string;
  /** Permission bits of the files. */
  readonly mode: number;
  /** The account's own key directory, which is another one. */
  readonly keyDirectory: string;
  /** Whether this process may write; asked right before each write. */
  readonly guard?: Pick<WriteGuard, 'assertHeld'>;
}

type ActiveKey = KeyFacts & { readonly id: ApplicationId };

/**
 * Private keys as files in a directory, for programs on this machine or with this volume, and beside them a file that says which belongs to
 * which application. A file appears whole or not at all, and none is ever removed.
 */
export class DirectoryTarget implements KeyTarget {
  readonly name: string;
  readonly #options: DirectoryTargetOptions;
  readonly #files: DirectoryFiles;

  constructor(options: DirectoryTargetOptions) {
    this.name = `directory ${options.path}`;
    this.#options = options;
    this.#files = new DirectoryFiles(options.mode, options.guard);
  }

  fileFor(key: KeyFacts): string {
    return this.#pathOf(activeName(this.#options.file, this.#options.account, key));
  }

  /** @throws {ReconcilerError} E_KEY_DELIVERY, E_LOCK_LOST */
  prepared(key: KeyFacts & { readonly privateKeyFile: string }, context: DeliveryContext): Promise<void> {
    return this.#telling(key, async () => {
      await this.#assertUsable();
      const privatePem = await readRegularFile(key.privateKeyFile);
      if (publicHalf(privatePem)?.fingerprint !== key.fingerprint)
        throw new DeliveryRefused(`${key.privateKeyFile} is not its private key`);
      await this.#prepare(privatePem, key, this.#sought(key, context));
    });
  }

  /** @throws {ReconcilerError} E_KEY_DELIVERY, E_LOCK_LOST */
  active(key: ActiveKey, context: DeliveryContext): Promise<void> {
    return this.#telling(key, async () => {
      await this.#assertUsable();
      await this.#activate(key, this.#sought(key, context));
      await this.#index(key, context);
    });
  }

  /** Where nothing is in use yet, the key is put in its place at once: whoever looks for it there may use it as soon as it is live. */
  async #prepare(privatePem: string, key: KeyFacts, sought: SoughtKey): Promise<void> {
    const active = this.fileFor(key);
    const found = active.includes('{id}') ? 'another delivered key' : await this.#files.look(active, sought);
    if (found !== 'another delivered key') return this.#files.place(active, privatePem, found);
    const next = this.#nextOf(key);
    await this.#files.place(next, privatePem, await this.#files.look(next, sought));
  }

  async #activate(key: ActiveKey, sought: SoughtKey): Promise<void> {
    const active = this.fileFor(key);
    const found = await this.#files.look(active, sought);
    if (isThisKey(found)) return;
    const { id: _id, ...withoutId } = key;
    for (const next of [this.#nextOf(key), this.#nextOf(withoutId)]) {
      if (isThisKey(await this.#files.look(next, sought))) return this.#files.move(next, active);
    }
    throw new DeliveryRefused(`${active} does not have its key, and none waits for it: run "keys deliver"`);
  }

  /** Says which file belongs to which application: as the ledger knows, and as the file says of what the ledger does not know. */
  async #index(key: ActiveKey, { delivered }: DeliveryContext): Promise<void> {
    const { account, path: directory } = this.#options;
    const path = this.#pathOf(applicationsFileName);
    const text = await this.#files.read(path);
    const known = text === undefined ? { account, applications: [] } : parseApplications(text);
    if (known === undefined) throw new DeliveryRefused(`${path} was not written by this program: move it`);
    if (known.account !== account) {
      const remedy = 'each account needs a directory of its own';
      throw new DeliveryRefused(`${directory} has the keys of account ${known.account}: ${remedy}`);
    }
    const here = delivered.filter(({ target }) => target === this.name);
    const wanted = formatApplications(withDelivered(known, here, { ...key, file: this.fileFor(key) }));
    if (wanted !== text) await this.#files.replace(path, wanted);
  }

  async #assertUsable(): Promise<void> {
    const problem = await directoryProblem(this.#options.path, this.#options.keyDirectory);
    if (problem !== undefined) throw new DeliveryRefused(problem);
  }

  #sought({ fingerprint }: KeyFacts, { delivered }: DeliveryContext): SoughtKey {
    const here = delivered.filter(({ target }) => target === this.name);
    return { fingerprint, ours: new Set(here.map((one) => one.fingerprint)) };
  }

  #nextOf(key: KeyFacts): string {
    return this.#pathOf(preparedName(this.#options.file, this.#options.account, key));
  }

  #pathOf(name: string): string {
    return join(this.#options.path, name);
  }

  async #telling(key: KeyFacts, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw deliveryError(key, this.name, error);
    }
  }
}

function isThisKey(found: Awaited<ReturnType<DirectoryFiles['look']>>): boolean {
  return found === 'this key' || found === 'this key with another mode';
}
