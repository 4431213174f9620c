import type { CliContext } from '../../../app/context.ts';
import { accountSpecs, accountStore, type DaemonAccounts, stampAges } from '../../../app/daemon/daemon-accounts.ts';
import { DaemonConfiguration } from '../../../app/daemon/daemon-configuration.ts';
import { openDaemonEndpoints } from '../../../app/daemon/daemon-endpoints.ts';
import { announceAccounts, logStartup } from '../../../app/daemon/daemon-startup-log.ts';
import { FollowedSources } from '../../../app/daemon/followed-sources.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { showProblems } from '../../../app/report-error.ts';
import { type CommonOptions, openSession, readConfig, type Session } from '../../../app/session.ts';
import { type AssertFetched, type FetchOptions, fetchSources } from '../../../app/source/fetch-sources.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { countResults } from '../../../core/render/report.ts';
import { whenAborted } from '../../../core/signals.ts';
import { Daemon } from '../../../daemon/daemon.ts';
import { SeenLedgers } from '../../../ledger/seen-ledgers.ts';
import { runPass } from '../../../pass/pass.ts';
import { askedPassCode } from '../../../pass/pass-result.ts';
import { PauseGate } from '../../../pass/pause-gate.ts';
import { waitsForApproval } from '../../../status/log-changes.ts';
import { waitsFor } from '../../../status/status.ts';
import type { Finding } from '../doctor/doctor-finding.ts';
import { localFindings } from '../doctor/doctor-local.ts';

/** Options of `run`. */
export interface RunOptions extends CommonOptions, FetchOptions {
  /** One pass for each account, then the end. */
  readonly once?: boolean;
  /** Applications may be adopted into ledgers that do not exist yet. */
  readonly adopt?: boolean;
  /** `host:port`, instead of daemon.listen. */
  readonly listen?: { readonly host: string; readonly port: number };
}

/** Reconciles until it is asked to stop. */
export async function runCommand(
  directory: string | undefined,
  options: RunOptions,
  context: CliContext,
): Promise<number> {
  checkGivenDirectory(directory, 'run', context);
  if (options.once === true) return runOnce(directory, options, context);
  if (!options.fetch)
    throw new ReconcilerError('E_USAGE', { message: '--no-fetch goes with --once: a daemon follows its sources' });
  await refuseDirectory(directory, options, context);
  const configuration = await DaemonConfiguration.open({ context, options, directory, defaultLevel: 'info' });
  const stopListening = context.onInspectorSignal(() => warnOfInspector(configuration.session));
  const abortNow = new AbortController();
  const followed = new FollowedSources({
    isNeeded: (source) =>
      daemon.accounts.some(({ spec, loop }) => spec.config.source?.name === source && loop.isLeading),
    tell: (status, news) => endpoints.tellSource(status, news),
    fail: (error) => daemon.fail(error),
  });
  const shared: DaemonAccounts = {
    followed,
    adopt: options.adopt,
    onSame: (account) => endpoints.tellSame(account),
    abortNow: abortNow.signal,
    lastGood: true,
    seen: new SeenLedgers(),
    ages: stampAges(context),
    observe: (account, event) => {
      daemon.signOfLife(account, event.verb === 'GET' ? 'read' : 'write');
      endpoints.observeRequest(account, event);
    },
  };
  const daemon = new Daemon({
    clock: context.clock,
    random: context.random,
    log: (account) => configuration.session.log.child({ account }),
    store: (account) => accountStore(configuration.session, account, shared.seen),
    tell: (event, before, after) => {
      if (event.kind === 'leading') followed.wake();
      endpoints.tell(event, before, after);
    },
  });
  const endpoints = await openDaemonEndpoints({
    daemon,
    configuration,
    listen: options.listen,
    context,
    sources: followed,
  });
  const reload = async (reason: string) => {
    const before = configuration.session;
    const session = await configuration.reload(reason);
    if (session !== undefined) {
      announceAccounts(session, before);
      endpoints.reconfigure(session);
      followed.use(session);
      daemon.use(accountSpecs(session, shared));
    }
    daemon.request(reason);
  };
  logStartup(configuration.session, endpoints.url);
  followed.use(configuration.session);
  daemon.use(accountSpecs(configuration.session, shared));
  try {
    await sayFindings(configuration);
    await untilStopped(context, configuration, daemon, reload);
    configuration.session.log.info({ seconds: shutdownSeconds(configuration) }, 'stopping');
    await stopWithin(daemon, shutdownSeconds(configuration), abortNow, context);
    configuration.session.log.info({}, 'stopped');
    return exitCodes.done;
  } catch (error) {
    configuration.session.log.fatal({ err: error }, 'unexpected error');
    abortNow.abort(error);
    await daemon.stop();
    return exitCodes.error;
  } finally {
    stopListening();
    await followed.stop();
    await endpoints.close();
  }
}

/** Somebody wants to look into the process, which would show every secret. */
function warnOfInspector({ log }: Session): void {
  log.warn({ signal: 'SIGUSR1' }, 'signal ignored: the inspector stays disabled');
}

/** A directory given beside a configuration file would be a part of an account, and a part is never reconciled continuously. */
async function refuseDirectory(directory: string | undefined, options: RunOptions, context: CliContext): Promise<void> {
  if (directory === undefined || (await readConfig({ context, options, directory })).file === undefined) return;
  const message = `${directory}: the configuration file sets the manifest directory; run takes no DIR with it`;
  throw new ReconcilerError('E_USAGE', { message });
}

/** Says what of the state directory, keys and locks is not as it should be. Whether the API lets us in is said by the first pass. */
async function sayFindings({ session }: DaemonConfiguration): Promise<void> {
  for (const account of session.accounts) {
    try {
      // The manifests of a repository are told of by the first pass, which waits for the first fetch.
      const isKnown = ({ level, what }: Finding) =>
        level === 'ok' || (what === 'manifests' && account.source !== undefined);
      const found = (await localFindings(session, account)).filter((one) => !isKnown(one));
      for (const { what, message } of found)
        session.log.warn({ account: account.name, what, problem: message }, 'start-up check');
    } catch (error) {
      session.log.error({ account: account.name, err: error }, 'start-up check failed'); // the other accounts go on
    }
  }
}

/** What goes wrong at the server of a git source does not keep the account from being reconciled: what was accepted is enforced. */
function whyStale(config: AccountConfig, assertFetched: AssertFetched): string | undefined {
  try {
    assertFetched(config);
    return undefined;
  } catch (error) {
    if (error instanceof ReconcilerError && error.details.accepted === true) return error.message;
    throw error;
  }
}

/** One pass for each account. The exit code is as of apply, where healthy manifests go ahead although some are broken. */
async function runOnce(directory: string | undefined, options: RunOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options, directory, defaultLevel: 'info' });
  const assertFetched = await fetchSources(session, options);
  const specs = accountSpecs(session, {
    abortNow: new AbortController().signal,
    observe: () => undefined,
    ages: stampAges(context),
    lastGood: true,
    seen: new SeenLedgers(),
    adopt: options.adopt,
  });
  const stopListening = context.onInspectorSignal(() => warnOfInspector(session));
  const ended = eachAccount(session, async ({ name }) => {
    const spec = specs.find(({ config }) => config.name === name);
    if (spec === undefined) return exitCodes.done;
    const stale = whyStale(spec.config, assertFetched);
    if (stale !== undefined)
      session.log.warn({ account: name, why: stale }, 'source not fetched, using the accepted commit');
    const account = await spec.open();
    try {
      const { clock } = context;
      const { pauses, approvals } = accountStore(session, name);
      const gate = new PauseGate({ store: pauses, clock, log: session.log });
      const end = await runPass(account, { pauses: await gate.current(), gate, approvals }, context.stop);
      showProblems(end.plan.problems, end.plan.root, context);
      const waiting = waitsFor(end.plan);
      if (waiting !== undefined) session.log.warn({ account: name, why: waiting }, waitsForApproval);
      session.log.info({ account: name, ...countResults(end.results), revision: end.plan.revision }, 'pass ended');
      return askedPassCode(end);
    } finally {
      await account.close();
    }
  });
  return ended.finally(stopListening);
}

/** Resolves when the process is asked to stop; meanwhile the configuration is read again when its files change, and at SIGHUP. */
async function untilStopped(
  context: CliContext,
  configuration: DaemonConfiguration,
  daemon: Daemon,
  reload: (reason: string) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  let reloads: Promise<void> = Promise.resolve();
  const inTurn = (reason: string) => {
    reloads = reloads.then(() => reload(reason));
    return reloads;
  };
  const stopListening = context.onReload(() => void inTurn('signal').catch(() => undefined)); // seen where reloads are awaited
  const watching = configuration.watch(ending.signal, () => inTurn('configuration'));
  try {
    await Promise.race([whenAborted(context.stop), daemon.broken, watching]);
  } finally {
    ending.abort();
    stopListening();
    await watching;
    await reloads;
  }
}

function shutdownSeconds({ session }: DaemonConfiguration): number {
  return session.config.daemon.shutdownSeconds;
}

/** What is in flight finishes and is recorded; what does not finish in time is given up as unknown, and recorded as that. */
async function stopWithin(
  daemon: Daemon,
  seconds: number,
  abortNow: AbortController,
  { clock }: CliContext,
): Promise<void> {
  const inTime = new AbortController();
  const late = clock.sleep(seconds * 900, inTime.signal).then(
    () => abortNow.abort(new Error('shutdown timeout exceeded')),
    () => undefined, // in time
  );
  await daemon.stop();
  inTime.abort();
  await late;
}
