import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { createFile } from '../disk/durable-file.ts';
import { identityOf, makeAccountDirectory } from '../disk/state-directory.ts';
import { stateError } from '../disk/state-error.ts';
import type { Clock } from '../reconcile/ports.ts';
import { checkOwner } from './check-owner.ts';
import { Heartbeat, type Ownership } from './heartbeat.ts';
import { bootId, describeOwner, type FoundLock, type LockRecord, readLock } from './record.ts';
import { type LockSocket, listenBeside } from './socket.ts';

/**
 * `daemon`: the one reconciler of a state directory, held for life. `writer`: held for one pass or command that writes. `pauses`: held
 * for one change of the pauses, which must not wait for a pass. `approvals`: as that, for the approval. `store`: held while the stored
 * repository of a git source is changed.
 */
export type LockKind = 'daemon' | 'writer' | 'pauses' | 'approvals' | 'store';

/** Which lock, and how long to wait for it. */
export interface LockRequest {
  /** The account's directory, `<state>/<account>`. */
  readonly directory: string;
  readonly kind: LockKind;
  /** How long to wait for another owner, in milliseconds; Infinity to stand by. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called once, when somebody else has it and waiting begins. */
  readonly onWait?: (owner: string) => void;
}

/** A lock we have. */
export interface Lock {
  /** Gives it back; never takes away what has become another's. */
  release(): Promise<void>;
  /** Aborts with E_LOCK_LOST when the lock was taken from us, or may have been: stop writing, and end what is in flight. */
  readonly lost: AbortSignal;
  /** To be asked before each write. Costs nothing while the last heartbeat is young. @throws {ReconcilerError} E_LOCK_LOST */
  assertHeld(): Promise<void>;
  /** Whether the last heartbeat is young and nothing says that the lock is lost; asks nobody. */
  isFresh(): boolean;
  /** As `assertHeld`, and looks at the lock file however young the heartbeat is. @throws {ReconcilerError} E_LOCK_LOST */
  confirm(): Promise<void>;
}

/** What killed processes left behind is swept when it is this old, in milliseconds. */
const leftoverMs = 60_000;
const shortestPauseMs = 50;
const longestPauseMs = 1_000;

/**
 * Takes the lock `<directory>/<kind>.lock`, waiting for its owner to give it back or to die. It protects one state directory, not the
 * account: two directories know nothing of each other.
 * @throws {ReconcilerError} E_LOCK_HELD, E_STATE_UNUSABLE, E_ABORTED
 */
export async function acquireLock(request: LockRequest): Promise<Lock> {
  const { directory, waitMs, clock, signal } = request;
  const contender = new Contender(request);
  const giveUpAt = clock.now() + waitMs;
  let pauseMs = shortestPauseMs;
  let told = false;
  try {
    await makeAccountDirectory(directory);
    for (;;) {
      if (signal?.aborted === true) throw new ReconcilerError('E_ABORTED', {}, { cause: signal.reason });
      const owner = await contender.take();
      if (owner === undefined) return await contender.hold();
      if (clock.now() + pauseMs > giveUpAt) throw heldBy(contender.path, owner);
      if (!told) request.onWait?.(describeOwner(owner));
      told = true;
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  } catch (error) {
    await contender.leave();
    throw stateError(contender.path, error);
  }
}

function heldBy(path: string, owner: FoundLock): ReconcilerError {
  return new ReconcilerError('E_LOCK_HELD', { path, owner: describeOwner(owner) });
}

/**
 * One process that wants the lock. A lock file appears whole or not at all (hard link), and the lock of an owner that is gone is
 * replaced by renaming ours over it, under a claim that only one contender can have.
 */
class Contender {
  readonly path: string;
  readonly #request: LockRequest;
  readonly #token = randomBytes(8).toString('hex');
  #boot: string | undefined;
  #note: LockRecord | undefined;
  #socket: LockSocket | undefined;

  constructor(request: LockRequest) {
    this.#request = request;
    this.path = join(request.directory, `${request.kind}.lock`);
  }

  /** Undefined when the lock is ours now, else who has it. */
  take(): Promise<FoundLock | undefined> {
    return this.#place(this.path);
  }

  async hold(): Promise<Lock> {
    await this.#sweep();
    const file = await open(this.path, 'r+');
    const directory = await identityOf(this.#request.directory);
    const { path } = this;
    const heartbeat = new Heartbeat({ path, file, clock: this.#request.clock, look: () => this.#look(directory) });
    await heartbeat.start();
    return {
      lost: heartbeat.lost,
      assertHeld: () => heartbeat.assertHeld(),
      isFresh: () => heartbeat.isFresh(),
      confirm: () => heartbeat.confirm(),
      release: async () => {
        await heartbeat.stop();
        if ((await readLock(path))?.token === this.#token) await rm(path, { force: true });
        await this.leave();
      },
    };
  }

  async leave(): Promise<void> {
    await this.#socket?.close();
    this.#socket = undefined;
  }

  /** Whoever took the lock over may have given it back since, so a file that is not there says nothing about its directory. */
  async #look(directory: string | undefined): Promise<Ownership> {
    if ((await readLock(this.path))?.token === this.#token) return { ours: true };
    const stayed = (await identityOf(this.#request.directory)) === directory;
    return { ours: false, reason: stayed ? 'taken-over' : 'moved' };
  }

  /** Undefined when our note is at this path now, else who was in the way. Of all contenders only one can succeed. */
  async #place(path: string): Promise<FoundLock | undefined> {
    const { directory, clock, signal } = this.#request;
    const owner = await readLock(path);
    if (owner === undefined) {
      if (await createFile(path, await this.#text())) return undefined;
      return (await readLock(path)) ?? { token: '', note: undefined, heartbeat: clock.now() };
    }
    const verdict = await checkOwner(path, owner, { directory, boot: await this.#ownBoot(), clock, signal });
    if (verdict === 'held') return owner;
    return (await this.#supersede(path, owner)) ? undefined : ((await readLock(path)) ?? owner);
  }

  async #supersede(path: string, gone: FoundLock): Promise<boolean> {
    const claim = join(this.#request.directory, `${this.#request.kind}.${gone.token}.claim`);
    if ((await this.#place(claim)) !== undefined) return false;
    const ours = join(this.#request.directory, `${this.#request.kind}.${this.#token}.tmp`);
    try {
      await createFile(ours, await this.#text()); // before the last look: it waits for the disk
      const now = await readLock(path);
      // Another contender may have been faster, and the owner may have woken up.
      if (now?.token !== gone.token || now.heartbeat !== gone.heartbeat) return false;
      await rename(ours, path);
      return true;
    } finally {
      await rm(ours, { force: true });
      await rm(claim, { force: true });
    }
  }

  async #text(): Promise<string> {
    this.#note ??= await this.#createRecord();
    return `${JSON.stringify(this.#note)}\n`;
  }

  async #createRecord(): Promise<LockRecord> {
    const name = `${this.#request.kind}.${this.#token}.sock`;
    this.#socket = await listenBeside(this.#request.directory, name);
    return {
      token: this.#token,
      boot: await this.#ownBoot(),
      pid: process.pid,
      host: hostname(),
      started: this.#request.clock.now(),
      ...(this.#socket === undefined ? {} : { socket: name }),
    };
  }

  async #ownBoot(): Promise<string> {
    this.#boot ??= await bootId();
    return this.#boot;
  }

  /** Removes what contenders and owners that were killed left here. Nothing in it can matter to the lock as it is now. */
  async #sweep(): Promise<void> {
    const { directory, kind, clock } = this.#request;
    const left = new RegExp(`^\\.?${kind}\\..+\\.(sock|claim|tmp)$`);
    const names = (await readdir(directory)).filter((name) => left.test(name) && !name.includes(this.#token));
    for (const name of names) {
      const path = join(directory, name);
      const now = clock.now();
      const age = now - ((await mtimeOf(path)) ?? now);
      if (age > leftoverMs) await rm(path, { force: true });
    }
  }
}

async function mtimeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return undefined; // another contender tidied up after itself
  }
}
