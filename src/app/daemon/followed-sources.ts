import type { SourceConfig } from '../../config/source.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { SourceNews, SourceStatus } from '../../core/git/source-status.ts';
import { whenAborted } from '../../core/signals.ts';
import { type KnownSource, SourceLoop } from '../../daemon/source-loop.ts';
import type { Repository } from '../../source/git/repository.ts';
import type { Session } from '../session.ts';
import { checkSource, sourceFacts } from '../source/check-source.ts';
import { openRepository } from '../source/open-repository.ts';

/** What following needs beside the session. */
export interface FollowedSourcesOptions {
  /** Whether any account of this source is reconciled by this daemon. */
  readonly isNeeded: (source: string) => boolean;
  /** Told after each check. */
  readonly tell: (status: SourceStatus, news: SourceNews | undefined) => void;
  /** What nobody expected: the process must end then. */
  readonly fail: (error: unknown) => void;
}

interface Followed {
  readonly loop: SourceLoop;
  readonly repository: Repository;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** The git sources that a daemon follows: one loop for each, whatever accounts use it. */
export class FollowedSources {
  readonly #options: FollowedSourcesOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: FollowedSourcesOptions) {
    this.#options = options;
  }

  /** Follows the sources of this session, now and at each change of the configuration. */
  use(session: Session): void {
    const used = new Set(session.accounts.flatMap(({ source }) => source?.name ?? []));
    const before = new Map([...this.#followed].map(([name, { loop }]) => [name, loop.known]));
    for (const name of this.#followed.keys()) this.#dismiss(name);
    for (const source of session.config.sources)
      if (used.has(source.name)) this.#start(session, source, before.get(source.name));
  }

  /** @throws {RangeError} for one that is not followed */
  of(name: string): SourceLoop {
    const followed = this.#followed.get(name);
    if (followed === undefined) throw new RangeError(`source ${name} is not followed`);
    return followed.loop;
  }

  /** How those are that were asked already, in the order of the configuration. */
  get statuses(): readonly SourceStatus[] {
    return [...this.#followed.values()].flatMap(({ loop }) => loop.status ?? []);
  }

  /** Waits until the server was asked for the first time. @throws {ReconcilerError} E_SOURCE_NOT_FETCHED when nothing was accepted */
  async firstFetch(name: string, signal: AbortSignal): Promise<void> {
    const loop = this.#followed.get(name)?.loop; // none: the configuration that named it was replaced
    if (loop !== undefined) await Promise.race([loop.first, whenAborted(signal)]);
    if (signal.aborted) throw new ReconcilerError('E_ABORTED', { when: ' while a source was fetched' });
    const status = loop?.status;
    if (status?.accepted === undefined)
      throw new ReconcilerError('E_SOURCE_NOT_FETCHED', { source: name, reason: status?.message });
  }

  /** Asks the server of a source now; at once where it is not followed. */
  async refresh(name: string | undefined): Promise<void> {
    await (name === undefined ? undefined : this.#followed.get(name)?.loop.checkAfterNow());
  }

  /** Whether a commit descends from another one, as far as both are stored. @throws {ReconcilerError} E_SOURCE_STORE, E_ABORTED */
  async contains(name: string | undefined, commit: string, other: ObjectId): Promise<boolean> {
    const followed = name === undefined ? undefined : this.#followed.get(name);
    const id = parseObjectId(commit);
    if (followed === undefined || id === undefined) return false;
    return (await followed.repository.relation(other, id, followed.stop.signal)) === 'descendant';
  }

  /** Asks the server of a source soon, if it is followed here and needed. */
  checkSoon(name: string): void {
    this.#followed.get(name)?.loop.checkSoon();
  }

  /** An account is reconciled here from now on: its source is asked at once, if it was not needed before. */
  wake(): void {
    for (const { loop } of this.#followed.values()) loop.wake();
  }

  /** Ends every fetch in progress. */
  async stop(): Promise<void> {
    for (const name of [...this.#followed.keys()]) this.#dismiss(name);
    await Promise.all(this.#leaving);
  }

  #start(session: Session, source: SourceConfig, before: KnownSource | undefined): void {
    const { context } = session;
    const { name, intervalSeconds, jitterPercent, staleAfterMs } = source;
    const { repository, ref } = sourceFacts(source);
    const loop = new SourceLoop({
      spec: {
        ...{ name, repository, ref, intervalSeconds, jitterPercent, staleAfterMs },
        check: (signal) => checkSource(session, source, signal),
      },
      clock: context.clock,
      random: context.random,
      log: session.log.child({ source: name }),
      isNeeded: () => this.#options.isNeeded(name),
      tell: this.#options.tell,
      known: before?.status?.repository === repository && before.status.ref === ref ? before : undefined,
    });
    const stop = new AbortController();
    const open = openRepository(session, source);
    this.#followed.set(name, { loop, repository: open, stop, ended: loop.run(stop.signal).catch(this.#options.fail) });
  }

  #dismiss(name: string): void {
    const followed = this.#followed.get(name);
    if (followed === undefined) return;
    this.#followed.delete(name);
    followed.stop.abort(new Error('daemon is stopping'));
    this.#leaving.add(followed.ended);
    void followed.ended.finally(() => this.#leaving.delete(followed.ended));
  }
}
