import type { AccountConfig } from '../config/account.ts';
import { MovingNames, openLedger } from './daemon-moving-names.ts';
import type { Session } from './session.ts';

/**
 * Names that other accounts' manifests declare while those accounts' ledgers do not have them yet. A manifest moved from one account
 * to another looks like a delete here and a create there: the delete waits until the create is done. Another account in trouble does
 * not stop this one.
 * @throws {ReconcilerError} for our own account only
 */
export async function movingNames(session: Session, account: AccountConfig): Promise<ReadonlySet<string>> {
  return new MovingNames(session, account, openLedger(session, account)).now(session.world.stop);
}
