import { lookingAt, openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { type DaemonSession, openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import { runningDaemon } from '../../../app/daemon/running-daemon.ts';
import type { CommonOptions, Session } from '../../../app/session.ts';
import { canRedraw } from '../../../app/terminal.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { withSignals } from '../../../core/signals.ts';
import type { AccountEvent } from '../../../pass/event.ts';
import { planPass } from '../../../pass/pass.ts';
import { activePauses } from '../../../pass/pauses.ts';
import { type AccountDocument, accountSchema, statusSchema } from '../../../status/documents.ts';
import { startingStatus, statusAfter } from '../../../status/status.ts';
import { accountDocument } from '../../../status/to-document.ts';
import { renderStatus } from './status-text.ts';

/** Options of `status`. */
export interface StatusOptions extends CommonOptions, DaemonOptions {
  readonly format: 'text' | 'json';
  /** Shows it again and again until stopped, or until nobody reads it. */
  readonly watch?: boolean;
}

/** Time between two checks with --watch, in milliseconds. */
const watchMs = 2_000;
const clearScreen = '\u001b[2J\u001b[H';

/** Shows how the accounts are: as the daemon says, else from ledger and a fresh plan. Reads only. */
export async function statusCommand(options: StatusOptions, context: CliContext): Promise<number> {
  const daemon = await openDaemonSession(context, options, (own) => openLooking(context, own));
  if (options.watch === true) return watch(daemon, options);
  const looked = await look(daemon);
  context.stdout.write(textOf(looked, daemon.session, options));
  return codeOf(looked.accounts);
}

function watch(daemon: DaemonSession, options: StatusOptions): Promise<number> {
  const { stop, stdoutLost } = daemon.session.context;
  return withSignals([stop, stdoutLost], (signal) => showUntil(signal, daemon, options));
}

async function showUntil(stop: AbortSignal, daemon: DaemonSession, options: StatusOptions): Promise<number> {
  const { session } = daemon;
  const { stdout, clock, environment } = session.context;
  while (!stop.aborted) {
    const looked = await unlessStopped(stop, look(daemon));
    if (looked === undefined) break;
    if (canRedraw(stdout, environment)) stdout.write(clearScreen);
    stdout.write(textOf(looked, session, options));
    await clock.sleep(watchMs, stop).catch(() => undefined); // stopped
  }
  return exitCodes.done;
}

/** A look cut short tells nothing. */
async function unlessStopped(stop: AbortSignal, looking: Promise<Look>): Promise<Look | undefined> {
  try {
    const looked = await looking;
    return stop.aborted ? undefined : looked;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

function textOf({ from, daemon, accounts }: Look, { color }: Session, { format }: StatusOptions): string {
  if (format === 'text') return renderStatus(accounts, from === 'daemon' ? undefined : originOf(daemon), color);
  return jsonText({
    format: 'vonage-gitops.status-report/2',
    from,
    ...(daemon === undefined ? {} : { daemon }),
    accounts,
  });
}

function originOf(daemon = 'Daemon not reachable'): string {
  return `${daemon}; this is from the ledger and a fresh plan.`;
}

/** Where a status comes from. */
type StatusOrigin = 'daemon' | 'plan';

interface Look {
  readonly from: StatusOrigin;
  /** With `plan`: what is known of a daemon that runs all the same. */
  readonly daemon?: string | undefined;
  readonly accounts: readonly AccountDocument[];
}

async function look(daemon: DaemonSession): Promise<Look> {
  const { session, client } = daemon;
  const fromDaemon = await askDaemon(daemon);
  if (fromDaemon !== undefined) return { from: 'daemon', accounts: fromDaemon };
  const accounts: AccountDocument[] = [];
  for (const account of session.accounts) accounts.push(await lookAt(session, account));
  const running = session.accounts.map(({ name }) => runningDaemon(session, name, client.unanswered));
  const known = (await Promise.all(running)).find((one) => one !== undefined);
  return { from: 'plan', daemon: known, accounts };
}

async function askDaemon({ client, choose }: DaemonSession): Promise<readonly AccountDocument[] | undefined> {
  const status = await client.get('/api/v1/status', statusSchema);
  const wanted = status && choose(status.accounts);
  if (wanted === undefined) return undefined;
  const documents = await Promise.all(
    wanted.map(({ account }) => client.get(`/api/v1/accounts/${encodeURIComponent(account)}`, accountSchema)),
  );
  return documents.flatMap((document) => document ?? []);
}

/** The status that a daemon would have after a pass that wrote nothing. */
async function lookAt(session: Session, config: AccountConfig): Promise<AccountDocument> {
  const { clock, stop } = session.context;
  const store = accountStore(session, config.name);
  const startedAt = clock.now();
  const pauses = activePauses(await store.pauses.load(), startedAt);
  const made = { at: startedAt, pass: 0, reasons: [], found: [], durationMs: 0 };
  const event = await lookingAt(session, config, async (account): Promise<AccountEvent> => {
    return { ...made, kind: 'ended', end: await planPass(account, pauses, stop) };
  }).catch((error: unknown): AccountEvent => {
    if (!(error instanceof ReconcilerError)) throw error;
    return { ...made, kind: 'failed', error, pauses };
  });
  const last = (await store.history.read()).findLast(({ event: kind }) => kind === 'pass' || kind === 'same')?.['at'];
  const status = statusAfter(startingStatus(config.name), event);
  const lastAttempt = typeof last === 'number' ? last : undefined;
  const unknown = { lastAttempt, lastSuccess: undefined, lastDurationMs: undefined, revisionEnforced: undefined };
  return accountDocument({ ...status, ...unknown }, clock.now());
}

function codeOf(accounts: readonly AccountDocument[]): number {
  const codes = { failed: exitCodes.error, attention: exitCodes.attention } as const;
  return worstCode(accounts.map(({ state }) => (state === 'failed' || state === 'attention' ? codes[state] : 0)));
}
