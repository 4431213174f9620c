import {
  type AccountCommand,
  ask,
  loadDesired,
  type WritingOptions,
  writingOnAccount,
} from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { brokenManifestNear, manifestNaming, ownedEntry } from '../../../core/ledger/find-owned.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import { removalWords } from '../../../core/ledger/removal-words.ts';
import { jsonText, quoted } from '../../../core/render/visible.ts';

/** Stops owning an application that no manifest names: it stays at Vonage as it is, and no pass changes or deletes it any more. */
export function releaseCommand(nameOrId: string, options: WritingOptions, context: CliContext): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { ledger, config } = on.account;
    const entry = ownedEntry(await ledger.load(), nameOrId);
    await refuseNamed(on, entry, stop);
    const { id, name } = entry;
    await ask(on, `Stop managing ${quoted(name)} (${id})? The application stays as it is, with its key.`);
    await ledger.record([{ kind: 'released', id, at: context.clock.now() }], { durable: true });
    const document = { format: 'vonage-gitops.release/1', account: config.name, application: name, applicationId: id };
    const removal = removalWords(undefined, config.policy);
    const text = [
      `released ${quoted(name)} ${id}: it stays at Vonage and is no longer managed`,
      `  a manifest with its name adopts it again; removing that one later ${removal}, unless it has a deletionPolicy of its own`,
    ].join('\n');
    context.stdout.write(on.options.format === 'json' ? jsonText(document) : `${text}\n`);
    return exitCodes.done;
  });
}

async function refuseNamed(on: AccountCommand<WritingOptions>, entry: LedgerEntry, stop: AbortSignal): Promise<void> {
  const desired = await loadDesired(on, stop);
  const manifest = manifestNaming(desired, entry);
  if (manifest !== undefined) {
    const { file, line } = manifest.place;
    const reason = `a manifest names it (${file}:${line}), so the next pass would adopt it again: remove the manifest first`;
    throw new ReconcilerError('E_REFUSED', { what: entry.name, reason });
  }
  const broken = brokenManifestNear(desired, entry);
  if (broken === undefined) return;
  throw new ReconcilerError('E_REFUSED', {
    what: entry.name,
    reason: `an invalid manifest may refer to it: fix ${broken} first`,
  });
}
