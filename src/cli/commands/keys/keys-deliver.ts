import { type AccountCommand, type WritingOptions, writingOnAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import type { UndeliveredKey } from '../../../core/deliveries/undelivered-keys.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { ownedEntry } from '../../../core/ledger/find-owned.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { deliverAgain } from '../../../reconcile/keys/deliver-keys.ts';
import { labelsFor, undeliveredOf } from '../../../reconcile/keys/deliver-pending.ts';
import { settleIntents } from '../../../reconcile/settle.ts';

/** One key at one target. */
interface Delivered {
  readonly application: string;
  readonly applicationId: string;
  readonly fingerprint: string;
  readonly target: string;
  readonly outcome: 'delivered' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
}

/**
 * Delivers keys in use to every target again, of one application or of all: for a target that has lost them, or that is new. The keys are
 * those in the key directory, and nothing is sent to the API that would change it.
 */
export function keysDeliverCommand(
  nameOrId: string | undefined,
  options: WritingOptions,
  context: CliContext,
): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { account } = on;
    const targets = targetsOf(on);
    await account.ledger.load();
    await settleIntents(account.ports, stop);
    const entries = chosen(account.ledger.current(), nameOrId);
    const all = await deliverEach(entries, targets, on, stop);
    const document = { format: 'vonage-gitops.keys-deliver/1', account: account.config.name, deliveries: all };
    if (options.format === 'json') context.stdout.write(jsonText(document));
    else if (entries.length === 0) context.stdout.write('No private key to deliver.\n');
    stop.throwIfAborted();
    return all.every(({ outcome }) => outcome === 'delivered') ? exitCodes.done : exitCodes.attention;
  });
}

async function deliverEach(
  entries: readonly LedgerEntry[],
  targets: readonly string[],
  { account, options, session }: AccountCommand<WritingOptions>,
  stop: AbortSignal,
): Promise<readonly Delivered[]> {
  const all: Delivered[] = [];
  for (const entry of entries) {
    if (stop.aborted) break;
    const labels = await labelsFor(entry, account.ports, stop);
    const { id, name, keyFingerprint: fingerprint = '' } = entry;
    await deliverAgain({ id, name, labels, fingerprint }, account.ports, stop);
    const delivered = outcomes(entry, targets, undeliveredOf(id, account.ports));
    all.push(...delivered);
    if (options.format === 'text') session.context.stdout.write(delivered.map(lineOf).join(''));
  }
  return all;
}

/** @throws {ReconcilerError} E_REFUSED where keys are delivered nowhere */
function targetsOf({ account }: AccountCommand<WritingOptions>): readonly string[] {
  const { deliveries } = account.ports;
  if (deliveries !== undefined) return deliveries.targets.map(({ name }) => name);
  const reason = 'its private keys stay in the key directory: name targets in keys.deliver of the configuration';
  throw new ReconcilerError('E_REFUSED', { what: `account ${account.config.name}`, reason });
}

/** @throws {ReconcilerError} E_NOT_FOUND, E_NAME_AMBIGUOUS, E_REFUSED */
function chosen(ledger: Ledger, nameOrId: string | undefined): readonly LedgerEntry[] {
  if (nameOrId === undefined) return [...ledger.entries.values()].filter(isDelivered);
  const entry = ownedEntry(ledger, nameOrId);
  if (isDelivered(entry)) return [entry];
  const reason = 'its key pair is not managed, or it is missing at Vonage, so there is nothing to deliver';
  throw new ReconcilerError('E_REFUSED', { what: nameOrId, reason });
}

function isDelivered({ keyGenerated, keyFingerprint, missingAt }: LedgerEntry): boolean {
  return keyGenerated && keyFingerprint !== undefined && missingAt === undefined;
}

function outcomes(
  { id: applicationId, name: application, keyFingerprint: fingerprint = '' }: LedgerEntry,
  targets: readonly string[],
  undelivered: readonly UndeliveredKey[],
): readonly Delivered[] {
  return targets.map((target) => {
    const about = { application, applicationId, fingerprint, target };
    const left = undelivered.find((one) => one.target === target);
    if (left === undefined) return { ...about, outcome: 'delivered' };
    return { ...about, outcome: 'failed', reason: left.failed?.reason ?? 'it was interrupted' };
  });
}

function lineOf({ application, applicationId, target, reason }: Delivered): string {
  const about = `${quoted(application)} ${applicationId}: ${visible(target)}`;
  return reason === undefined ? `delivered ${about}\n` : `not delivered ${about}: ${visible(reason)}\n`;
}
