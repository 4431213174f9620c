import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';

/** Where changes of a directory can show, beside the directory itself. */
export interface WatchPoints {
  /** The directory with every link resolved; undefined when it does not exist. */
  readonly root: string | undefined;
  /** Real directories, each with the names in it that matter: links on the way to the root and below it, and the root itself. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
  /** Changes when the path leads elsewhere, the directory is another one of the same name, or a link is turned. */
  readonly key: string;
}

/** As many links as Linux follows in one path. */
const maxLinks = 40;

/** What the path leads to now, link by link. It never throws: what cannot be read is taken for missing. */
export function watchPoints(path: string): WatchPoints {
  const collected = new Points();
  const root = followPath(resolve(path), collected);
  if (root !== undefined) collectLinks(root, collected);
  return { root, names: collected.names, key: collected.facts.join('\n') };
}

class Points {
  readonly names = new Map<string, Set<string>>();
  readonly facts: string[] = [];

  add(directory: string, name: string, fact: string): void {
    const names = this.names.get(directory) ?? new Set();
    this.names.set(directory, names.add(name));
    this.facts.push(`${join(directory, name)} ${fact}`);
  }
}

/** The real path, or undefined when there is nothing at its end. */
function followPath(path: string, points: Points): string | undefined {
  const pending = steps(path);
  let at = parse(path).root;
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const entry = join(at, name); // `at` is free of links, so `..` is the directory above it
    const stats = attempt(() => lstatSync(entry));
    if (stats?.isDirectory()) {
      at = entry;
      continue;
    }
    if (!stats?.isSymbolicLink() || links === maxLinks) {
      points.add(at, name, stats === undefined ? 'missing' : 'not a directory');
      return undefined;
    }
    links += 1;
    const target = linkTarget(entry);
    points.add(at, name, `-> ${target}`);
    pending.unshift(...steps(target));
    if (isAbsolute(target)) at = parse(target).root;
  }
  points.add(dirname(at), basename(at), identityOf(attempt(() => statSync(at))));
  return at;
}

function steps(path: string): string[] {
  return path.split(sep).filter((name) => name !== '' && name !== '.');
}

/** Links below the root. A link that is turned while its old target stays raises no event but where the link itself lies. */
function collectLinks(directory: string, points: Points): void {
  for (const entry of attempt(() => readdirSync(directory, { withFileTypes: true })) ?? []) {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink()) {
      points.add(directory, entry.name, `-> ${linkTarget(path)} ${identityOf(attempt(() => statSync(path)))}`);
    } else if (entry.isDirectory() && !isPassedOver(entry.name)) collectLinks(path, points);
  }
}

/** What is never a manifest, nor holds any: hidden files and directories, and those of packages. */
export function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

function linkTarget(path: string): string {
  return attempt(() => readlinkSync(path)) ?? '';
}

/** Two directories of one name, one after the other, differ in this; what is written into a directory does not change it. */
function identityOf(stats: Stats | undefined): string {
  return stats === undefined ? 'missing' : `${stats.dev}:${stats.ino}`;
}

/** Whether git is writing the work tree that this directory belongs to. */
export function isLocked(root: string | undefined): boolean {
  if (root === undefined) return false;
  for (let directory = root; ; directory = dirname(directory)) {
    const gitPath = join(directory, '.git');
    const stats = attempt(() => statSync(gitPath));
    if (stats !== undefined)
      return existsSync(join(stats.isDirectory() ? gitPath : gitDirectory(gitPath), 'index.lock'));
    if (directory === dirname(directory)) return false;
  }
}

/** Additional work trees have a file named .git that leads to their directory (gitrepository-layout(5)). */
function gitDirectory(file: string): string {
  const text = attempt(() => readFileSync(file, 'utf8')) ?? '';
  return resolve(dirname(file), /^gitdir: (.*)$/m.exec(text)?.[1] ?? '.');
}

/** File systems whose changes made elsewhere raise no events here, by the type that statfs(2) gives. */
const withoutEvents: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x65735546, // FUSE, virtiofs among them
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x786f4256, // VirtualBox shared folders
]);

/** Whether the file system reports what changes below this path; taken for granted where that cannot be told. */
export function reportsEvents(path: string, typeOf: (path: string) => number = fileSystemType): boolean {
  const type = attempt(() => typeOf(path));
  return type === undefined || !withoutEvents.has(type);
}

function fileSystemType(path: string): number {
  return statfsSync(path).type;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined; // missing, or closed to us: for a watcher the same
  }
}
