import type { CliContext } from '../../../app/context.ts';
import { approveFirstRun } from '../../../app/daemon/first-run.ts';
import { type CommonOptions, oneAccount, openSession } from '../../../app/session.ts';
import { exitCodes } from '../../../core/exit-codes.ts';

/** Agrees that the daemon begins the ledger of an account by adopting the applications that its manifests name. */
export async function approveCommand(name: string, options: CommonOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options: { ...options, account: name } });
  const wasNew = await approveFirstRun(session, oneAccount(session));
  context.stdout.write(
    wasNew
      ? `Approved: the daemon may adopt applications into a new ledger of account ${name}.\n`
      : `Nothing waits for approval in account ${name}: it has a ledger.\n`,
  );
  return exitCodes.done;
}
