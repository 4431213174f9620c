import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import picomatch from 'picomatch';
import { compareTexts } from '../../core/compare.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { Steps } from '../../core/steps.ts';
import { couldHoldManifests, type FileContent, type FileTree, isManifestName, type Listing } from '../file-tree.ts';
import { isPassedOver } from '../watch-points.ts';

/** What a commit has at a path. A directory is there because something lies in it. */
export interface CommittedEntry {
  /** `submodule`: a commit of another repository. */
  readonly kind: 'file' | 'link' | 'submodule';
  readonly id: ObjectId;
  /** Bytes. */
  readonly size: number;
}

/** A folder of one commit. It never changes: all of it that can matter is in memory. */
export interface CommittedFolder {
  /** The tree's id: equal ids are equal files, byte for byte. */
  readonly content: ObjectId;
  /** By path relative to the folder. */
  readonly entries: ReadonlyMap<string, CommittedEntry>;
  /** Paths that are not UTF-8, with what is not written as \xNN. */
  readonly unnamable: readonly string[];
  /** Of manifests, links and what is small enough to be a key. */
  readonly blobs: ReadonlyMap<ObjectId, Buffer>;
}

/** As many links as Linux follows in one path. */
const maxLinks = 40;
/** Source: git-lfs(1), "The pointer format" */
const lfsPointer = 'version https://git-lfs.github.com/spec/v';
const leadsOut = 'the link leads out of the manifest directory';

/** A folder of a commit as a tree of files: links are followed by their letters, to what is in the folder and nowhere else. */
export class CommittedTree implements FileTree {
  readonly #folder: CommittedFolder;
  readonly #isExcluded: (path: string) => boolean;
  /** By directory, the names in it. */
  readonly #names = new Map<string, Set<string>>([['', new Set()]]);

  constructor(folder: CommittedFolder, exclude: readonly string[]) {
    this.#folder = folder;
    const matches = exclude.length === 0 ? () => false : picomatch([...exclude], { dot: true });
    this.#isExcluded = (path) => matches(path) || matches(`${path}/`);
    for (const path of folder.entries.keys()) this.#addName(path);
  }

  *list(): Steps<Listing> {
    const walk: Walk = { directory: '', real: '', above: [''], files: [], unreadable: [] };
    for (const path of this.#folder.unnamable) {
      if (isManifestName(path)) walk.unreadable.push({ path, reason: 'its path is not UTF-8 text' });
    }
    yield* this.#walk(walk);
    const files = walk.files.sort((one, other) => compareTexts(one.path, other.path));
    return { root: this.#folder.content, files, unreadable: walk.unreadable };
  }

  read(_root: string, path: string, maxBytes: number): FileContent {
    const target = this.#resolve(path);
    if ('reason' in target) return target;
    const entry = this.#folder.entries.get(target.path);
    if (entry?.kind !== 'file') return { reason: 'it is not a regular file' };
    const { id, size } = entry;
    const bytes = this.#folder.blobs.get(id);
    if (size > maxBytes || bytes === undefined)
      return { reason: `it has ${size} bytes, more than the limit of ${maxBytes}` };
    if (!isUtf8(bytes)) return { reason: 'it is not UTF-8 text' };
    const text = bytes.toString();
    if (text.startsWith(lfsPointer)) return { reason: 'this is a Git LFS pointer: take manifests and keys out of LFS' };
    return { text, stamp: id };
  }

  #addName(path: string): void {
    const directory = directoryOf(path);
    const names = this.#names.get(directory);
    if (names !== undefined) return void names.add(posix.basename(path));
    this.#names.set(directory, new Set([posix.basename(path)]));
    this.#addName(directory);
  }

  *#walk(at: Walk): Steps<void> {
    for (const name of this.#names.get(at.real) ?? []) {
      const path = joined(at.directory, name);
      if (!isPassedOver(name) && !this.#isExcluded(path)) yield* this.#visit(at, path, joined(at.real, name));
    }
    yield;
  }

  *#visit(at: Walk, path: string, real: string): Steps<void> {
    if (this.#names.has(real)) return yield* this.#enter(at, path, real);
    const entry = this.#folder.entries.get(real);
    switch (entry?.kind) {
      case 'submodule':
        at.unreadable.push({ path, reason: 'a submodule is not followed: give it an account source of its own' });
        return;
      case 'link':
        return yield* this.#follow(at, path, real);
      case 'file':
        if (isManifestName(path)) at.files.push({ path, stamp: entry.id, size: entry.size });
    }
  }

  *#follow(at: Walk, path: string, link: string): Steps<void> {
    const target = this.#resolve(link);
    if ('reason' in target) {
      const reason = target.reason === leadsOut ? leadsOut : `broken link: ${target.reason}`;
      if (couldHoldManifests(path)) at.unreadable.push({ path, reason });
    } else if (this.#names.has(target.path)) yield* this.#enter(at, path, target.path);
    else if (isManifestName(path)) yield* this.#visit(at, path, target.path);
  }

  *#enter(at: Walk, directory: string, real: string): Steps<void> {
    if (at.above.includes(real)) {
      at.unreadable.push({ path: directory, reason: 'the link leads back to one of its parent directories' });
      return;
    }
    yield* this.#walk({ ...at, directory, real, above: [...at.above, real] });
  }

  /** Where a path leads to, link by link. */
  #resolve(path: string): Target {
    let rest = stepsOf(path);
    let real = '';
    for (let links = 0; links <= maxLinks; ) {
      const [name, ...after] = rest;
      if (name === undefined) return { path: real };
      const next = this.#next(real, name);
      if ('reason' in next) return next;
      if ('link' in next) links++;
      else real = next.path;
      rest = 'link' in next ? [...stepsOf(next.link), ...after] : after;
    }
    return { reason: 'its links form a loop' };
  }

  /** One step on the way: to a path, or to a link with what it says. */
  #next(real: string, name: string): Target | { readonly link: string } {
    if (name === '..') return real === '' ? { reason: leadsOut } : { path: directoryOf(real) };
    const path = joined(real, name);
    const entry = this.#folder.entries.get(path);
    if (entry === undefined && !this.#names.has(path)) return { reason: 'it does not exist' };
    if (entry?.kind !== 'link') return { path };
    const link = this.#folder.blobs.get(entry.id)?.toString() ?? '';
    return link.startsWith('/') ? { reason: leadsOut } : { link };
  }
}

type Target = { readonly path: string } | { readonly reason: string };

function stepsOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

interface Walk {
  /** As listed, and with its links followed. */
  readonly directory: string;
  readonly real: string;
  readonly above: readonly string[];
  readonly files: { readonly path: string; readonly stamp: string; readonly size: number }[];
  readonly unreadable: { readonly path: string; readonly reason: string }[];
}

function directoryOf(path: string): string {
  const directory = posix.dirname(path);
  return directory === '.' ? '' : directory;
}

function joined(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
