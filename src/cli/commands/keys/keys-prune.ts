import { type AccountCommand, ask, type WritingOptions, writingOnAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { Delivery } from '../../../core/ledger/deliveries.ts';
import { prunableKeys } from '../../../core/ledger/key-states.ts';
import type { Ledger, RetiredKey } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { fingerprintsOf, sureListing, withKeys } from '../../../reconcile/listing.ts';
import { settleIntents } from '../../../reconcile/settle.ts';
import { dateText } from '../../table.ts';

/** Options of `keys prune`. */
export interface KeysPruneOptions extends WritingOptions {
  /** In milliseconds. */
  readonly olderThan: number;
}

/** Permanently removes private keys that were retired long enough ago and that no application carries. */
export function keysPruneCommand(options: KeysPruneOptions, context: CliContext): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { ledger, keys, config } = on.account;
    const chosen = await chooseKeys(on, stop);
    const json = options.format === 'json';
    const talk = json ? context.stderr : context.stdout;
    talk.write(
      chosen.length === 0 ? 'No private key to remove.\n' : chosen.map((key) => lineOf(key, ledger.current())).join(''),
    );
    if (chosen.length > 0) await ask(on, `Remove ${plural(chosen.length, 'private key')} permanently?`);
    for (const { fingerprint } of chosen) {
      // The file first: a file that nothing names would be taken for the key of an application that was lost.
      await keys.prune(fingerprint);
      await ledger.record([{ kind: 'key-pruned', fingerprint }], { durable: true });
    }
    const removed = chosen.map(({ fingerprint }) => fingerprint);
    if (json) context.stdout.write(jsonText({ format: 'vonage-gitops.keys-prune/1', account: config.name, removed }));
    else if (removed.length > 0) context.stdout.write(`${plural(removed.length, 'private key')} removed.\n`);
    return exitCodes.done;
  });
}

/** @throws {ReconcilerError} E_REFUSED while the listing may miss an application */
async function chooseKeys(
  { account, session, options }: AccountCommand<KeysPruneOptions>,
  stop: AbortSignal,
): Promise<readonly RetiredKey[]> {
  await settleIntents(account.ports, stop);
  const ledger = account.ledger.current();
  const { applications } = await sureListing(account.api, {
    confirm: [...ledger.entries.keys()],
    what: 'keys prune',
    signal: stop,
  });
  const live = fingerprintsOf(await withKeys(applications, account.api, stop));
  return prunableKeys({ ledger, live, now: session.context.clock.now(), olderThanMs: options.olderThan });
}

function lineOf({ fingerprint, name, reason, at }: RetiredKey, { deliveries }: Ledger): string {
  const copies = deliveries.filter((delivery) => delivery.fingerprint === fingerprint).map(copyText);
  const elsewhere = copies.length === 0 ? '' : `; copies were delivered to ${copies.join(', ')}`;
  return `- ${fingerprint}${name === undefined ? '' : ` ${quoted(name)}`} ${reason} ${dateText(at)}${elsewhere}\n`;
}

/** A copy is never removed by us. Of a file it is known whether another key has taken its place. */
function copyText({ target, file, phase }: Delivery): string {
  return visible(file === undefined || phase === 'former' ? target : file);
}
