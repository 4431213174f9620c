import type { AccountConfig } from '../config/account.ts';
import { LedgerFile } from '../ledger/ledger-file.ts';
import { openSource } from './open-account.ts';
import type { Session } from './session.ts';

/**
 * Names that other accounts' manifests declare while those accounts' ledgers do not have them yet. A manifest moved from one account
 * to another looks like a delete here and a create there: the delete waits until the create is done.
 */
export async function movingNames(session: Session, account: AccountConfig): Promise<ReadonlySet<string>> {
  const others = session.config.accounts.filter(({ name }) => name !== account.name);
  const names = await Promise.all(others.map((other) => notYetOwned(session, other)));
  return new Set(names.flat());
}

async function notYetOwned(session: Session, account: AccountConfig): Promise<readonly string[]> {
  const { manifests, broken } = await openSource(session, account).load(session.world.stop);
  const ledger = new LedgerFile({
    stateDirectory: session.state.directory,
    account: account.name,
    apiKey: account.credentials().key,
    host: new URL(account.apiUrl).host,
  });
  const owned = new Set([...(await ledger.load()).entries.values()].map(({ name }) => name));
  return [...manifests, ...broken].flatMap(({ name }) => (name === undefined || owned.has(name) ? [] : [name]));
}
