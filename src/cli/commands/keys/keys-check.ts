import { type FormatOptions, loadDesired, onAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import type { Application } from '../../../core/application/application.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { objectMember } from '../../../core/json.ts';
import { ownedEntry } from '../../../core/ledger/find-owned.ts';
import { liveFingerprint } from '../../../core/ledger/intents.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import type { Notice } from '../../../core/plan/notice.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import type { KeyDirectory } from '../../../keys/key-store.ts';
import { findTwins } from '../../../reconcile/find-twins.ts';
import { withKeys } from '../../../reconcile/listing.ts';

/** One application's key, proven or not. */
export interface CheckedKey {
  readonly name: string;
  readonly id: string;
  /** `missing`: the private key; `unseen`: the application. */
  readonly outcome: 'matches' | 'differs' | 'missing' | 'unseen';
  /** Why it does not match. */
  readonly reason?: string;
}

/** Proves for every owned application with a key pair of ours that the private key available is that of the live public key. */
export function keysCheckCommand(
  nameOrId: string | undefined,
  options: FormatOptions,
  context: CliContext,
): Promise<number> {
  return onAccount(context, options, async (on) => {
    const { account } = on;
    const entries = entriesToCheck(await account.ledger.load(), nameOrId);
    const ids = entries.map(({ id }) => id);
    const { applications } = await account.api.list({ confirm: ids, signal: context.stop });
    const wanted = applications.filter(({ id }) => ids.includes(id));
    const live = new Map((await withKeys(wanted, account.api, context.stop)).map((one) => [one.id, one]));
    const checked = await Promise.all(entries.map((entry) => checkKey(entry, live.get(entry.id), account.keys)));
    const twins = (await findTwins(await loadDesired(on, context.stop), account.ports, context.stop)).filter(
      ({ ids = [] }) => nameOrId === undefined || ids.some((id) => id === entries[0]?.id),
    );
    const document = {
      format: 'vonage-gitops.keys-check/1',
      account: account.config.name,
      keys: checked,
      twins: twins.map(({ name = '', message, ids = [] }) => ({ name, ids, message })),
    };
    context.stdout.write(options.format === 'json' ? jsonText(document) : textOf(checked, twins));
    return worstCode([
      checked.every(({ outcome }) => outcome === 'matches') ? exitCodes.done : exitCodes.error,
      twins.length === 0 ? exitCodes.done : exitCodes.attention,
    ]);
  });
}

function entriesToCheck(ledger: Ledger, nameOrId: string | undefined): readonly LedgerEntry[] {
  if (nameOrId === undefined) return [...ledger.entries.values()].filter(({ keyGenerated }) => keyGenerated);
  const entry = ownedEntry(ledger, nameOrId);
  if (entry.keyGenerated) return [entry];
  throw new ReconcilerError('E_REFUSED', {
    what: nameOrId,
    reason: 'its key pair is not managed, so there is nothing to check',
  });
}

/** Holds the key in hand against the live one. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function checkKey(
  entry: LedgerEntry,
  application: Application | undefined,
  keys: KeyDirectory,
): Promise<CheckedKey> {
  const { name, id, keyFingerprint: fingerprint } = entry;
  if (application === undefined)
    return { name, id, outcome: 'unseen', reason: 'the API neither lists nor returns the application' };
  const { public_key: pem } = objectMember(application.body, 'keys');
  if (typeof pem !== 'string') return { name, id, outcome: 'differs', reason: 'the application has no public key' };
  if (entry.nextKeyFingerprint !== undefined && entry.nextKeyFingerprint === liveFingerprint(application)) {
    const reason = 'a rotation took effect but is not recorded yet: run rotate-key again to finish it';
    return { name, id, outcome: 'differs', reason };
  }
  if (fingerprint === undefined) return { name, id, outcome: 'missing', reason: 'the ledger has no key for it' };
  try {
    return { name, id, ...(await keys.check(fingerprint, pem)) };
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_KEY_NOT_FOUND') throw error;
    return { name, id, outcome: 'missing', reason: `no private key at ${keys.path(fingerprint)}` };
  }
}

function textOf(checked: readonly CheckedKey[], twins: readonly Notice[]): string {
  const lines = checked.map(({ name, id, outcome, reason }) => {
    return `${outcome} ${quoted(name)} ${id}${reason === undefined ? '' : `: ${visible(reason)}`}`;
  });
  const matching = checked.filter(({ outcome }) => outcome === 'matches').length;
  const doubles = twins.map(({ name = '', message }) => `${quoted(name)}: ${visible(message)}`);
  return [
    ...lines,
    ...doubles,
    `${matching} of ${plural(checked.length, 'key')} ${matching === 1 ? 'matches' : 'match'}.`,
    '',
  ].join('\n');
}
