import { openLedger } from '../app/open-ledger.ts';
import type { Session } from '../app/session.ts';
import { openSource } from '../app/source/open-source.ts';
import { orUndefined } from '../core/errors.ts';
import { type KnownApplications, knownApplications } from '../core/ledger/known-applications.ts';

/** What manifests and ledger of an account know. What cannot be read is told by the command itself. */
export async function readKnownApplications(
  session: Session,
  config: Session['accounts'][number],
): Promise<KnownApplications> {
  const { stop } = session.context;
  const [desired, ledger] = await Promise.all([
    orUndefined(() => openSource(session, config).load({ signal: stop })),
    orUndefined(async () => openLedger(session, config).load()),
  ]);
  return knownApplications(desired, ledger);
}
