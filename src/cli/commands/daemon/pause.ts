import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { type DaemonSession, openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import { assertOnlyLedger } from '../../../app/other-ledger.ts';
import { type CommonOptions, oneAccount, type Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { type KnownApplications, pauseKey, resumeKeys } from '../../../core/ledger/known-applications.ts';
import { plural } from '../../../core/plural.ts';
import { quoted } from '../../../core/render/visible.ts';
import { type Pauses, pauseEnd, withoutPause, withPause } from '../../../pass/pauses.ts';
import { pausesResponseSchema } from '../../../status/documents.ts';
import { readKnownApplications } from '../../read-known-applications.ts';

const pausePath = '/api/v1/pause';

/** Options of `resume`. */
export interface ResumeOptions extends CommonOptions, DaemonOptions {}

/** Options of `pause`. */
export interface PauseOptions extends ResumeOptions {
  /** How long, in seconds; until resumed if not given. */
  readonly for?: number;
  readonly reason?: string;
}

/** Pauses an application, or the whole account: nothing is written, drift is still reported. */
export async function pauseCommand(
  name: string | undefined,
  options: PauseOptions,
  context: CliContext,
): Promise<number> {
  const daemon = await openDaemonSession(context, options);
  const { reason = '', for: seconds } = options;
  const since = context.clock.now();
  const pause = { reason, since, ...(seconds === undefined ? {} : { until: since + seconds * 1000 }) };
  const body = { reason, ...(seconds === undefined ? {} : { seconds }) };
  const request = { path: pausePath, name, body, account: options.account, keysOf: pauseKey };
  const { account, by } = await change(daemon, request, (pauses, key) => withPause(pauses, key, pause));
  context.stdout.write(`Paused ${subject(name, account)} ${pauseEnd(pause)}${by}\n`);
  return exitCodes.done;
}

/** Ends a pause, made by name or by id; without a name all of the account. */
export async function resumeCommand(
  name: string | undefined,
  options: ResumeOptions,
  context: CliContext,
): Promise<number> {
  const daemon = await openDaemonSession(context, options);
  const request = { path: '/api/v1/resume', name, body: {}, account: options.account, keysOf: resumeKeys };
  const changed = await change(daemon, request, (pauses, keys) => withoutPause(pauses, keys));
  const { account, by, isAccountPaused } = changed;
  context.stdout.write(`Resumed ${subject(name, account)}${by}\n`);
  if (isAccountPaused)
    daemon.session.say(`The whole account is still paused: "vonage-gitops resume" without a name ends that.\n`);
  return exitCodes.done;
}

interface Request<Keys> {
  readonly path: string;
  readonly name: string | undefined;
  readonly body: object;
  readonly account: string | undefined;
  /** What the pauses of an application of this name or id stand under. */
  readonly keysOf: (known: KnownApplications, nameOrId: string, paused: readonly string[]) => Keys;
}

interface Changed {
  readonly account: string;
  /** The end of the sentence. */
  readonly by: string;
  readonly isAccountPaused: boolean;
}

/** Through the daemon, which acts at once; else by the file that a pass reads before each change. */
async function change<Keys>(
  daemon: DaemonSession,
  request: Request<Keys>,
  apply: (pauses: Pauses, keys: Keys | undefined) => Pauses,
): Promise<Changed> {
  return (await throughDaemon(daemon, request)) ?? (await inStateDirectory(daemon.session, request, apply));
}

/** A daemon that answers and does not know the account is another one's, unless it was named. It says itself which accounts it has. */
async function throughDaemon<Keys>(
  { session, client, isGiven }: DaemonSession,
  { path, name, body, account }: Request<Keys>,
): Promise<Changed | undefined> {
  const about = account ?? (isGiven ? undefined : oneAccount(session).name);
  const whole = {
    ...body,
    ...(about === undefined ? {} : { account: about }),
    ...(name === undefined ? {} : { application: name }),
  };
  const response = await client.post('act', path, whole, pausesResponseSchema).catch((error: unknown) => {
    if (!client.named && error instanceof ReconcilerError && error.code === 'E_NOT_FOUND') return undefined;
    throw error;
  });
  const [first] = response?.accounts ?? [];
  if (first === undefined) return undefined;
  const isAccountPaused = first.pauses.account !== null;
  return { account: first.account, by: begunText(first.inFlight ?? 0), isAccountPaused };
}

async function inStateDirectory<Keys>(
  session: Session,
  { path, name, keysOf }: Request<Keys>,
  apply: (pauses: Pauses, keys: Keys | undefined) => Pauses,
): Promise<Changed> {
  const config = oneAccount(session);
  const { name: account } = config;
  // A pause under a new name would bind nothing that the old one has.
  if (path === pausePath) await assertOnlyLedger(session, config);
  const { pauses } = accountStore(session, account);
  const known = name === undefined ? undefined : await readKnownApplications(session, config);
  const keysIn = (paused: Pauses) => known && keysOf(known, name ?? '', Object.keys(paused.applications));
  keysIn(await pauses.load()); // before the state directory is made for the sake of a typo
  const paused = await pauses.change((before) => apply(before, keysIn(before)));
  const by = ', from the next change on (daemon not reachable; recorded in the state directory).';
  return { account, by, isAccountPaused: paused.account !== undefined };
}

function begunText(changes: number): string {
  if (changes === 0) return '.';
  return `; ${plural(changes, 'change in progress is', 'changes in progress are')} completed.`;
}

function subject(name: string | undefined, account: string): string {
  return name === undefined ? `account ${account}` : quoted(name);
}
