import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import type { Log } from '../../src/reconcile/ports.ts';
import { DirectorySource } from '../../src/source/directory.ts';
import { type Watcher, type WatchOptions, watchManifests } from '../../src/source/watch.ts';
import { manifestText } from '../core/manifest/builders.ts';
import { eventually } from '../eventually.ts';

/** Milliseconds of quiet that tests wait for; "nothing happens" means for several times this. */
export const quietMs = 150;

/** An empty folder that is gone when the test is over. */
export function aFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'watch-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The text of a manifest of this version. */
export function versionText(name: string, version: string): string {
  return manifestText(`name: ${name}\nlabels: { version: ${version} }`);
}

/** Writes manifests a0.yaml, a1.yaml and so on, all of this version. */
export function writeVersion(folder: string, version: string, count = 3): void {
  for (let index = 0; index < count; index++) write(join(folder, `a${index}.yaml`), versionText(`a${index}`, version));
}

/** Writes a file, its folders too. */
export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What was loaded when the watcher rang: `name@version` of each manifest. */
export type Snapshot = readonly string[] | 'unreadable';

/** A running watch and what it made happen. */
export interface Watching {
  readonly watcher: Watcher;
  /** One for each ring. */
  readonly snapshots: Snapshot[];
  readonly logged: string[];
  /** Resolves when it has rung this often and every load is done. */
  rung(times: number): Promise<void>;
  /** Resolves after a time in which any change would have been noticed. */
  settled(): Promise<void>;
}

/** Watches a folder and loads it at each ring, as the daemon does. */
export async function watching(root: string, given: Partial<WatchOptions> = {}): Promise<Watching> {
  const { keyFile: _, ...manifests } = defaultManifestOptions;
  const source = new DirectorySource({ root, exclude: [], maxFileBytes: 100_000, manifests });
  const snapshots: Snapshot[] = [];
  const logged: string[] = [];
  const watcher = await watchManifests({
    root,
    mode: 'events',
    quietMs,
    maxWaitMs: 5000,
    pollSeconds: 0.1,
    rescanSeconds: 3600,
    fingerprint: (signal) => source.revisionNow(signal),
    onChange: () => {
      void source.load().then(
        ({ manifests }) => snapshots.push(manifests.map(({ name, labels }) => `${name}@${labels['version']}`)),
        () => snapshots.push('unreadable'),
      );
    },
    log: recordingLog(logged),
    ...given,
  });
  onTestFinished(() => watcher.close());
  const rung = async (times: number) => {
    await eventually(() => check(snapshots.length >= times, snapshots));
  };
  return { watcher, snapshots, logged, rung, settled: () => pause(4 * quietMs) };
}

/** Resolves after so many milliseconds: for showing that nothing happens in them. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function check(holds: boolean, snapshots: readonly Snapshot[]): void {
  if (!holds) throw new Error(`rung ${snapshots.length} times`);
}

/** A log that keeps the messages of warnings and notes. */
export function recordingLog(logged: string[]): Log {
  const keep = (_fields: object, message: string) => {
    logged.push(message);
  };
  return { debug: () => {}, info: keep, warn: keep, error: keep };
}

/** `a0@v a1@v a2@v`: what is expected of `writeVersion`. */
export function version(version: string, count = 3): Snapshot {
  return Array.from({ length: count }, (_, index) => `a${index}@${version}`);
}
