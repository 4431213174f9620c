import {
  type AccountCommand,
  ask,
  assertKeyCustody,
  loadDesired,
  type WritingOptions,
  writingOnAccount,
} from '../../../app/account-command.ts';
import { assertNotPaused, type PauseOverride, recordIgnored } from '../../../app/bound-by-pauses.ts';
import type { CliContext } from '../../../app/context.ts';
import { reportError } from '../../../app/report-error.ts';
import { compareTexts } from '../../../core/compare.ts';
import { whyUndelivered } from '../../../core/deliveries/tell-deliveries.ts';
import { elapsedSince } from '../../../core/elapsed.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { keySince } from '../../../keys/key-since.ts';
import { deliverPending } from '../../../reconcile/keys/deliver-pending.ts';
import { type Rotation, rotateKey } from '../../../reconcile/rotate-key.ts';
import { settleIntents } from '../../../reconcile/settle.ts';
import { declaredKey } from './declared-key.ts';
import { rotationDocument } from './rotation-document.ts';

/** Options of `rotate-key --all`. */
export interface RotateKeysOptions extends WritingOptions, PauseOverride {
  /** In milliseconds; without it keys of any age. */
  readonly olderThan?: number;
}

type On = AccountCommand<RotateKeysOptions>;

/** An application whose key could be rotated, and what keeps this run from doing it. */
interface Candidate {
  readonly entry: LedgerEntry;
  readonly refused?: string;
}

/** How the run ended. */
interface Rotations {
  readonly done: readonly { readonly entry: LedgerEntry; readonly rotation: Rotation }[];
  /** What ended it early, and at which application. */
  readonly failed?: { readonly entry: LedgerEntry; readonly error: ReconcilerError };
}

/**
 * Gives every application whose key pair is ours, and old enough, a new one: one after another, so that what goes wrong goes wrong once.
 * Run again, it goes on with the rest.
 */
export function rotateKeysCommand(options: RotateKeysOptions, context: CliContext): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { account } = on;
    await account.ledger.load();
    await settleIntents(account.ports, stop);
    await deliverPending(account.ports, stop);
    const candidates = await findCandidates(on, stop);
    const chosen = candidates.flatMap(({ entry, refused }) => (refused === undefined ? [entry] : []));
    tellLeftAlone(on, candidates);
    if (chosen.length > 0) await confirmed(on, chosen);
    const rotations = await rotateEach(on, chosen, stop);
    if (options.format === 'json') context.stdout.write(jsonText(documentOf(on, candidates, rotations)));
    if (rotations.failed !== undefined) return stoppedCode(on, rotations, chosen.length);
    const undelivered = rotations.done.some(({ rotation }) => rotation.undelivered.length > 0);
    return candidates.length > chosen.length || undelivered ? exitCodes.attention : exitCodes.done;
  });
}

function tellLeftAlone({ session, options }: On, candidates: readonly Candidate[]): void {
  const talk = options.format === 'json' ? session.context.stderr : session.context.stdout;
  for (const { entry, refused } of candidates)
    if (refused !== undefined) talk.write(`left alone ${quoted(entry.name)} ${entry.id}: ${visible(refused)}\n`);
  if (candidates.every(({ refused }) => refused !== undefined)) talk.write('No key pair to rotate.\n');
}

/** By name and id. A rotation that was begun and cut short is finished, however young the key is that it was to replace. */
async function findCandidates(on: On, stop: AbortSignal): Promise<readonly Candidate[]> {
  const { account, options, session } = on;
  const ledger = account.ledger.current();
  const now = session.context.clock.now();
  const entries = [...ledger.entries.values()].filter((entry) => {
    const since = keySince(ledger, entry, account.keys.directory);
    if (!entry.keyGenerated) return false;
    if (options.olderThan === undefined || entry.nextKeyFingerprint !== undefined) return true;
    return since === undefined || elapsedSince(since, now) >= options.olderThan;
  });
  if (entries.length === 0) return [];
  entries.sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.id, b.id));
  const desired = await loadDesired(on, stop);
  return Promise.all(
    entries.map(async (entry) => {
      const refused = declaredKey(desired, entry) ?? (await pausedReason(on, entry));
      return refused === undefined ? { entry } : { entry, refused };
    }),
  );
}

async function pausedReason(on: On, entry: LedgerEntry): Promise<string | undefined> {
  try {
    await assertNotPaused(on, entry);
    return undefined;
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_PAUSED') return error.message;
    throw error;
  }
}

async function confirmed(on: On, chosen: readonly LedgerEntry[]): Promise<void> {
  for (const { name } of chosen) assertKeyCustody(on, name);
  const shown = chosen.map(({ name, id }) => `  ${quoted(name)} ${id}\n`).join('');
  if (on.options.yes !== true) on.session.context.stderr.write(shown);
  const rejected = 'Requests signed with the old private keys are rejected from then on.';
  await ask(on, `Give ${plural(chosen.length, 'application')} a new key pair? ${rejected}`);
}

async function rotateEach(on: On, chosen: readonly LedgerEntry[], stop: AbortSignal): Promise<Rotations> {
  const { account, session, options } = on;
  const done: { entry: LedgerEntry; rotation: Rotation }[] = [];
  for (const entry of chosen) {
    try {
      await assertNotPaused(on, entry); // it may have been paused since
      if (options.ignorePause === true) await recordIgnored(session, account, 'rotate-key', [entry]);
      const rotation = await rotateKey(entry, { ...account.ports, keys: account.keys }, stop);
      done.push({ entry, rotation });
      const at = session.context.clock.now();
      await account.ledger.appendHistory({ at, event: 'key-rotated', id: entry.id, name: entry.name });
      if (options.format === 'text') session.context.stdout.write(lineOf(entry, rotation));
    } catch (error) {
      if (error instanceof ReconcilerError) return { done, failed: { entry, error } };
      throw error;
    }
  }
  return { done };
}

function lineOf({ name, id }: LedgerEntry, { path, leftOut, undelivered }: Rotation): string {
  const left =
    leftOut.length === 0 ? '' : ` (${plural(leftOut.length, 'field')} left out: the server did not accept it)`;
  const open = undelivered.map((key) => `; ${whyUndelivered(key)}`).join('');
  return `rotated ${quoted(name)} ${id}: ${visible(path)}${left}${visible(open)}\n`;
}

function stoppedCode({ session }: On, { done, failed }: Rotations, count: number): number {
  if (failed === undefined) return exitCodes.done;
  const { entry, error } = failed;
  reportError(error, session.context);
  const at = `${quoted(entry.name)} ${entry.id}`;
  session.context.stderr.write(`Stopped at ${at}: ${done.length} of ${plural(count, 'key pair')} rotated.\n`);
  return done.length > 0 ? worstCode([exitCodes.partly, error.exitCode]) : error.exitCode;
}

function documentOf({ account }: On, candidates: readonly Candidate[], { done, failed }: Rotations): object {
  return {
    format: 'vonage-gitops.key-rotations/1',
    account: account.config.name,
    rotations: done.map(({ entry, rotation }) => rotationDocument(account, entry, rotation)),
    leftAlone: candidates.flatMap(({ entry: { name, id }, refused: reason }) =>
      reason === undefined ? [] : [{ application: name, applicationId: id, reason }],
    ),
    ...(failed === undefined ? {} : { failed: failedDocument(failed) }),
  };
}

function failedDocument({ entry: { name, id }, error: { code, message } }: NonNullable<Rotations['failed']>): object {
  return { application: name, applicationId: id, code, message };
}
