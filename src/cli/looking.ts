import type { AccountConfig } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { OpenedAccount } from '../daemon/account.ts';
import { SeenLedgers } from '../ledger/seen-ledgers.ts';
import { accountSpecs, stampAges } from './daemon-accounts.ts';
import { recordedRoot } from './on-account.ts';
import { orUndefined } from './or-undefined.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';
import type { World } from './world.ts';

/** A session for commands that only look. Without a configuration file, manifests are where the ledger says they were read from. */
export async function openLooking(world: World, options: CommonOptions): Promise<Session> {
  const session = await openSession({ world, options, quietLevel: 'warn' });
  const [account] = session.accounts;
  if (session.config.file !== undefined || account === undefined) return session;
  const root = await orUndefined(() => recordedRoot(session, account));
  return root === undefined ? session : openSession({ world, options, directory: root, quietLevel: 'warn' });
}

/** Does the work on an account that is only looked at. @throws {ReconcilerError} */
export async function lookingAt<Result>(
  session: Session,
  { name }: AccountConfig,
  work: (account: OpenedAccount) => Promise<Result>,
): Promise<Result> {
  const shared = {
    hardStop: session.world.stop,
    observe: () => undefined,
    ages: stampAges(session.world),
    seen: new SeenLedgers(),
    lastGood: false,
  };
  const spec = accountSpecs(session, shared).find(({ config }) => config.name === name);
  if (spec === undefined) throw new ReconcilerError('E_NOT_FOUND', { what: name, reason: 'there is no such account' });
  const account = await spec.open();
  try {
    return await work(account);
  } finally {
    await account.close();
  }
}
