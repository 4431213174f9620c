import { type AccountCommand, ask, type WritingOptions, writingOnAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { countErrors, showProblems } from '../../../app/report-error.ts';
import { emptyRemedy } from '../../../app/source/empty-remedy.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import { moveRecords, undeclaredEntries } from '../../../core/ledger/source-move.ts';
import { sourceStanding } from '../../../core/ledger/source-standing.ts';
import type { DesiredState } from '../../../core/manifest/manifest.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';

/** Confirms that the manifests come from another source: from the next pass on it may delete what it declared and lost. */
export function stateMoveCommand(
  directory: string | undefined,
  options: WritingOptions,
  context: CliContext,
): Promise<number> {
  return writingOnAccount(context, options, (on, stop) => move(on, stop), directory);
}

async function move(on: AccountCommand<WritingOptions>, stop: AbortSignal): Promise<number> {
  const { account, session, options } = on;
  const { stdout, stderr, clock } = session.context;
  const owned = await account.ledger.load();
  const desired = await account.source.load({ signal: stop });
  showProblems(desired.problems, desired.root, session.context);
  assertMovable(on, owned, desired);
  const moved = sourceStanding({ desired, owned, policy: account.config.policy }) !== 'current';
  const kept = moved ? undeclaredEntries(owned, desired) : [];
  const talk = options.format === 'json' ? stderr : stdout;
  talk.write(
    moved ? moveText(owned, desired, kept) : `Manifests come from ${visible(desired.source)}: nothing to confirm.\n`,
  );
  if (moved) {
    await ask(on, `Take manifests from ${visible(desired.source)} from now on?`);
    const facts = { desired, policy: account.config.policy, now: clock.now() };
    await account.ledger.record(moveRecords(kept, facts), { durable: true });
    talk.write('Moved.\n');
  }
  if (options.format === 'json') stdout.write(jsonText(documentOf(on, owned, desired, kept)));
  return exitCodes.done;
}

/** @throws {ReconcilerError} E_REFUSED where it cannot be told what the new source declares */
function assertMovable({ account }: AccountCommand<WritingOptions>, owned: Ledger, desired: DesiredState): void {
  const refuse = (reason: string) => new ReconcilerError('E_REFUSED', { what: 'state move', reason });
  if (!owned.known) throw refuse('there is no ledger yet: the first apply begins it with the manifests it reads');
  const errors = countErrors(desired.problems);
  if (errors > 0 || !desired.complete)
    throw refuse(`the manifests in ${desired.root} are not all valid: fix them first`);
  if (desired.manifests.length > 0 || account.config.policy.allowEmpty) return;
  throw refuse(`there are no manifests in ${desired.root}: ${emptyRemedy(account.config)}`);
}

function moveText({ sources }: Ledger, { source }: DesiredState, kept: readonly LedgerEntry[]): string {
  const lines = [
    `Manifests moved from ${visible(sources[0] ?? '')}`,
    `                  to ${visible(source)}`,
    ...kept.map(({ id, name }) => `  not declared there: ${quoted(name)} ${id}`),
    ...(kept.length === 0 ? [] : [`${keptWords(kept.length)}: "apply --allow-deletes N" deletes, "release" gives up.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function keptWords(count: number): string {
  return count === 1 ? '1 application stays and is kept' : `${plural(count, 'application')} stay and are kept`;
}

function documentOf(
  { account }: AccountCommand<WritingOptions>,
  { sources }: Ledger,
  { source }: DesiredState,
  kept: readonly LedgerEntry[],
): object {
  return {
    format: 'vonage-gitops.state-move/1',
    account: account.config.name,
    from: sources[0],
    to: source,
    kept: kept.map(({ id, name }) => ({ id, name })),
  };
}
