import { join } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { layerPaths } from '../../config/source/layers.ts';
import { orUndefined } from '../../core/errors.ts';
import { hasBegun } from '../../core/ledger/ledger.ts';
import { ManifestCache } from '../../core/manifest/cache.ts';
import { everything, noOverrides } from '../../core/plan/policy.ts';
import { withSignals } from '../../core/signals.ts';
import type { SourceLoop } from '../../daemon/source-loop.ts';
import { History } from '../../ledger/history.ts';
import { ledgerFileName } from '../../ledger/ledger-file.ts';
import { SeenLedgers } from '../../ledger/seen-ledgers.ts';
import { StampAges } from '../../ledger/stamp-ages.ts';
import { acquireLock } from '../../lock/lock.ts';
import type { AccountSpec, AccountStore, ReconcilableAccount, Watching } from '../../pass/account.ts';
import type { ApplicationWriter } from '../../reconcile/ports.ts';
import { GitSource } from '../../source/git/git-source.ts';
import { LastGoodSource } from '../../source/last-good.ts';
import { watchLayers } from '../../source/watch-layers.ts';
import type { RequestEvent } from '../../vonage/failure.ts';
import { approvalFile } from '../approval/approval-file.ts';
import { onApproval } from '../approval/on-approval.ts';
import type { CliContext } from '../context.ts';
import { documentContext } from '../document-context.ts';
import { NamesMovingToOtherAccounts } from '../moved-names.ts';
import { type AccountPorts, openAccount } from '../open-account.ts';
import { otherLedgerNotice } from '../other-ledger.ts';
import { pauseFile } from '../pause-file.ts';
import type { Session } from '../session.ts';
import { SharedReadings } from '../source/shared-readings.ts';
import { underWriterLock } from '../writer-lock.ts';
import { consentOf, firstRunOf } from './first-run.ts';
import type { FollowedSources } from './followed-sources.ts';

/** What the accounts of a daemon share. */
export interface DaemonAccounts {
  /** Aborts when what is in flight may no longer be waited for: requests end, and are recorded as unknown. */
  readonly abortNow: AbortSignal;
  readonly observe: (account: string, event: RequestEvent) => void;
  /** How old the stamps of an account's ledger are: outlives its ports. */
  readonly ages: (account: string) => StampAges;
  /** Whether what is broken stays in force as it last was. Only one process may keep that. */
  readonly lastGood: boolean;
  readonly seen: SeenLedgers;
  /** Whether new ledgers may be begun by adopting without asking. */
  readonly adopt?: boolean | undefined;
  /** Git sources, where somebody follows them. */
  readonly followed?: FollowedSources;
  /** Called when a commit is accepted that calls for no pass, because it has the manifests of the one before. */
  readonly onSame?: (account: string) => void;
}

/** How long a pass waits for another writer of the account's state, in milliseconds. */
const writerWaitMs = 30_000;
/** A tree that never settles is looked at after this long, in milliseconds. */
const longestQuietMs = 30_000;
/** How often the contents of manifests are compared although no event came, in seconds. */
const rescanSeconds = 60;

/** The accounts of a configuration, for the daemon to open. */
export function accountSpecs(session: Session, shared: DaemonAccounts): readonly AccountSpec[] {
  const readings = new SharedReadings(session);
  return session.accounts.map((config) => ({
    config,
    open: async () => openAccountOf(session, config, shared, readings),
  }));
}

function openAccountOf(
  session: Session,
  config: AccountConfig,
  shared: DaemonAccounts,
  readings: SharedReadings,
): ReconcilableAccount {
  const { abortNow, observe, ages, lastGood, seen, followed } = shared;
  const { source: git } = config;
  const account = openAccount(session, config, {
    rules: { selection: everything, overrides: noOverrides, whenStale: 'replan', retryNormalised: true },
    cache: new ManifestCache(),
    seen,
    ages: ages(config.name),
    observe: (event) => observe(config.name, event),
    ...(git === undefined || followed === undefined
      ? {}
      : { firstFetch: (signal) => followed.firstFetch(git.name, signal) }),
  });
  const { ports } = account;
  const directory = join(session.state.directory, config.name, 'last-good');
  const source = lastGood ? new LastGoodSource({ inner: account.source, directory, log: ports.log }) : account.source;
  const consent = consentOf(session, config);
  const moving = new NamesMovingToOtherAccounts(session, config, account.ledger, readings);
  return {
    config,
    ports: { ...ports, source, api: stoppable(account.api, abortNow) },
    context: documentContext(account),
    log: ports.log,
    movingNames: (signal) => moving.now(signal),
    otherLedger: () => otherLedgerNotice(session, config),
    firstRun: async () => (shared.adopt === true ? undefined : firstRunOf(config, consent)),
    whileWriting: (signal, work) =>
      whileWriting(session, account, signal, async (stop) => {
        const result = await work(stop);
        if (hasBegun(account.ledger.current())) await consent.spend();
        return result;
      }),
    requestsPerSecond: () => account.api.requestsPerSecond,
    watch: async (onChange) => {
      const manifests = await watch(session, account, shared, onChange);
      const { clock } = session.context;
      const approvals = approvalFile(join(session.state.directory, config.name), clock);
      const stopLooking = onApproval(approvals, clock, () => onChange('approval'));
      return { close: () => manifests.close().finally(stopLooking) };
    },
    close: () => account.close(),
  };
}

/** What is in flight goes on after a stop, for it must be recorded; but not without end. */
function stoppable(api: ApplicationWriter, abortNow: AbortSignal): ApplicationWriter {
  return {
    list: (options) => withSignals([options.signal, abortNow], (signal) => api.list({ ...options, signal })),
    get: (id, signal) => withSignals([signal, abortNow], (joined) => api.get(id, joined)),
    create: (body, signal = abortNow) => api.create(body, signal),
    replace: (id, body, signal = abortNow) => api.replace(id, body, signal),
    remove: (id, signal = abortNow) => api.remove(id, signal),
  };
}

function whileWriting<Result>(
  session: Session,
  account: AccountPorts,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return underWriterLock(session, account, { waitMs: writerWaitMs, signal }, async (lock) => {
    const result = await withSignals([signal, lock.lost], work);
    // What a pass did before it lost the lock must be told; one that did nothing has failed.
    if (lock.lost.aborted && !account.guard.begun) throw lock.lost.reason;
    return result;
  });
}

/** Files are watched; a repository is followed, whoever reads it. */
async function watch(
  { config: all }: Session,
  { config, source, ports }: AccountPorts,
  { followed, onSame }: Pick<DaemonAccounts, 'followed' | 'onSame'>,
  onChange: (reason: 'files' | 'source') => void,
): Promise<Watching> {
  if (source instanceof GitSource) {
    const loop = config.source && followed?.of(config.source.name);
    return follow(source, loop, { onChange, onSame: () => onSame?.(config.name) });
  }
  return watchLayers(layerPaths(config.layers), {
    ...all.daemon.watch,
    maxWaitMs: longestQuietMs,
    rescanSeconds,
    fingerprint: (signal) => source.revisionNow(signal),
    onChange: () => onChange('files'),
    log: ports.log,
  });
}

/** Most commits of a repository are not about the account's folder: they call for no pass. */
async function follow(
  source: GitSource,
  loop: SourceLoop | undefined,
  { onChange, onSame }: { readonly onChange: (reason: 'source') => void; readonly onSame: () => void },
): Promise<Watching> {
  let seen = await orUndefined(() => source.contentNow());
  const look = async () => {
    const content = await source.contentNow();
    if (content !== undefined && content === seen) return onSame();
    seen = content;
    onChange('source');
  };
  // What cannot be read is told by the pass.
  const listening = loop?.onAccepted(() => void look().catch(() => onChange('source')));
  return { close: async () => listening?.close() };
}

/** The stamp ages of a process: the same for the same account each time it is opened. */
export function stampAges({ clock }: Pick<CliContext, 'clock'>): DaemonAccounts['ages'] {
  const known = new Map<string, StampAges>();
  return (account) => {
    const ages = known.get(account) ?? new StampAges(clock);
    known.set(account, ages);
    return ages;
  };
}

/** What belongs to an account's name, whatever its configuration says. A daemon gives the ledgers it has seen. */
export function accountStore({ state, context }: Session, name: string, seen = new SeenLedgers()): AccountStore {
  const directory = join(state.directory, name);
  return {
    pauses: pauseFile(directory, context.clock),
    approvals: approvalFile(directory, context.clock),
    history: new History(join(directory, 'passes.jsonl')),
    lead: async (signal, onWait) => {
      await seen.assertThere(join(directory, ledgerFileName)); // taking the lock would make the directory again
      const waitMs = Number.POSITIVE_INFINITY;
      return acquireLock({ directory, kind: 'daemon', waitMs, clock: context.clock, signal, onWait });
    },
  };
}
