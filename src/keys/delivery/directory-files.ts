import { lstat, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile, replaceFile, syncDirectory } from '../../disk/durable-file.ts';
import { readRegularFile } from '../../disk/regular-file.ts';
import { errnoOf } from '../../disk/state-error.ts';
import type { WriteGuard } from '../../reconcile/ports.ts';
import { publicHalf } from '../key-pairs.ts';
import { DeliveryRefused } from './delivery-error.ts';

/** What is at a path where a key is to be. */
export type Found = 'nothing' | 'this key' | 'this key with another mode' | 'another delivered key';

/** A key, and how to tell it and others of ours from what is foreign. */
export interface SoughtKey {
  readonly fingerprint: string;
  /** Fingerprints of the keys that were delivered here. */
  readonly ours: ReadonlySet<string>;
}

/** Most that a file can hold that this program wrote, in bytes. */
const largestFile = 16 * 1024 * 1024;

/** Files with private keys in a directory that is not ours alone: what this program did not write there is never replaced, nor written through. */
export class DirectoryFiles {
  readonly #mode: number;
  readonly #guard: Pick<WriteGuard, 'assertHeld'> | undefined;

  constructor(mode: number, guard: Pick<WriteGuard, 'assertHeld'> | undefined) {
    this.#mode = mode;
    this.#guard = guard;
  }

  /** @throws {DeliveryRefused} for what this program did not put there */
  async look(path: string, { fingerprint, ours }: SoughtKey): Promise<Found> {
    const text = await this.read(path);
    if (text === undefined) return 'nothing';
    const found = publicHalf(text)?.fingerprint;
    if (found === fingerprint) return (await this.#isAsWanted(path)) ? 'this key' : 'this key with another mode';
    if (found !== undefined && ours.has(found)) return 'another delivered key';
    throw new DeliveryRefused(`${path} holds something that was not delivered there: move it, or choose another file`);
  }

  /** The text of a plain file; undefined when there is nothing. @throws {DeliveryRefused} for anything else, such as a link */
  async read(path: string): Promise<string | undefined> {
    const found = await orIfMissing(lstat(path));
    if (found === undefined) return undefined;
    if (found.isSymbolicLink())
      throw new DeliveryRefused(`${path} is a symbolic link, and links are not followed: remove it`);
    if (!found.isFile() || found.size > largestFile)
      throw new DeliveryRefused(`${path} is not a file that this program wrote: move it`);
    return orIfMissing(readRegularFile(path));
  }

  /** Writes a private key where `look` has found this. Whole or not at all, and on the disk when the promise resolves. */
  async place(path: string, privatePem: string, found: Found): Promise<void> {
    if (found === 'this key') return;
    if (found !== 'nothing') return this.replace(path, privatePem);
    await this.#guard?.assertHeld();
    if (await createFile(path, privatePem, this.#mode)) return;
    throw new DeliveryRefused(`${path} was written by another program at the same moment`);
  }

  async replace(path: string, text: string): Promise<void> {
    await replaceFile(path, text, async () => this.#guard?.assertHeld(), this.#mode);
  }

  /** Puts one file in the place of another, in one step. */
  async move(from: string, to: string): Promise<void> {
    await this.#guard?.assertHeld();
    await rename(from, to);
    await syncDirectory(dirname(to));
  }

  async #isAsWanted(path: string): Promise<boolean> {
    return ((await stat(path)).mode & 0o777) === this.#mode;
  }
}

async function orIfMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
