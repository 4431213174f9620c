import { shortId } from '../core/git/commit-info.ts';
import type { ForgeKind } from '../core/git/forge-api.ts';
import type { Clock, Log } from '../reconcile/ports.ts';
import type { CommitVerdict } from './commit-verdict.ts';
import { type Delivery, DeliveryQueue } from './delivery-queue.ts';

/** A status of a commit, and where it is set. */
export interface CommitReport {
  /** Which repository at which forge. */
  readonly to: string;
  /** Full id. */
  readonly commit: string;
  readonly context: string;
  readonly state: CommitVerdict['state'];
  readonly description: string;
  /** The forge takes no further one of this commit and context. */
  readonly isClosed?: true | undefined;
}

/** A repository at a forge, to which reports are sent. */
export interface ReportTarget {
  /** Tells targets apart, also after a restart. */
  readonly id: string;
  readonly kind: ForgeKind;
  readonly source: string;
  /** Names of statuses begin with it. */
  readonly context: string;
  /** Accounts of the source, as configured. */
  readonly accounts: readonly string[];
  /** Sets a status, by one attempt. `isFinal`: of this commit and context the forge takes no further one. Never rejects. */
  set(report: CommitReport, signal: AbortSignal): Promise<Delivery & { readonly isFinal?: boolean }>;
}

/** What was sent last, of each commit and context: it is not sent again after a restart. */
export interface SentReports {
  /** Never rejects: what cannot be read counts as not sent. */
  load(): Promise<readonly CommitReport[]>;
  /** Adds one to what is there. Never rejects. */
  save(sent: CommitReport): Promise<void>;
}

/** What became of a report; `failed`: the forge does not take it. */
export type ReportResult = 'sent' | 'retried' | 'failed' | 'dropped';

/** What sending needs. */
export interface ReportOutboxOptions {
  /** As configured now. */
  readonly targets: () => readonly ReportTarget[];
  readonly sent: SentReports;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
  readonly count: (target: Pick<ReportTarget, 'kind' | 'source'>, result: ReportResult) => void;
}

/** Waiting reports of a target; more are dropped, the oldest first. */
const longestQueue = 100;
/** Attempts in a row for one report, about half an hour; then others of its target have their turn, and it comes again. */
const attempts = 10;
/** Statuses that are remembered. */
const mostRemembered = 1_000;

/** Sends reports in the background, for as long as it takes, and remembers the last one of each commit and context. */
export class ReportOutbox {
  readonly #options: ReportOutboxOptions;
  /** What was or will be sent, the oldest first. */
  readonly #wanted = new Map<string, CommitReport>();
  readonly #queues = new Map<string, DeliveryQueue<CommitReport>>();
  /** Keys of what is queued. */
  readonly #open = new Set<string>();
  /** By target: what is wrong with its reports. */
  readonly #problems = new Map<string, string>();
  #saving: Promise<void> = Promise.resolve();
  #isClosing = false;

  constructor(options: ReportOutboxOptions) {
    this.#options = options;
  }

  /** The last report of a commit and context, sent or not. */
  last(report: Pick<CommitReport, 'to' | 'commit' | 'context'>): CommitReport | undefined {
    return this.#wanted.get(keyOf(report));
  }

  /** The last reports of a target, one for each commit and context. */
  allTo({ id }: ReportTarget): readonly CommitReport[] {
    return [...this.#wanted.values()].filter(({ to }) => to === id);
  }

  /** Queues it, in place of an earlier one of its commit and context. */
  add(report: CommitReport): void {
    this.#remember(report);
    this.#open.add(keyOf(report));
    this.#queueOf(report.to).add(report, keyOf(report));
  }

  /** What is wrong with the reports of these targets; undefined when they are taken. */
  problemOf(targets: readonly ReportTarget[]): string | undefined {
    return targets.map(({ id }) => this.#problems.get(id)).find((problem) => problem !== undefined);
  }

  /** Forgets what was given up, and takes from the disk what was sent. */
  async reload(): Promise<void> {
    await this.#saving;
    const sent = await this.#options.sent.load();
    for (const key of [...this.#wanted.keys()]) if (!this.#open.has(key)) this.#wanted.delete(key);
    for (const one of sent) if (!this.#open.has(keyOf(one))) this.#remember(one);
  }

  /** Gives what is queued that much time, in milliseconds, then stops. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.close(graceMs)));
    await this.#saving;
  }

  #remember(report: CommitReport): void {
    const key = keyOf(report);
    this.#wanted.delete(key); // to the end
    this.#wanted.set(key, report);
    for (const oldest of [...this.#wanted.keys()].slice(0, -mostRemembered)) this.#wanted.delete(oldest);
  }

  #queueOf(to: string): DeliveryQueue<CommitReport> {
    const known = this.#queues.get(to);
    if (known !== undefined) return known;
    const queue = new DeliveryQueue<CommitReport>({
      clock: this.#options.clock,
      attempts,
      longest: longestQueue,
      drops: 'oldest',
      deliver: (report, attempt, signal) => this.#deliver(report, attempt, signal),
      ended: (report, end) => this.#ended(report, end),
      dropped: (report) => this.#ended(report, 'dropped'),
    });
    this.#queues.set(to, queue);
    return queue;
  }

  async #deliver(report: CommitReport, attempt: number, signal: AbortSignal): Promise<Delivery> {
    const target = this.#targetOf(report);
    if (target === undefined) return { result: 'refused', problem: 'it is not configured any more' };
    const delivery = await target.set(report, signal);
    if (delivery.result === 'taken') this.#tellTaken(target);
    else this.#tellProblem(target, report, { attempt, problem: delivery.problem });
    if (delivery.result === 'failed') this.#options.count(target, 'retried');
    if (delivery.isFinal === true) this.#remember({ ...report, isClosed: true });
    return delivery;
  }

  #tellTaken({ id, kind, source }: ReportTarget): void {
    if (this.#problems.delete(id)) this.#options.log.info({ source, forge: kind }, 'commit statuses are set again');
  }

  /** The same problem is told once. */
  #tellProblem(
    target: ReportTarget,
    report: CommitReport,
    { attempt, problem }: { readonly attempt: number; readonly problem: string },
  ): void {
    const fields = { ...fieldsOf(target, report), attempt, problem };
    const { log } = this.#options;
    if (this.#problems.get(target.id) === problem) log.debug(fields, 'commit status not set');
    else log.warn(fields, 'commit status not set');
    this.#problems.set(target.id, problem);
  }

  #ended(report: CommitReport, end: keyof typeof results): void {
    if (end === 'given-up' && !this.#isClosing) {
      this.#queueOf(report.to).add(report, keyOf(report));
      return;
    }
    const last = this.last(report);
    const isClosed = last?.isClosed;
    if (isClosed === true || last === report) this.#open.delete(keyOf(report)); // else a newer one waits
    if (end === 'taken' || isClosed === true) this.#save({ ...report, isClosed });
    const target = this.#targetOf(report);
    if (target === undefined) return;
    if (end === 'taken') this.#options.log.debug(fieldsOf(target, report), 'commit status set');
    this.#options.count(target, results[end]);
  }

  #save(report: CommitReport): void {
    this.#saving = this.#saving.then(() => this.#options.sent.save(report));
  }

  #targetOf({ to }: CommitReport): ReportTarget | undefined {
    return this.#options.targets().find(({ id }) => id === to);
  }
}

const results = { taken: 'sent', refused: 'failed', 'given-up': 'dropped', dropped: 'dropped' } as const;

function keyOf({ to, commit, context }: Pick<CommitReport, 'to' | 'commit' | 'context'>): string {
  return `${to}\n${commit}\n${context}`;
}

function fieldsOf({ kind, source }: ReportTarget, { commit, context, state }: CommitReport): object {
  return { source, forge: kind, commit: shortId(commit), context, status: state };
}
