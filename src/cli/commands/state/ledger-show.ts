import { type FormatOptions, onAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { compareTexts } from '../../../core/compare.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { readableTimes } from '../../../core/render/readable-times.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { noLedgerLine } from '../../../core/render/words.ts';
import { dateText, renderTable } from '../../table.ts';

/** Shows what is owned, and what is in progress. */
export function ledgerShowCommand(options: FormatOptions, context: CliContext): Promise<number> {
  return onAccount(context, options, async ({ account, options: { format } }) => {
    const ledger = await account.ledger.load();
    const document = { format: 'vonage-gitops.ledger-show/2', account: account.config.name, ...documentOf(ledger) };
    context.stdout.write(format === 'json' ? jsonText(document) : textOf(ledger));
    return exitCodes.done;
  });
}

function documentOf({ known, serial, root, sources, entries, intents, deletes, retired }: Ledger): JsonObject {
  const document = {
    known,
    serial,
    ...(root === undefined ? {} : { root }),
    sources,
    entries: inOrder(entries),
    intents,
    deletes,
    retired,
  };
  return readableTimes(JSON.parse(JSON.stringify(document)));
}

function inOrder(entries: Ledger['entries']): readonly LedgerEntry[] {
  return [...entries.values()].sort((one, other) => compareTexts(one.name, other.name));
}

function textOf(ledger: Ledger): string {
  if (!ledger.known) return `${noLedgerLine}\n`;
  const { serial, root, entries, intents, deletes, retired } = ledger;
  const headings = ['NAME', 'ID', 'ORIGIN', 'WHEN ITS MANIFEST IS REMOVED', 'KEY', 'FILE'];
  const table =
    entries.size === 0 ? 'No applications are owned.\n' : renderTable(headings, inOrder(entries).map(cells));
  const open = intents.map(({ name, openedAt }) => `Undecided since ${dateText(openedAt)}: ${whose(name)}\n`);
  const gone = deletes.map(({ name, id, at }) => `Deleted ${dateText(at)}: ${quoted(name)} ${id}\n`);
  const counts = `${entries.size} owned, ${intents.length} undecided, ${plural(retired.length, 'retired key')}, serial ${serial}`;
  return `${table}${open.join('')}${gone.join('')}${counts}${root === undefined ? '' : `, manifests in ${visible(root)}`}.\n`;
}

function whose(name: string | undefined): string {
  return name === undefined ? 'a key without a record' : `the create of ${quoted(name)}`;
}

function cells({
  name,
  id,
  origin,
  deletionPolicy,
  paused,
  keyFingerprint,
  keyGenerated,
  file,
}: LedgerEntry): string[] {
  const key =
    keyFingerprint === undefined ? '-' : `${keyFingerprint.slice(0, 12)}${keyGenerated ? '' : ' (not managed)'}`;
  return [name, id, origin, paused ? 'paused' : (deletionPolicy ?? 'default'), key, file === '' ? '-' : file];
}
