import type { AccountConfig } from '../config/account.ts';
import type { JsonObject } from '../core/json.ts';
import type { DocumentContext } from '../core/render/json.ts';
import type { Log, PassRules, ReconcilePorts } from '../reconcile/ports.ts';
import type { ApprovalStore } from './approvals.ts';
import type { PauseStore } from './pauses.ts';

/** One account as the configuration describes it: what the daemon opens, and opens again when the configuration changes. */
export interface AccountSpec {
  readonly config: AccountConfig;
  /** Builds the ports. @throws {ReconcilerError} E_CREDENTIALS_MISSING, E_HOST_REFUSED */
  open(): Promise<ReconcilableAccount>;
}

/** One account, ready for passes. */
export interface ReconcilableAccount {
  readonly config: AccountConfig;
  readonly ports: ReconcilePorts;
  readonly context: DocumentContext;
  readonly log: Log;
  /** Names that other accounts' manifests declare and their ledgers do not hold yet. */
  movingNames(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** What is to be said of another ledger of this account; undefined when there is none. */
  otherLedger(): Promise<string | undefined>;
  /** Whether a person is to be asked before a new ledger is begun by adopting. */
  firstRun(): Promise<PassRules['firstRun']>;
  /** Holds the writer's lock for as long as the work takes; the signal given to it aborts when the lock is lost. */
  whileWriting<Result>(signal: AbortSignal, work: (stop: AbortSignal) => Promise<Result>): Promise<Result>;
  /** Requests per second allowed at this moment. */
  requestsPerSecond(): number;
  /** Calls when manifests change, with what saw it. */
  watch(onChange: (reason: 'files' | 'source' | 'approval') => void): Promise<Watching>;
  close(): Promise<void>;
}

/** A watch that is on. */
export interface Watching {
  close(): Promise<void>;
}

/** A lock that is ours until it is lost. */
export interface HeldLock {
  readonly lost: AbortSignal;
  /** Looks whether it is. @throws {ReconcilerError} E_LOCK_LOST */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** What belongs to an account's name and outlives its configuration. */
export interface AccountStore {
  readonly pauses: PauseStore;
  readonly approvals: ApprovalStore;
  readonly history: EventStore;
  /** The one daemon's lock: waits without end for another's. @throws {ReconcilerError} E_STATE_UNUSABLE */
  lead(signal: AbortSignal, onWait: (owner: string) => void): Promise<HeldLock>;
}

/** Where passes are remembered, bounded, newest last. */
export interface EventStore {
  append(events: readonly JsonObject[]): Promise<void>;
  read(): Promise<readonly JsonObject[]>;
}
