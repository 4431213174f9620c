import { join } from 'node:path';
import { type AccountCommand, ask, type WritingOptions, writingOnAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { showProblems } from '../../../app/report-error.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { emptyLedger, type Ledger } from '../../../core/ledger/ledger.ts';
import { type Proposal, type ProposedEntry, proposeLedger } from '../../../core/ledger/rebuild.ts';
import { describeMove, sourceStanding } from '../../../core/ledger/source-standing.ts';
import type { DesiredState } from '../../../core/manifest/manifest.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { quarantineLedger } from '../../../ledger/quarantine.ts';
import { sureListing, withKeys } from '../../../reconcile/listing.ts';

/** Proposes entries for what is surely ours, and writes them once a person agrees. What the ledger knows already stays. */
export function ledgerRebuildCommand(
  directory: string | undefined,
  options: WritingOptions,
  context: CliContext,
): Promise<number> {
  return writingOnAccount(context, options, (on, stop) => rebuild(on, stop), directory);
}

async function rebuild(on: AccountCommand<WritingOptions>, stop: AbortSignal): Promise<number> {
  const { account, session, options } = on;
  const { stdout, stderr } = session.context;
  const found = await readLedger(on);
  const desired = await account.source.load({ signal: stop });
  showProblems(desired.problems, desired.root, session.context);
  const proposal = await propose(on, found.ledger, desired, stop);
  const json = options.format === 'json';
  const talk = json ? stderr : stdout;
  talk.write(proposalText(proposal, desired, found.corrupt));
  const source = { desired, owned: found.ledger, policy: account.config.policy };
  const moved = describeMove(source);
  const writes = proposal.entries.length > 0 || found.corrupt !== undefined;
  if (writes) await ask(on, `Write ${plural(proposal.entries.length, 'entry', 'entries')} to the ledger?`);
  const aside = writes ? await write(on, proposal, desired, found.corrupt) : [];
  if (json) stdout.write(jsonText(documentOf(on, proposal, aside)));
  else if (writes) stdout.write(`${plural(proposal.entries.length, 'entry', 'entries')} written.\n`);
  for (const path of aside) talk.write(`${renamedWords(path)} was renamed to ${visible(path)}\n`);
  if (moved !== undefined) talk.write(messageLines(moved, 'Note: ').join('\n').concat('\n'));
  const isBlocked = sourceStanding(source) === 'other';
  return proposal.leftOut.length === 0 && !isBlocked ? exitCodes.done : exitCodes.attention;
}

/** The copy beside a corrupt ledger may be sound. */
function renamedWords(path: string): string {
  return path.includes('ledger.json.bak') ? 'The copy beside it' : 'The corrupt ledger';
}

interface FoundLedger {
  readonly ledger: Ledger;
  /** Why the file cannot be used. */
  readonly corrupt?: ReconcilerError;
}

/** @throws {ReconcilerError} E_LEDGER_NEWER, E_LEDGER_OTHER_ACCOUNT, E_STATE_UNUSABLE: none of them is fixed by a new ledger */
async function readLedger({ account }: AccountCommand<WritingOptions>): Promise<FoundLedger> {
  try {
    return { ledger: await account.ledger.load() };
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_LEDGER_CORRUPT') throw error;
    return { ledger: emptyLedger, corrupt: error };
  }
}

/** @throws {ReconcilerError} E_REFUSED while the listing may miss an application */
async function propose(
  { account }: AccountCommand<WritingOptions>,
  owned: Ledger,
  desired: DesiredState,
  stop: AbortSignal,
): Promise<Proposal> {
  const keys = await account.keys.list();
  const pinned = desired.manifests.flatMap(({ id }) => id ?? []);
  const confirm = [...owned.entries.keys(), ...pinned];
  const live = await sureListing(account.api, { confirm, what: 'ledger rebuild', signal: stop });
  const applications = await withKeys(live.applications, account.api, stop);
  const { policy } = account.config;
  return proposeLedger({ desired, live: { ...live, applications }, owned, policy, keys });
}

/** The old files go aside only now, with consent; the bodies of what is adopted are kept as they are found. */
async function write(
  { account, session }: AccountCommand<WritingOptions>,
  { entries }: Proposal,
  desired: DesiredState,
  corrupt: ReconcilerError | undefined,
): Promise<readonly string[]> {
  const { ledger, keys, config } = account;
  const directory = join(session.state.directory, config.name);
  const aside = corrupt === undefined ? [] : await quarantineLedger(directory, session.context.clock.now());
  const { root = desired.root, sources } = await ledger.load();
  const [source = desired.source] = sources;
  for (const { entry, application } of entries) {
    if (entry.origin === 'adopted' && !(await hasBody(account, entry.id)))
      await ledger.keepBody(entry.id, application.body);
  }
  const records = entries.map(({ entry }) => ({ kind: 'entry', entry }) as const);
  await ledger.record([{ kind: 'source', source, root }, ...records], { durable: true });
  for (const { entry } of entries) {
    const { keyFingerprint, keyGenerated, name, id } = entry;
    if (keyFingerprint !== undefined && keyGenerated) await keys.label(keyFingerprint, { name, id });
  }
  return aside;
}

async function hasBody(
  { ledger }: AccountCommand<WritingOptions>['account'],
  id: ProposedEntry['entry']['id'],
): Promise<boolean> {
  return (await ledger.readBody(id)) !== undefined;
}

function proposalText(
  { entries, leftOut }: Proposal,
  { root }: DesiredState,
  corrupt: ReconcilerError | undefined,
): string {
  const lines = [
    ...(corrupt === undefined ? [] : messageLines(corrupt.message)),
    `Manifests: ${visible(root)}`,
    ...entries.map(({ entry, evidence }) => `+ add ${quoted(entry.name)} ${entry.id} (${entry.origin}): ${evidence}`),
    ...leftOut.flatMap(({ name, ids, message }) => messageLines(message, `! ${[quoted(name), ...ids].join(' ')}: `)),
    entries.length === 0 ? 'No changes to the ledger.' : `${entries.length} to add, ${leftOut.length} skipped.`,
    ...(entries.length === 0 ? [] : ['None of them is deleted before an apply has read its manifest.']),
  ];
  return `${lines.join('\n')}\n`;
}

function documentOf(
  { account }: AccountCommand<WritingOptions>,
  { entries, leftOut }: Proposal,
  aside: readonly string[],
): object {
  return {
    format: 'vonage-gitops.ledger-rebuild/1',
    account: account.config.name,
    entries: entries.map(({ entry: { id, name, origin }, evidence }) => ({ id, name, origin, evidence })),
    leftOut,
    putAside: aside,
  };
}
