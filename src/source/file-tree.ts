import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import picomatch from 'picomatch';
import { compareTexts } from '../core/compare.ts';
import { ReconcilerError } from '../core/errors.ts';
import { fileReason } from '../core/mistakes/file-reason.ts';
import type { Steps } from '../core/steps.ts';
import { isPassedOver } from './watch-points.ts';

/** One manifest file of a listing. */
interface ListedFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** Changes whenever the file is replaced or written: device, inode, size and times. */
  readonly stamp: string;
  /** Bytes. */
  readonly size: number;
}

/** Something below the root that should be read and cannot be. */
export interface UnreadablePath {
  readonly path: string;
  readonly reason: string;
}

/** All manifest files below a root at one moment, in the order of their paths. */
export interface Listing {
  /** The root with every link resolved: what was listed is read from there, even if a link is turned elsewhere meanwhile. */
  readonly root: string;
  readonly files: readonly ListedFile[];
  readonly unreadable: readonly UnreadablePath[];
}

/** A file's content, or why it cannot be used. */
export type FileContent = { readonly text: string; readonly stamp: string } | { readonly reason: string };

/** A directory of manifests, to be listed and read. */
export interface FileTree {
  /** In steps. @throws {ReconcilerError} E_SOURCE_UNREADABLE when the root is missing, no directory, or closed to us. */
  list(): Steps<Listing>;
  /** Reads a file below the real root of a listing. Links are followed only inside it. */
  read(root: string, path: string, maxBytes: number): FileContent;
}

/** Whether a file of this name is read as manifests. */
export function isManifestName(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}

/** Whether a link of this name could lead to a directory of manifests, or be one. */
export function couldHoldManifests(path: string): boolean {
  return isManifestName(path) || !basename(path).includes('.');
}

/** Entries of a directory looked at in one step. */
const entriesPerStep = 32;

/** A directory on the disk. Each step is synchronous: for thousands of small files that is several times faster. */
export class DiskTree implements FileTree {
  readonly #root: string;
  readonly #isExcluded: (path: string) => boolean;

  constructor(root: string, exclude: readonly string[]) {
    this.#root = root;
    const matches = exclude.length === 0 ? () => false : picomatch([...exclude], { dot: true });
    // `directory/**` leaves the directory itself out as well, so that it is not even opened.
    this.#isExcluded = (path) => matches(path) || matches(`${path}/`);
  }

  *list(): Steps<Listing> {
    const root = this.#realRoot();
    const files: ListedFile[] = [];
    const unreadable: UnreadablePath[] = [];
    yield* this.#walk({ root, directory: '', real: root, above: [root], files, unreadable });
    files.sort((one, other) => compareTexts(one.path, other.path));
    return { root, files, unreadable };
  }

  read(root: string, path: string, maxBytes: number): FileContent {
    try {
      const real = realpathSync.native(join(root, path));
      if (!isInside(real, root)) return { reason: 'the link leads out of the manifest directory' };
      const stats = statSync(real);
      const problem = fileProblem(stats, maxBytes);
      if (problem !== undefined) return { reason: problem };
      const text = readFileSync(real, 'utf8');
      // Only where bytes were replaced, or seem so, are they looked at themselves: reading text at once is twice as fast.
      if (text.includes('\uFFFD') && !isUtf8(readFileSync(real))) return { reason: 'it is not UTF-8 text' };
      return { text, stamp: stampOf(stats) };
    } catch (error) {
      return { reason: fileReason(error) };
    }
  }

  #realRoot(): string {
    try {
      const real = realpathSync.native(this.#root);
      if (statSync(real).isDirectory()) return real;
    } catch (error) {
      throw rootError(this.#root, error);
    }
    throw new ReconcilerError('E_SOURCE_UNREADABLE', { path: this.#root, reason: 'it is not a directory' });
  }

  *#walk(at: Walk): Steps<void> {
    for (const [index, entry] of this.#entriesOf(at).entries()) {
      if (index % entriesPerStep === entriesPerStep - 1) yield;
      const path = at.directory === '' ? entry.name : `${at.directory}/${entry.name}`;
      if (!isPassedOver(entry.name) && !this.#isExcluded(path)) yield* this.#visit(at, path, entry);
    }
  }

  *#visit(at: Walk, path: string, entry: Dirent): Steps<void> {
    if (entry.isDirectory()) yield* this.#enter(at, path, join(at.real, entry.name));
    else if (entry.isSymbolicLink()) yield* this.#follow(at, path, entry.name);
    else if (isManifestName(entry.name)) this.#add(at, path, join(at.real, entry.name));
  }

  #entriesOf(at: Walk): readonly Dirent[] {
    try {
      return readdirSync(at.real, { withFileTypes: true });
    } catch (error) {
      if (at.directory === '') throw rootError(this.#root, error);
      at.unreadable.push({ path: at.directory, reason: fileReason(error) });
      return [];
    }
  }

  *#follow(at: Walk, path: string, name: string): Steps<void> {
    let real: string;
    let isDirectory: boolean;
    try {
      real = realpathSync.native(join(at.real, name));
      isDirectory = statSync(real).isDirectory();
    } catch (error) {
      if (couldHoldManifests(name)) at.unreadable.push({ path, reason: `broken link: ${fileReason(error)}` });
      return;
    }
    if (!isDirectory && !isManifestName(name)) return;
    if (!isInside(real, at.root)) {
      at.unreadable.push({ path, reason: 'the link leads out of the manifest directory' });
    } else if (isDirectory) yield* this.#enter(at, path, real);
    else this.#add(at, path, real);
  }

  *#enter(at: Walk, directory: string, real: string): Steps<void> {
    if (at.above.includes(real)) {
      at.unreadable.push({ path: directory, reason: 'the link leads back to one of its parent directories' });
      return;
    }
    yield* this.#walk({ ...at, directory, real, above: [...at.above, real] });
  }

  #add(at: Walk, path: string, real: string): void {
    try {
      const stats = statSync(real);
      at.files.push({ path, stamp: stampOf(stats), size: stats.size });
    } catch (error) {
      at.unreadable.push({ path, reason: fileReason(error) });
    }
  }
}

interface Walk {
  readonly root: string;
  /** Relative to the root. */
  readonly directory: string;
  readonly real: string;
  /** Real paths, from the root down to this directory. */
  readonly above: readonly string[];
  readonly files: ListedFile[];
  readonly unreadable: UnreadablePath[];
}

function isInside(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`) || path === root;
}

function stampOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

function fileProblem(stats: Stats, maxBytes: number): string | undefined {
  if (!stats.isFile()) return 'it is not a regular file';
  return stats.size > maxBytes ? `it has ${stats.size} bytes, more than the limit of ${maxBytes}` : undefined;
}

function rootError(path: string, cause: unknown): ReconcilerError {
  return new ReconcilerError('E_SOURCE_UNREADABLE', { path, reason: fileReason(cause) }, { cause });
}
