import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ApplicationId } from '../core/application/application.ts';
import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { ReconcilerError } from '../core/errors.ts';
import { createFile, removeStaleTempFiles, syncDirectory } from '../disk/durable-file.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import {
  identityOf,
  ignoreByGit,
  makeAccountDirectory,
  makePrivateDirectory,
  openToOthers,
  refuseLink,
} from '../disk/state-directory.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import type { KeyStore, Log, PublicKey, WriteGuard } from '../reconcile/ports.ts';
import { KeyIndex } from './key-index.ts';
import type { KeyOwner } from './key-index-format.ts';
import { KeyPairs, publicHalf } from './key-pairs.ts';

/** Where the private keys of an account are. */
export interface KeyDirectoryOptions {
  readonly stateDirectory: string;
  readonly account: string;
  /** Instead of `<state>/<account>/keys`; relative to the state directory. No two accounts may share one. */
  readonly directory?: string;
  readonly log?: Pick<Log, 'warn'>;
  /** Whether this process may write; asked before each write. */
  readonly guard?: Pick<WriteGuard, 'assertHeld'>;
  /** PATH, in which git is looked for. */
  readonly searchPath?: string | undefined;
}

/** A key in the key directory, and whose it is as far as the index knows. */
export interface KeptKey extends Partial<KeyOwner> {
  readonly fingerprint: string;
  readonly path: string;
}

/** Whether the private key available is that of a live public key. */
export type KeyCheck = { readonly outcome: 'matches' } | { readonly outcome: 'differs'; readonly reason: string };

const fingerprintPattern = /^[0-9a-f]{64}$/;
const keyFilePattern = /^([0-9a-f]{64})\.pem$/;

/**
 * Private keys in a directory, one file each, named by fingerprint: never renamed, never overwritten, removed only by `prune`. No
 * private key ever leaves this class but into its file.
 */
export class KeyDirectory implements KeyStore {
  /** Absolute path of the directory. */
  readonly directory: string;
  readonly #options: KeyDirectoryOptions;
  readonly #index: KeyIndex;
  readonly #pairs = new KeyPairs();
  readonly #undelivered = new Map<string, string>();
  /** Identity of the directory that was made ready. */
  #ready: Promise<string | undefined> | undefined;

  constructor(options: KeyDirectoryOptions) {
    const { stateDirectory, account, directory } = options;
    this.directory = resolve(stateDirectory, directory ?? join(account, 'keys'));
    this.#options = options;
    this.#index = new KeyIndex(join(this.directory, 'index.json'));
  }

  prepare(count: number): void {
    this.#pairs.prepare(count);
  }

  async generate(): Promise<PublicKey> {
    const { fingerprint, pem, privatePem } = await this.#pairs.take();
    this.#undelivered.set(fingerprint, privatePem);
    return { fingerprint, pem };
  }

  /** @throws {ReconcilerError} E_KEY_DIRECTORY_TRACKED, E_KEY_DIRECTORY_UNCHECKED, E_KEY_NOT_FOUND, E_KEY_UNREADABLE, E_STATE_UNUSABLE */
  async store(fingerprint: string): Promise<string> {
    await this.#options.guard?.assertHeld();
    const path = this.path(fingerprint);
    const privatePem = this.#undelivered.get(fingerprint);
    if (privatePem !== undefined) {
      await this.#prepareDirectory();
      await this.#write(path, privatePem);
    }
    if ((await this.find(fingerprint)) === undefined) throw this.#notFound(fingerprint);
    this.#undelivered.delete(fingerprint);
    return path;
  }

  /** @throws {ReconcilerError} E_KEY_UNREADABLE when the file holds anything but that key; E_STATE_UNUSABLE */
  async find(fingerprint: string): Promise<PublicKey | undefined> {
    const privatePem = await this.#read(fingerprint);
    if (privatePem === undefined) return undefined;
    const found = publicHalf(privatePem);
    if (found?.fingerprint === fingerprint) return found;
    const reason =
      found === undefined ? 'it is not a valid private key, or truncated' : 'it is not the key that its file name says';
    throw new ReconcilerError('E_KEY_UNREADABLE', { path: this.path(fingerprint), reason });
  }

  /** @throws {ReconcilerError} E_STATE_UNUSABLE */
  async list(): Promise<readonly string[]> {
    this.#refuseLink();
    try {
      const names = await readdir(this.directory);
      return names.flatMap((name) => keyFilePattern.exec(name)?.slice(1) ?? []).sort();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw stateError(this.directory, error);
    }
  }

  /** @throws {ReconcilerError} E_KEY_DIRECTORY_TRACKED, E_KEY_DIRECTORY_UNCHECKED, E_STATE_UNUSABLE */
  async label(fingerprint: string, owner: { readonly name: string; readonly id?: ApplicationId }): Promise<void> {
    await this.#options.guard?.assertHeld();
    await this.#prepareDirectory();
    await this.#index.change((owners) => {
      // A key is made for a name, and for an id only later; the id is not forgotten when only the name is given again.
      const id = owner.id ?? owners.get(fingerprint)?.id;
      owners.set(fingerprint, id === undefined ? { name: owner.name } : { name: owner.name, id });
    });
  }

  /** Every key in the directory with its owner, in the order of fingerprints. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async inventory(): Promise<readonly KeptKey[]> {
    const [fingerprints, owners] = await Promise.all([this.list(), this.#index.read()]);
    return fingerprints.map((fingerprint) => ({
      fingerprint,
      path: this.path(fingerprint),
      ...owners.get(fingerprint),
    }));
  }

  /** The keys of the application with this name or id; several when its key was rotated. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async lookup(nameOrId: string): Promise<readonly KeptKey[]> {
    return (await this.inventory()).filter(({ name, id }) => name === nameOrId || id === nameOrId);
  }

  /** Where the key with this fingerprint is, or would be. */
  path(fingerprint: string): string {
    if (!fingerprintPattern.test(fingerprint)) throw new Error('not a fingerprint');
    return join(this.directory, `${fingerprint}.pem`);
  }

  /**
   * Proves that the private key available and a live public key are one pair: something random, signed by the one, is verified by
   * the other.
   * @throws {ReconcilerError} E_KEY_NOT_FOUND, E_STATE_UNUSABLE
   */
  async check(fingerprint: string, livePublicKey: string): Promise<KeyCheck> {
    const privatePem = await this.#read(fingerprint);
    if (privatePem === undefined) throw this.#notFound(fingerprint);
    if (fingerprintOf(livePublicKey) === undefined) return differs('the live public key cannot be parsed');
    if (publicHalf(privatePem) === undefined) return differs('the private key cannot be parsed');
    const proven = provesPair(privatePem, livePublicKey);
    return proven
      ? { outcome: 'matches' }
      : differs('the live public key does not verify signatures of the private key');
  }

  /** Removes a private key permanently. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async prune(fingerprint: string): Promise<void> {
    await this.#options.guard?.assertHeld();
    const path = this.path(fingerprint);
    try {
      await rm(path);
      await syncDirectory(this.directory);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw stateError(path, error);
    }
    if ((await this.#index.read()).has(fingerprint)) await this.#index.change((owners) => owners.delete(fingerprint));
  }

  /** Removes private keys that killed processes left half written. Only while no other process writes here. @throws {ReconcilerError} E_STATE_UNUSABLE */
  sweep(): Promise<void> {
    return removeStaleTempFiles(this.directory, (name) => keyFilePattern.test(name) || name === 'index.json');
  }

  async #write(path: string, privatePem: string): Promise<void> {
    try {
      await createFile(path, privatePem); // false: it is there already, and read back like a new one
    } catch (error) {
      throw stateError(path, error);
    }
  }

  async #read(fingerprint: string): Promise<string | undefined> {
    const path = this.path(fingerprint);
    this.#refuseLink();
    return readIfThere(path);
  }

  #notFound(fingerprint: string): ReconcilerError {
    return new ReconcilerError('E_KEY_NOT_FOUND', { application: fingerprint, directory: this.directory });
  }

  /** Once for each directory that is ever at this path: one that was removed or replaced is another. */
  async #prepareDirectory(): Promise<void> {
    this.#refuseLink();
    if (this.#ready !== undefined && (await this.#ready) !== (await identityOf(this.directory)))
      this.#ready = undefined;
    this.#ready ??= this.#makeDirectory().then(() => identityOf(this.directory));
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined; // the disk may be fixed by the next time
      throw error;
    }
  }

  /** A directory that the configuration names may be a link: it was chosen. */
  #refuseLink(): void {
    if (this.#options.directory === undefined) refuseLink(this.directory);
  }

  async #makeDirectory(): Promise<void> {
    const { stateDirectory, account, directory, log, searchPath } = this.#options;
    await makeAccountDirectory(resolve(stateDirectory, account));
    await makePrivateDirectory(this.directory);
    if (directory !== undefined) await ignoreByGit(this.directory);
    await this.#index.prepare();
    const { assertNotTracked } = await import('./tracked-by-git.ts'); // a run that makes no key starts sooner without it
    await assertNotTracked(this.directory, searchPath);
    const mode = await openToOthers(this.directory);
    if (mode !== undefined) log?.warn({ path: this.directory, mode }, 'key directory is accessible to other users');
  }
}

function provesPair(privatePem: string, publicPem: string): boolean {
  const challenge = randomBytes(32);
  const signature = sign('sha256', challenge, createPrivateKey(privatePem));
  try {
    return verify('sha256', challenge, createPublicKey(publicPem), signature);
  } catch {
    return false; // it has the form of a key, and cannot be used as one
  }
}

function differs(reason: string): KeyCheck {
  return { outcome: 'differs', reason };
}
