import { messageOf } from '../core/errors.ts';
import type { Log } from '../reconcile/ports.ts';
import { type ArmEvents, type Armed, armChokidar, isExhausted } from './watch-events.ts';
import { isLocked, reportsEvents, type WatchPoints, watchPoints } from './watch-points.ts';
import { Quiet } from './watch-quiet.ts';

/** What is watched, and how. */
export interface WatchOptions {
  /** Directory of the manifests. It may be missing, a link, or behind links that are turned elsewhere. */
  readonly root: string;
  /** `auto`: events, or polling where a file system reports none and where the system has no watches left. */
  readonly mode: 'auto' | 'events' | 'poll' | 'off';
  /** Nothing is looked at before no event came for this long, in milliseconds. */
  readonly quietMs: number;
  /** How long events that never stop, or a lock of git, put that off. */
  readonly maxWaitMs: number;
  /** Polling interval. */
  readonly pollSeconds: number;
  /** Time between looks when there are events, which may be lost. */
  readonly rescanSeconds: number;
  /** Hash of the manifests' contents as they are now; undefined when they cannot be read. Given up when the signal says so. */
  readonly fingerprint: (signal: AbortSignal) => Promise<string | undefined>;
  /** Rung once for each content that was not there before. It says nothing about what changed. */
  readonly onChange: () => void;
  readonly log: Log;
  /** What reports events: chokidar unless told otherwise. */
  readonly arm?: ArmEvents;
}

/** A watch that goes on until it is closed. */
export interface Watcher {
  /** Afterwards nothing is called and nothing of it keeps the process alive. */
  close(): Promise<void>;
  /** What is in force: `auto` has decided, and may fall back to polling later. */
  readonly mode: 'events' | 'poll' | 'off';
}

/** How often it is checked that what is watched is still what the path leads to: a watch on a removed directory is silent permanently. */
const identitySeconds = 10;

/**
 * Watches manifests. Events are hints only: after a quiet moment the contents decide whether anything has changed, and they are looked
 * at every so often even if no event came. Nothing that changes after this function was called is lost.
 */
export async function watchManifests(options: WatchOptions): Promise<Watcher> {
  if (options.mode === 'off') return { mode: 'off', close: async () => {} };
  const watcher = new ManifestWatcher(options, initialMode(options));
  await watcher.start();
  return watcher;
}

function initialMode({ root, mode, log }: WatchOptions): 'events' | 'poll' {
  if (mode !== 'auto') return mode === 'poll' ? 'poll' : 'events';
  if (reportsEvents(root)) return 'events';
  log.info({ root }, 'this file system reports no events: manifests are polled');
  return 'poll';
}

class ManifestWatcher implements Watcher {
  readonly #options: WatchOptions;
  readonly #quiet: Quiet;
  #mode: 'events' | 'poll';
  #timers: readonly NodeJS.Timeout[] = [];
  /** Of the contents that were there at the start or rung for last. */
  #reported: string | undefined;
  /** Of contents that a look without any event found; they may still be in the making. */
  #observed: string | undefined;
  #points: WatchPoints | undefined;
  #armed: Armed | undefined;
  #looking = false;
  readonly #stop = new AbortController();

  constructor(options: WatchOptions, mode: 'events' | 'poll') {
    this.#options = options;
    this.#mode = mode;
    const { quietMs, maxWaitMs } = options;
    this.#quiet = new Quiet({ quietMs, maxWaitMs, isBusy: () => this.#isBusy(), onQuiet: () => this.#settled() });
  }

  get mode(): 'events' | 'poll' {
    return this.#mode;
  }

  async start(): Promise<void> {
    this.#reported = await this.#fingerprint();
    await this.#arm();
    this.#setTimers();
    await this.#look();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#quiet.close();
    await this.#disarm();
  }

  #setTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#stop.signal.aborted) return;
    const { pollSeconds, rescanSeconds } = this.#options;
    this.#timers =
      this.#mode === 'poll'
        ? [setInterval(() => void this.#look(), Math.min(pollSeconds, rescanSeconds) * 1000)]
        : [
            setInterval(() => void this.#look(), rescanSeconds * 1000),
            setInterval(() => this.#checkIdentity(), identitySeconds * 1000),
          ];
  }

  /** Looks at the contents although no event came; not twice at a time. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const now = await this.#fingerprint();
      if (now === undefined || now === this.#reported || now === this.#observed) return;
      this.#observed = now;
      this.#quiet.hint();
    } finally {
      this.#looking = false;
    }
  }

  /** Undefined when closed meanwhile, too. */
  async #fingerprint(): Promise<string | undefined> {
    const { signal } = this.#stop;
    try {
      const now = await this.#options.fingerprint(signal);
      return signal.aborted ? undefined : now;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  #checkIdentity(): void {
    if (watchPoints(this.#options.root).key !== this.#points?.key) this.#quiet.hint();
  }

  /** Git at work, or contents that changed since they were looked at, no event telling. */
  async #isBusy(): Promise<boolean> {
    if (isLocked(this.#points?.root)) return true;
    if (this.#observed === undefined) return false;
    const before = this.#observed;
    this.#observed = await this.#fingerprint();
    return this.#observed !== before;
  }

  async #settled(): Promise<void> {
    this.#observed = undefined;
    await this.#arm();
    if (this.#stop.signal.aborted) return;
    const now = await this.#fingerprint();
    if (now === undefined || now === this.#reported) return;
    this.#reported = now;
    this.#options.onChange();
  }

  /** Watches what the path leads to now, unless that is watched already. */
  async #arm(): Promise<void> {
    const points = watchPoints(this.#options.root);
    if (points.key === this.#points?.key || this.#stop.signal.aborted) return;
    this.#points = points;
    await this.#disarm();
    if (this.#mode === 'poll') return;
    const { arm = armChokidar } = this.#options;
    const handlers = { onHint: () => this.#quiet.hint(), onError: (error: unknown) => this.#onError(error) };
    try {
      const armed = await arm(points, handlers);
      if (this.#stop.signal.aborted || this.mode === 'poll') await armed.close();
      else this.#armed = armed;
      this.#checkIdentity(); // a link may have been turned meanwhile
    } catch (error) {
      this.#onError(error);
    }
  }

  async #disarm(): Promise<void> {
    const armed = this.#armed;
    this.#armed = undefined;
    await armed?.close();
  }

  #onError(error: unknown): void {
    if (this.#stop.signal.aborted || this.#mode === 'poll') return;
    const { root, log, mode, rescanSeconds } = this.#options;
    const fields = { root, err: messageOf(error) };
    if (mode !== 'auto' || !isExhausted(error)) {
      log.warn(
        { ...fields, rescanSeconds },
        'watching manifests failed in part: some changes are detected only by rescans',
      );
      return;
    }
    log.warn(fields, 'the system has no file watches left: manifests are polled');
    this.#mode = 'poll';
    this.#setTimers();
    void this.#disarm();
  }
}
