import type { Application, ApplicationId, LiveState } from '../core/application/application.ts';
import type { KeyFacts, KeyPlace } from '../core/deliveries/key-place.ts';
import type { CommitInfo } from '../core/git/commit-info.ts';
import type { Custody } from '../core/guards/custody.ts';
import type { Preview } from '../core/guards/tell-waiting.ts';
import type { NumbersReader } from '../core/in-use/numbers-reader.ts';
import type { JsonObject } from '../core/json.ts';
import type { Delivery } from '../core/ledger/deliveries.ts';
import type { AppliedSource, Ledger, LedgerRecord } from '../core/ledger/ledger.ts';
import type { DesiredState } from '../core/manifest/manifest.ts';
import type { Change, Retry } from '../core/plan/plan.ts';
import type { Overrides, Policy, Selection } from '../core/plan/policy.ts';
import type { FoundCreate } from '../core/plan/report.ts';
import type { PausedByPerson } from '../core/plan/selection.ts';
import type { Semaphore } from '../core/semaphore.ts';

/** Where the desired state comes from. */
export interface DesiredSource {
  /** @throws {ReconcilerError} E_SOURCE_*, such as E_SOURCE_UNREADABLE when the directory is missing or never settles; E_ABORTED */
  load(options?: LoadOptions): Promise<DesiredState>;
  /** The commit that removed a file of what was last applied; undefined where it is not known, and where the source has no history. */
  whoRemoved?(file: string, since: AppliedSource, signal?: AbortSignal): Promise<CommitInfo | undefined>;
}

/** How the desired state is read. */
export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** What was last applied: a source with a history says how the manifests stand to it. */
  readonly since?: AppliedSource | undefined;
}

/** Reading the live state. */
export interface ApplicationReader {
  /**
   * Every application, never a part of them unless `stable` is false; ids of `confirm` that no page holds are looked up by GET. A GET
   * that brings no verdict leaves its id unconfirmed; refused credentials, an open circuit and an aborted signal reject all the same.
   * @throws {ReconcilerError} E_API_RESPONSE_UNREADABLE, too, for more applications than may be read
   */
  list(options: ListOptions): Promise<LiveState>;
  /**
   * The application as it is now; undefined when the API itself says that it does not exist. A gateway's 404 rejects.
   * @throws {ReconcilerError} E_API_*
   */
  get(id: ApplicationId, signal?: AbortSignal): Promise<Application | undefined>;
}

/** Applications on one page of a listing, the API's maximum; only a longer one can miss what moves between pages (Vonage OpenAPI 2.4.1). */
export const pageSize = 100;

/** What a listing is asked for. */
export interface ListOptions {
  readonly confirm: readonly ApplicationId[];
  /** Of the absent ids of `confirm`, at most so many are looked up; the rest is unconfirmed. All are looked up if not given. */
  readonly confirmAtMost?: number;
  /** Told the applications of each page as it arrives. A listing that is read again tells them again: only what it ends with counts. */
  readonly onPage?: (applications: readonly Application[]) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How a create ended, over all attempts: `refused` (every one surely had no effect), `not-sent` (nothing left this machine),
 * `created` (a readable 200 or 201: the application it shows, which need not be ours), `unknown` (anything else: it may exist).
 */
export type CreateOutcome =
  | { readonly outcome: 'created'; readonly application: Application }
  | { readonly outcome: 'refused' | 'not-sent' | 'unknown'; readonly error: Error };

/** Writing, too. */
export interface ApplicationWriter extends ApplicationReader {
  /** One POST; repeated only where the attempt surely had no effect. Never throws for a response of the API. */
  create(body: JsonObject, signal?: AbortSignal): Promise<CreateOutcome>;
  /**
   * PUT, which replaces everything; repeated on lost responses. A response that does not show this application is settled by one GET.
   * @throws {ReconcilerError} E_API_NO_RESPONSE when it may have taken effect, E_API_REJECTED (with `details.unknownMember` when the API names one), E_APPLICATION_GONE, E_API_*
   */
  replace(id: ApplicationId, body: JsonObject, signal?: AbortSignal): Promise<Application>;
  /**
   * DELETE; an application that is gone already is a success. A response with a body is settled by one GET; a gateway's 404 rejects.
   * @throws {ReconcilerError} E_API_NO_RESPONSE when it may have taken effect, E_API_*
   */
  remove(id: ApplicationId, signal?: AbortSignal): Promise<void>;
}

/** Reading what we own. */
export interface LedgerReader {
  /** Read afresh: another process may have written. @throws {ReconcilerError} E_LEDGER_* */
  load(): Promise<Ledger>;
  /**
   * The ledger with its stamps as old as this process has measured them to be at `now`, whatever was done to the wall clock meanwhile:
   * for all that compares a stamp with a settle time. In milliseconds since 1970.
   */
  measured(ledger: Ledger, now: number): Ledger;
}

/** Recording what we did. */
export interface LedgerStore extends LedgerReader {
  /** Records in order; with `durable` the promise resolves only when they are on the disk, else within 100 ms or at `flush`. */
  record(records: readonly LedgerRecord[], options: { readonly durable: boolean }): Promise<void>;
  /** Everything recorded so far is on the disk. */
  flush(): Promise<void>;
  /** The ledger as recorded so far, without reading the disk. */
  current(): Ledger;
  /** Keeps an application's body, durably, for `restore`. */
  keepBody(id: ApplicationId, body: JsonObject): Promise<void>;
}

/** A key pair without its private half, which never leaves the key store. */
export interface PublicKey {
  /** SHA-256 (hex) of the DER form. */
  readonly fingerprint: string;
  /** SPKI, PEM. */
  readonly pem: string;
}

/** Key pairs, and where private keys are delivered. */
export interface KeyStore {
  /** Starts making this many key pairs ahead, off the main thread. */
  prepare(count: number): void;
  /** A new RSA-2048 pair, kept in memory until delivered. */
  generate(): Promise<PublicKey>;
  /** Writes the private key to the key directory (0600), reads it back, and answers with its path. */
  store(fingerprint: string): Promise<string>;
  /** The public half of a private key in the key directory; undefined when there is none. */
  find(fingerprint: string): Promise<PublicKey | undefined>;
  /** Fingerprints of all private keys in the key directory. */
  list(): Promise<readonly string[]>;
  /** Notes which application a key belongs to, for people who look for it. */
  label(fingerprint: string, owner: { readonly name: string; readonly id?: ApplicationId }): Promise<void>;
}

export type { KeyFacts };

/** What the ledger knows of a target at this moment, and how long it may take. */
export interface DeliveryContext {
  /** Every key that was ever delivered there, or may have been: what holds any other key was put there by somebody else. */
  readonly delivered: readonly Delivery[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * One target of private keys. Each call may be repeated, also after one that was cut short: the process may have died before it
 * recorded how it ended. What is there already is a success.
 */
export interface KeyTarget extends KeyPlace {
  /**
   * Puts the private key in place beside the one in use, before the write that makes it its application's. Without an id for a create.
   * @throws {ReconcilerError} E_KEY_DELIVERY
   */
  prepared(key: KeyFacts & { readonly privateKeyFile: string }, context: DeliveryContext): Promise<void>;
  /**
   * That write is confirmed: the key put in place is the one in use from now on.
   * @throws {ReconcilerError} E_KEY_DELIVERY
   */
  active(key: KeyFacts & { readonly id: ApplicationId }, context: DeliveryContext): Promise<void>;
}

/** The targets of an account, asked one after another: each call sees what the one before it has recorded. */
interface KeyDeliveries {
  readonly targets: readonly KeyTarget[];
  /** Of one. */
  readonly turn: Semaphore;
}

/** Time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment in the past: never set back, and ahead only as time passes. It may stand still while the machine sleeps. */
  monotonic(): number;
  /** Resolves after that many milliseconds; rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Whether this process may write: it may while it holds the lock of the account's state. */
export interface WriteGuard {
  /** Aborts when it may not any more, and what is in flight must end; undefined while no lock is needed. */
  readonly lost: AbortSignal | undefined;
  /** To be asked right before each write. @throws {ReconcilerError} E_LOCK_LOST */
  assertHeld(): Promise<void>;
  /** Whether that is still so, without waiting for anything: for the very moment in which something leaves. */
  isFresh(): boolean;
  /** Told of each write to the API that has, or may have, taken effect. */
  mayHaveTakenEffect(): void;
}

/** Structured logging: constant messages, data in fields. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a plan is made of and from. */
export interface PlanPorts {
  readonly source: DesiredSource;
  readonly api: ApplicationReader;
  readonly ledger: LedgerReader;
  readonly clock: Clock;
  readonly rules: PassRules;
  /** Absent where nobody is to be asked: changes that could cut off phone numbers are planned without knowing. */
  readonly numbers?: NumbersReader | undefined;
  /** Absent where private keys stay in the key directory. */
  readonly deliveries?: { readonly targets: readonly KeyPlace[] };
}

/** What this pass may do: the account's policy, narrowed and widened by the run. */
export interface PassRules {
  /** Name, and hash of API key and host: what is approved is for this account only. */
  readonly account: { readonly name: string; readonly hash: string };
  readonly policy: Policy;
  readonly selection: Selection;
  readonly overrides: Overrides;
  /** What happens to a change whose application is no longer what the plan saw: it is planned once more, or refused. */
  readonly whenStale: 'replan' | 'refuse';
  /** Whether private keys we generate will still be there after this run. */
  readonly keyCustody: Custody;
  /** Whether a ledger that is begun by adopting will be. */
  readonly adoptionCustody: Custody;
  /** Names that other accounts' manifests declare and their ledgers do not hold yet: they may be on their way there. */
  readonly movingNames: ReadonlySet<string>;
  /** What is to be said of another ledger of this account. */
  readonly otherLedger?: string | undefined;
  /** Absent: nothing is. */
  readonly paused?: PausedByPerson;
  /** Whether a person is to be asked before a new ledger of this account is begun by adopting. */
  readonly firstRun?: 'ask' | undefined;
  /** The plan that a person has approved, and what that person allowed for it: nothing of it holds for any other plan. */
  readonly approval?: { readonly planHash: string; readonly overrides: Overrides } | undefined;
  /** Absent where manifests are those that the account follows. */
  readonly preview?: Preview;
  /** Whether fields that the server rewrites are sent again once a day, one application in a pass. */
  readonly retryNormalised?: boolean;
}

/** Whether a change may start: it has, and is in flight until it leaves, or a person holds it back for this reason. */
export type Entry =
  | { readonly outcome: 'entered'; readonly leave: () => void }
  | { readonly outcome: 'held'; readonly reason: string };

/** Asked right before each change starts: a person may have paused it after the plan was made. */
export interface ChangeGate {
  enter(change: Change | Retry): Promise<Entry>;
}

/** What a pass works with. */
export interface ReconcilePorts extends PlanPorts {
  readonly api: ApplicationWriter;
  readonly ledger: LedgerStore;
  readonly keys: KeyStore;
  readonly log: Log;
  /** Absent where private keys stay in the key directory. */
  readonly deliveries?: KeyDeliveries;
  /** Told of each create of an earlier run whose response was lost, once it was found and recorded. */
  readonly onFound?: (create: FoundCreate) => void;
  /** Without it every change of the plan may start. */
  readonly gate?: ChangeGate;
  /** Called before the first write of an approved plan: an approval is for one pass. @throws {ReconcilerError} when it no longer holds */
  readonly spendApproval?: () => Promise<void>;
}
