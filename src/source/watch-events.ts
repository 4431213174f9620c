import { basename, join, relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { isPassedOver, type WatchPoints } from './watch-points.ts';

/** Whom events are told. */
export interface EventHandlers {
  /** Something may have changed. */
  readonly onHint: () => void;
  readonly onError: (error: unknown) => void;
}

/** Watches that stand. */
export interface Armed {
  close(): Promise<void>;
}

/** Sets watches up; resolves when they stand. */
export type ArmEvents = (points: WatchPoints, handlers: EventHandlers) => Promise<Armed>;

/** How long chokidar may take to get ready, in milliseconds, before we go on: the contents are looked at afterwards in any case. */
const readyMs = 10_000;

/** Whether the system has no watches or no file descriptors left. */
export function isExhausted(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
}

/**
 * Watches by chokidar: the directory with all below it, and each directory that holds a link on the way to it. A link that is turned while
 * its old target stays raises an event nowhere else, and a directory's removal only in the one above it.
 */
export async function armChokidar({ root, names }: WatchPoints, handlers: EventHandlers): Promise<Armed> {
  const chokidar = await import('chokidar');
  const common = { ignoreInitial: true, ignorePermissionErrors: true };
  const watchers: FSWatcher[] = [];
  if (root !== undefined) {
    const tree = chokidar.watch(root, { ...common, ignored: (path) => isBelowPassedOver(root, path) });
    tree.on('raw', handlers.onHint);
    watchers.push(tree);
  }
  for (const [directory, entries] of names) {
    // Only the names that matter: what else happens in /tmp or /etc is no business of ours.
    const ignored = (path: string) => path !== directory && !entries.has(basename(path));
    const shallow = chokidar.watch(directory, { ...common, depth: 0, followSymlinks: false, ignored });
    shallow.on('raw', (_event, path) => {
      if (!path || entries.has(basename(path)) || basename(path) === basename(directory)) handlers.onHint();
    });
    watchers.push(shallow);
  }
  for (const watcher of watchers) watcher.on('all', handlers.onHint).on('error', handlers.onError);
  await Promise.all(watchers.map(isReady));
  return {
    close: async () => {
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}

function isBelowPassedOver(root: string, path: string): boolean {
  return path !== join(root) && relative(root, path).split(sep).some(isHiddenDirectory);
}

/** Kubernetes keeps what links lead to in directories whose names begin with two dots; those are not passed over. */
function isHiddenDirectory(name: string): boolean {
  return isPassedOver(name) && !name.startsWith('..');
}

function isReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, readyMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    watcher.once('ready', done).once('error', done);
  });
}
